package shapes_test

import (
	"slices"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// Records are objects like any others, whatever is done to them and however they were made.
func TestRecords(t *testing.T) {
	e, err := engine.New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	vm := e.VM()
	for _, names := range [][]string{{}, {"a"}, {"a", "b", "c"}, {"a", "1", "0"}, {"é", ""}, {"a", "a"}, {"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"}} {
		values := make([]goja.Value, len(names))
		for i := range values {
			values[i] = vm.ToValue(i + 1000)
		}
		for _, prototype := range []*goja.Object{nil, vm.NewObject().Prototype()} {
			want := vm.CreateObject(prototype)
			for i, name := range names {
				want.Set(name, values[i])
			}
			r := e.Records(names...)
			one, other := r.New(prototype, values...), r.New(prototype, values...)
			check := func(what string) {
				t.Helper()
				if !slices.Equal(one.Keys(), want.Keys()) {
					t.Errorf("%v: %s: keys %v, want %v", names, what, one.Keys(), want.Keys())
				}
				for _, name := range want.Keys() {
					if v := one.Get(name); v == nil || !v.StrictEquals(want.Get(name)) {
						t.Errorf("%v: %s: %q is %v, want %v", names, what, name, v, want.Get(name))
					}
				}
			}
			check("new")
			one.Set("more", 1)
			want.Set("more", 1)
			check("with a property more")
			if len(names) > 0 {
				one.Delete(names[0])
				want.Delete(names[0])
				check("with one less")
				if v := other.Get(names[len(names)-1]); v == nil || !v.StrictEquals(values[len(values)-1]) {
					t.Errorf("%v: another record has changed as well", names)
				}
			}
			if other.Get("more") != nil || one.Prototype() != prototype {
				t.Errorf("%v: %v", names, other.Keys())
			}
		}
	}
}
