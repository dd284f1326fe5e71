package engine

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// tables lists what the engine's own objects have, and where the functions are that make it.
func tables(rt *goja.Runtime) map[string]string {
	all, seen := map[string]string{}, map[*goja.Object]bool{}
	var visit func(path string, o *goja.Object)
	visit = func(path string, o *goja.Object) {
		if o == nil || seen[o] {
			return
		}
		seen[o] = true
		all[path] = "an object"
		if t := layout.TemplateOf(o); t != nil {
			all[path] = fmt.Sprint("made from ", len(t.Tmpl.PropNames), len(t.Tmpl.SymPropNames))
			for name, make := range t.Tmpl.Props {
				all[path+"."+name.String()+" "] = fmt.Sprintf("%x", reflect.ValueOf(make).Pointer())
			}
		}
		if self := layout.SelfOf(o); self.Tab == layout.Found().NativeFunc {
			f := (*layout.NativeFuncObject)(self.Data)
			all[path+"()"] = fmt.Sprintf("%x %x", reflect.ValueOf(f.F).Pointer(), reflect.ValueOf(f.Construct).Pointer())
		}
		for _, name := range o.GetOwnPropertyNames() {
			var v goja.Value
			if rt.Try(func() { v = o.Get(name) }) == nil { // some getters want another object
				if held, ok := v.(*goja.Object); ok {
					visit(path+"."+name, held)
				}
			}
		}
		visit(path+" inherits", o.Prototype())
	}
	visit("", rt.GlobalObject())
	return all
}

// before is what the engine has before there is any of ours in the process.
var before = func() map[string]string {
	rt := goja.New()
	if _, err := layout.Find(rt); err != nil {
		panic(err)
	}
	return tables(goja.New())
}()

// A program may have runtimes of goja that are not ours: their built-in objects are as goja makes them.
func TestRuntimesThatAreNotOursAreUntouched(t *testing.T) {
	e := testEngine(t)
	for _, name := range goja.New().GlobalObject().GetOwnPropertyNames() {
		if o, ok := e.vm.Get(name).(*goja.Object); ok {
			o.GetOwnPropertyNames()
		}
	}
	e.vm.SetFieldNameMapper(goja.UncapFieldNameMapper()) // is the host's to set
	v, err := e.vm.RunString(`[Object.groupBy, Math.f16round, Iterator.prototype.map, [].constructor.fromAsync, ''.big, DataView.prototype.getFloat16,
		new Date().getYear, ({}).__defineGetter__].every((f) => typeof f === 'function') && typeof GoError === 'undefined'`)
	if err != nil || !v.ToBoolean() {
		t.Fatal("ours are not complete: ", v, err)
	}
	after := tables(goja.New())
	if maps.Equal(before, after) {
		return
	}
	for path, was := range before {
		if is := after[path]; is != was {
			t.Errorf("%s: was %s, is %s", path, was, is)
		}
	}
	for path, is := range after {
		if before[path] == "" {
			t.Errorf("%s is new: %s", path, is)
		}
	}
}
