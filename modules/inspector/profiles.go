package inspector

import (
	"encoding/json"
	"errors"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/profile"
)

// profiles has startProfile(microseconds) and stopProfile(), which gives a .cpuprofile; startCoverage(), stopCoverage() and takeCoverage(),
// which gives a list of V8's ScriptCoverages; collect() and heapSnapshot(), which gives a .heapsnapshot.
func (in *inspector) profiles() {
	rt := in.rt
	in.do("startProfile", func(call goja.FunctionCall) {
		in.ends = profile.Record(rt, profile.Options{Every: time.Duration(call.Argument(0).ToInteger()) * time.Microsecond})
	})
	in.set("stopProfile", func(goja.FunctionCall) goja.Value {
		text, err := []byte(nil), errors.New("nothing is recorded")
		if in.ends != nil {
			text, err = in.ends()
			in.ends = nil
		}
		if err != nil {
			rt.Throw(rt.NewPlainError("Error", err.Error()))
		}
		return rt.TextValue(string(text))
	})
	in.do("startCoverage", func(goja.FunctionCall) { rt.Coverage.Start() })
	in.do("stopCoverage", func(goja.FunctionCall) { rt.Coverage.Stop() })
	in.set("takeCoverage", func(goja.FunctionCall) goja.Value {
		text, err := json.Marshal(rt.Coverage.Take())
		if err != nil {
			rt.Throw(rt.NewPlainError("Error", err.Error()))
		}
		return rt.TextValue(string(text))
	})
	in.do("collect", func(goja.FunctionCall) { goruntime.GC() })
	in.set("heapSnapshot", func(goja.FunctionCall) goja.Value {
		var b strings.Builder
		if err := rt.HeapSnapshot(&b); err != nil {
			rt.Throw(rt.NewPlainError("Error", err.Error()))
		}
		return rt.TextValue(b.String())
	})
}
