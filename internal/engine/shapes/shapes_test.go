package shapes

import (
	"fmt"
	goruntime "runtime"
	"testing"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

func runtime(t *testing.T) *goja.Runtime {
	rt := goja.New()
	if _, err := layout.Find(rt); err != nil {
		t.Fatal(err)
	}
	if Empty() == nil {
		t.Fatal("Go's maps are not what this package expects")
	}
	return rt
}

// What is made here behaves as what the engine makes, whatever is done to it, and does not change others of its shape.
func TestObjectsAreTheEngines(t *testing.T) {
	rt := runtime(t)
	proto := rt.NewObject().Prototype()
	rt.Set("runtimeCollects", func() { goruntime.GC() })
	object := func(names ...string) *goja.Object {
		s := Empty()
		for _, n := range names {
			s = s.WithData(unistring.String(n))
		}
		o, slots := s.Make(rt, proto)
		for i := range slots {
			slots[i].Value = rt.ToValue(i)
		}
		return o
	}
	array := func() *goja.Object {
		o, slots := ArrayShape().WithAll("index", "input").MakeArray(rt, rt.NewArray().Prototype(), []goja.Value{rt.ToValue("x"), rt.ToValue("y")})
		slots[1].Value, slots[2].Value = rt.ToValue(0), rt.ToValue("xy")
		return o
	}
	check := func(script string, arg *goja.Object, want string) {
		t.Helper()
		f, err := rt.RunString("(function(o){" + script + "})")
		if err != nil {
			t.Fatal(err)
		}
		call, _ := goja.AssertFunction(f)
		v, err := call(goja.Undefined(), arg)
		if err != nil || v.String() != want {
			t.Errorf("%s: %v %v, want %s", script, v, err, want)
		}
	}
	for range 2 { // the second time shows what the first has done to the shapes
		check("return JSON.stringify(o)", object("a", "b"), `{"a":0,"b":1}`)
		check("delete o.a; o.c = 2; return JSON.stringify(o)", object("a", "b"), `{"b":1,"c":2}`)
		check("for (const k in o) if (k === 'a') { o.d = 1; delete o.b }; return Object.keys(o).join()", object("a", "b", "c"), "a,c,d")
		check("o.x = 1; o[5] = 1; o[1] = 2; return Object.keys(o).join()", object("b", "7"), "1,5,7,b,x")
		check("for (let i = 0; i < 20; i++) o['k' + i] = i; return Object.keys(o).length + o.a + o.k19", object("a", "b"), "41")
		check("Object.defineProperty(o, 'b', {get() { return 9 }, enumerable: false}); return Object.keys(o) + o.b", object("a", "b"), "a9")
		check("Object.freeze(o); o.a = 5; return o.a + Object.isFrozen(o)", object("a", "b"), "1")
		check("return Object.keys(o) + '|' + o + '|' + o.length + JSON.stringify(Object.getOwnPropertyNames(o))", array(), `0,1,index,input|x,y|2["0","1","length","index","input"]`)
		check("o.length = 1; o.push('z', 'w'); delete o.input; o.more = 1; return o.join() + Object.keys(o)", array(), "x,z,w0,1,2,index,more")
		check("o[100000000] = 1; return o.length + o.input", array(), "100000001xy")
	}
	// Whatever room there is, all that comes later is what it is in an object that the engine has made.
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	for n := range len(names) + 1 {
		for _, script := range []string{
			"for (const k in o) o[k] += 1",
			"for (const k of Object.keys(o)) delete o[k]; for (let i = 0; i < 12; i++) o['n' + i] = i",
			"for (const k of Object.keys(o).slice(1)) { delete o[k]; o[k + k] = 1; o[k] = 2 }",
			"for (let i = 0; i < 12; i++) { o['n' + i] = i; delete o['n' + (i - 3)]; o.a = i; delete o.b }",
			"Object.assign(o, {x: 1}, o, {y: 2, a: 3}); Reflect.set(o, 'c', 5); Object.defineProperty(o, 'a', {value: 1, enumerable: true})",
		} {
			made := object(names[:n]...)
			if len(names[:n]) != len(made.Keys()) {
				t.Fatal(made.Keys())
			}
			check("const other = {}; for (const k of Object.keys(o)) other[k] = o[k]; const f = o => { "+script+"; return JSON.stringify(o) };"+
				"const got = f(o); runtimeCollects(); const want = f(other); return got === want ? 'same' : got + ' ' + want", made, "same")
		}
	}
	if Of(layout.BaseOf(object("a", "b"))) != Empty().WithAll("a", "b") {
		t.Error("an object has not the shape that it was made with")
	}
}

// Data of ever new names leaves room for the shapes that programs make.
func TestDataMakesFewShapes(t *testing.T) {
	runtime(t)
	s := Empty().With("few")
	made := 0
	for i := range 1000 {
		if s.WithData(unistring.String(fmt.Sprint("k", i))) != nil {
			made++
		}
	}
	if made != mostDataNext {
		t.Errorf("%d shapes, want %d", made, mostDataNext)
	}
	if s.With("program") == nil || s.WithData("program") == nil {
		t.Error("no shape for a program")
	}
}

// A function that is made here is as one of the engine's, whatever is done to it.
func TestNativeFunctionsAreTheEngines(t *testing.T) {
	rt := runtime(t)
	rt.Set("runtimeCollects", func() { goruntime.GC() })
	f := func(call goja.FunctionCall) goja.Value { return rt.ToValue(len(call.Arguments)) }
	for _, script := range []string{
		"JSON.stringify(Object.getOwnPropertyDescriptors(f))",
		"[f(1, 2), typeof f, Object.prototype.toString.call(f), f instanceof Function, f.hasOwnProperty('prototype')].join()",
		"delete f.name; delete f.length; [f.name, f.length, Reflect.ownKeys(f).join()].join()",
		"try { 'use strict'; f.name = 'x' } catch {}; Object.defineProperty(f, 'name', { value: 'y' }); Object.defineProperty(f, 'length', { value: 7, writable: true }); f.length = 8; [f.name, f.length].join()",
		"for (let i = 0; i < 20; i++) f['p' + i] = i; runtimeCollects(); delete f.p3; JSON.stringify([Reflect.ownKeys(f), f.p19, f.p3, f.name, f.length, f.bind(null, 1).name])",
		"f.prototype = {}; runtimeCollects(); Object.freeze(f); [Object.isFrozen(f), f.name, f.call(null, 1)].join()",
		"Object.setPrototypeOf(f, null); try { new f } catch (e) { e.constructor.name }",
	} {
		run := func(fn *goja.Object) string {
			rt.Set("f", fn)
			v, err := rt.RunString(script)
			if err != nil {
				return err.Error()
			}
			return v.String()
		}
		theirs := rt.ToValue(f).(*goja.Object)
		theirs.DefineDataProperty("name", rt.ToValue("named"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		theirs.DefineDataProperty("length", rt.ToValue(2), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		want := run(theirs)
		if ours := NewNative(rt, f, rt.ToValue("named"), rt.ToValue(2)); ours == nil {
			t.Error("no function was made")
		} else if got := run(ours); got != want {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}
}
