package engine

import (
	"fmt"
	"testing"

	"github.com/dop251/goja"
)

// What the runtime knows of the engine's objects must hold for the engine that go.mod asks for.
func TestInsideOfObjects(t *testing.T) {
	e := testEngine(t)
	eval := func(src string) *goja.Object {
		v, err := e.VM().RunString("(" + src + ")")
		if err != nil {
			t.Fatal(err)
		}
		return v.(*goja.Object)
	}
	if v, ok := e.PlainValue(eval(`{a: 1}`), "a"); !ok || v.String() != "1" {
		t.Error("a plain property is not found")
	}
	for _, src := range []string{`{get a() { throw 1 }}`, `Object.freeze({a: 1})`, `{b: 1}`, `Object.create({a: 1})`, `[1]`, `new Proxy({a: 1}, {})`} {
		if _, ok := e.PlainValue(eval(src), "a"); ok {
			t.Errorf("%s has no plain property", src)
		}
	}
	if e, ok := e.Elements(eval(`[1, , 'x']`)); !ok || len(e) != 3 || e[0].String() != "1" || e[1] != nil || e[2].String() != "x" {
		t.Errorf("elements are %v", e)
	}
	if _, ok := e.Elements(eval(`Object.defineProperty([1], 0, {get() { throw 1 }})`)); ok {
		t.Error("an accessor is no plain element")
	}
	if n, ok := e.OwnNonIndexNames(eval(`Object.assign(new Uint8Array(3), {x: 1})`)); !ok || fmt.Sprint(n) != "[x]" {
		t.Errorf("names are %v", n)
	}
	if e := Entries(eval(`new Map([[1, 2], [3, 4]])`)); fmt.Sprint(e) != "[1 2 3 4]" {
		t.Errorf("entries are %v", e)
	}
	rest, pairs := IteratorRest(eval(`(() => { const i = new Map([[1, 2], [3, 4]]).entries(); i.next(); return i })()`))
	if !pairs || fmt.Sprint(rest) != "[3 4]" {
		t.Errorf("the rest is %v", rest)
	}
	if v := BoxedValue(eval(`new String('x')`)); v.String() != "x" {
		t.Errorf("the string is %v", v)
	}
	if v := BoxedValue(eval(`Object(5)`)); v.String() != "5" {
		t.Errorf("the number is %v", v)
	}
}

func TestBytes(t *testing.T) {
	e := testEngine(t)
	test := func(src, want string) {
		t.Run(src, func(t *testing.T) {
			v, err := e.VM().RunString(src)
			if err != nil {
				t.Fatal(err)
			}
			b, ok := e.Bytes(v)
			if got := fmt.Sprintf("%x %v", b, ok); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	test(`new Uint8Array([1, 2, 3]).subarray(1)`, "0203 true")
	test(`new Uint16Array([1, 2, 3]).subarray(1)`, "02000300 true")
	test(`new DataView(new Uint8Array([1, 2, 3]).buffer, 1)`, "0203 true")
	test(`new Uint8Array([1, 2]).buffer`, "0102 true")
	test(`new Uint8Array(0)`, " true")
	test(`[1]`, " false")
	test(`'x'`, " false")

	v, _ := e.VM().RunString(`var detached = new Uint8Array(4); detached.subarray(2)`)
	v.(*goja.Object).Get("buffer").Export().(goja.ArrayBuffer).Detach()
	if b, ok := e.Bytes(v); !ok || len(b) != 0 {
		t.Errorf("a detached array has %d bytes", len(b))
	}
	data := []byte{1, 2}
	o := e.Uint8Array(nil, e.VM().ToValue(e.VM().NewArrayBuffer(data)))
	if b, _ := e.Bytes(o); &b[0] != &data[0] {
		t.Error("the memory is a copy")
	}
}

func TestKindOf(t *testing.T) {
	e := testEngine(t)
	test := func(src string, want Kind) {
		t.Run(src, func(t *testing.T) {
			v, err := e.VM().RunString("(" + src + ")")
			if err != nil {
				t.Fatal(err)
			}
			if got := KindOf(v.(*goja.Object)); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		})
	}
	test(`{}`, OtherObject)
	test(`[]`, ArrayObject)
	test(`[][Symbol.iterator]()`, ArrayIterator)
	test(`(function() { return arguments })()`, ArgumentsObject)
	test(`(function() { 'use strict'; return arguments })()`, ArgumentsObject)
	test(`new ArrayBuffer(1)`, ArrayBufferObject)
	test(`Object(1)`, BoxedPrimitive)
	test(`Object(Symbol())`, BoxedPrimitive)
	test(`class {}`, ClassFunction)
	test(`new DataView(new ArrayBuffer(1))`, DataViewObject)
	test(`new Date()`, DateObject)
	test(`new TypeError()`, ErrorObject)
	test(`function() {}`, Function)
	test(`() => {}`, Function)
	test(`Math.max`, Function)
	test(`(function() {}).bind()`, Function)
	test(`{m() {}}.m`, Function)
	test(`async () => {}`, AsyncFunction)
	test(`async function() {}`, AsyncFunction)
	test(`function*() {}`, GeneratorFunction)
	test(`(function*() {})()`, GeneratorObject)
	test(`new Map()`, MapObject)
	test(`new Map().keys()`, MapIterator)
	test(`Promise.resolve()`, PromiseObject)
	test(`new Proxy([], {})`, ProxyObject)
	test(`/x/`, RegExpObject)
	test(`new Set()`, SetObject)
	test(`new Set().values()`, SetIterator)
	test(`Object('x')`, StringObject)
	test(`''[Symbol.iterator]()`, StringIterator)
	test(`new Uint8Array()`, TypedArray)
	test(`new WeakMap()`, WeakMapObject)
	test(`new WeakSet()`, WeakSetObject)
}
