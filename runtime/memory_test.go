package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"gonode/modules"
	"gonode/runtime"
)

// A script that fills its memory ends with Node's report and status; the one beside it and the host go on.
func TestMemoryLimit(t *testing.T) {
	for name, script := range map[string]string{
		"loop":  `const all = []; try { for (;;) all.push({ a: [1, 2] }); } finally { console.log('finally'); }`,
		"turns": `const all = new Map(); setInterval(() => { for (let i = 0; i < 1000; i++) all.set({}, 'x'.repeat(100) + i); }, 0); process.on('exit', () => console.log('exit'));`,
		"bound": `let f = () => {}; (function more() { for (let i = 0; i < 100; i++) f = f.bind(null, 'x'.repeat(1e4) + i); setImmediate(more); })();`,
		"jobs":  `const all = []; (async () => { for (;;) { all.push(new Array(100).fill({})); await null; } })();`,
		"bytes": `const all = []; setInterval(() => all.push(Buffer.alloc(1e5, 'x')), 0);`,
	} {
		t.Run(name, func(t *testing.T) {
			var out, report bytes.Buffer
			rt, err := runtime.New(runtime.Config{Modules: modules.All(), Stdout: &out, Stderr: &report, MemoryLimit: 24 << 20})
			if err != nil {
				t.Fatal(err)
			}
			defer rt.CloseAll()
			err = rt.RunScript(context.Background(), "full.js", script)
			var exit *runtime.ExitError
			if !errors.As(err, &exit) || exit.Code != runtime.StatusOutOfMemory || !exit.OutOfMemory {
				t.Errorf("ended with %v", err)
			}
			if out.Len() != 0 || !strings.HasSuffix(report.String(), "\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n") {
				t.Errorf("printed %q, reported %q", out.String(), report.String())
			}
		})
	}
}
