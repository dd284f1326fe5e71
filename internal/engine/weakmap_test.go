package engine

import (
	"runtime"
	"testing"
	"time"

	"github.com/dop251/goja"
)

// Entries whose values refer to their keys are garbage with them; those of dead maps go from keys that live.
func TestWeakMapsAreWeak(t *testing.T) {
	e := testEngine(t)
	posted := make(chan func(), 1000)
	e.hooks.Post = func(f func()) { posted <- f }
	eventually := func(what string, script string) {
		t.Helper()
		var got goja.Value
		for range 100 {
			runtime.GC()
			time.Sleep(time.Millisecond)
			for len(posted) > 0 {
				(<-posted)()
			}
			var err error
			if got, err = e.vm.RunString(script); err != nil {
				t.Fatal(err)
			} else if got.ToBoolean() {
				return
			}
		}
		t.Errorf("%s: %v", what, got)
	}
	e.vm.Set("count", func(o *goja.Object) int { return len(e.WeakEntries(o)) })
	e.vm.Set("onKey", func(o *goja.Object) int { return len(*privateFields(o)) })
	if _, err := e.vm.RunString(`
		var pairs = new WeakMap(), members = new WeakSet(), kept = [{}, [], () => 0, new Proxy({}, {}), Object.freeze({})];
		(() => {
			for (let i = 0; i < 1000; i++) {
				const key = [{}, [], () => 0, new Proxy({}, {}), new Error()][i % 5];
				pairs.set(key, { key, i });
				members.add(key);
			}
			for (const key of kept) { pairs.set(key, { key }); members.add(key); }
		})();
	`); err != nil {
		t.Fatal(err)
	}
	eventually("entries", `count(pairs) === 10 && count(members) === 5`)
	eventually("values", `kept.every((key) => pairs.get(key).key === key && members.has(key))`)
	if _, err := e.vm.RunString(`(() => { for (let i = 0; i < 100; i++) new WeakMap().set(kept[0], i); })()`); err != nil {
		t.Fatal(err)
	}
	eventually("maps", `onKey(kept[0]) === 2`)
}
