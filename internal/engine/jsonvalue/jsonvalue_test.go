package jsonvalue

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dop251/goja"
)

// globals are the intrinsics of an engine that nobody changes.
type globals struct{ vm *goja.Runtime }

func (g globals) NewObject(*goja.Object, any) *goja.Object      { return g.vm.NewObject() }
func (g globals) Slot(goja.Value) any                           { return nil }
func (g globals) Intrinsic(name string) *goja.Object            { return g.vm.Get(name).(*goja.Object) }
func (g globals) Member(o *goja.Object, name string) goja.Value { return o.Get(name) }

// engine is an engine whose JSON is the codec's.
func engine(t testing.TB) (*goja.Runtime, *Codec) {
	vm := goja.New()
	vm.SetMaxCallStackSize(5000)
	c := New(vm, globals{vm})
	json := vm.NewObject()
	json.Set("parse", func(call goja.FunctionCall) goja.Value { return c.ParseValue(call.Argument(0), call.Argument(1)) })
	json.Set("stringify", func(call goja.FunctionCall) goja.Value {
		return c.Stringify(call.Argument(0), call.Argument(1), call.Argument(2))
	})
	vm.Set("JSON", json)
	return vm, c
}

func run(t testing.TB, vm *goja.Runtime, src string) goja.Value {
	v, err := vm.RunString(src)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestLikeV8(t *testing.T) {
	script, _ := os.ReadFile("testdata/json.js")
	want, _ := os.ReadFile("testdata/json.out")
	vm, _ := engine(t)
	var out strings.Builder
	vm.Set("print", func(call goja.FunctionCall) goja.Value {
		out.WriteString(call.Argument(0).String() + "\n")
		return goja.Undefined()
	})
	if _, err := vm.RunScript("json.js", string(script)); err != nil {
		t.Fatal(err)
	}
	got, expected := strings.Split(out.String(), "\n"), strings.Split(string(want), "\n")
	for i := range expected {
		if i >= len(got) || got[i] != expected[i] {
			t.Errorf("line %d\n got %s\nwant %s", i+1, strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""), expected[i])
		}
	}
}

func TestBytes(t *testing.T) {
	vm, c := engine(t)
	for in, want := range map[string]string{
		"\"a\xff\xe2\x82b\"":           `"a\ufffd\ufffdb"`,
		"\"\xed\xa0\x80\"":             `"\ufffd\ufffd\ufffd"`,
		"\"\xf0\x9f\x98\x80\xf0\x9f\"": `"😀\ufffd"`,
		"{\"\xc3\":1}":                 `{"\ufffd":1}`,
	} {
		v, err := c.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		out, _ := c.Append(nil, v)
		if string(out) != strings.ReplaceAll(want, `\ufffd`, "\ufffd") {
			t.Errorf("%q: %s", in, out)
		}
	}
	if _, err := c.Parse([]byte(strings.Repeat("[", 1<<20))); err == nil || err.Error() != "Unexpected end of JSON input" {
		t.Error(err)
	}
	nested := strings.Repeat(`[{"a":`, 3000) + `[1,{},[],{"b":2,"c":[3]}]` + strings.Repeat(`},4]`, 3000)
	v, err := c.Parse([]byte(nested))
	if err != nil {
		t.Fatal(err)
	}
	vm.Set("nested", v)
	if got := run(t, vm, `let n = nested, depth = 0; for (; n[0].a; n = n[0].a) { if (n[1] !== 4) throw depth; depth++ } depth + JSON.stringify(n)`).String(); got != `3000[1,{},[],{"b":2,"c":[3]}]` {
		t.Error(got)
	}
	for wrong, want := range map[string]string{`{"a" 1`: "Expected ':'", `{"a":1]`: "Expected ',' or '}'", `[1}`: "Expected ',' or ']'", `{"a":1,}`: "Expected double-quoted", `{1`: "Expected property name", `[1,]`: "Unexpected token"} {
		if _, err := c.Parse([]byte(strings.Repeat("[", 2000) + wrong)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Error(wrong, err)
		}
	}
	if out, ok := c.Append([]byte("x"), run(t, vm, "(function(){})")); ok || string(out) != "x" {
		t.Errorf("%s %v", out, ok)
	}
}

// The cost is linear in the size: sixteen times the text takes less than a hundred times the processor's time.
func TestLinear(t *testing.T) {
	vm, c := engine(t)
	cost := func(n string) time.Duration {
		v := run(t, vm, "({s:'x'.repeat("+n+"*20), a:new Array("+n+").fill('ab\\n')})")
		least := time.Hour
		for range 3 {
			start := processorTime(t)
			out, _ := c.Append(nil, v)
			back, err := c.Parse(out)
			least = min(least, processorTime(t)-start)
			if err != nil || back.(*goja.Object).Get("s").ToString().(goja.String).Length() != v.(*goja.Object).Get("s").ToString().(goja.String).Length() {
				t.Fatal(err)
			}
		}
		return max(least, time.Millisecond)
	}
	if one, all := cost("12500"), cost("200000"); all > 100*one {
		t.Errorf("%v and %v", one, all)
	}
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const small = `({ t: 'data', id: 12345, name: 'some name here', ok: true, v: [1, 2, 3, 4.5], s: 'abcdefghij0123456' })`
const large = `(function () { const items = []; for (let i = 0; i < 70; i++) items.push({ id: i, name: 'item number ' + i, price: i * 1.25, tags: ['a', 'bb', 'ccc'], nested: { on: i % 2 === 0, text: 'lorem ipsum dolor sit amet' } }); return { t: 'data', items }; })()`

func BenchmarkStringify(b *testing.B) {
	for name, src := range map[string]string{"100B": small, "10K": large} {
		b.Run(name, func(b *testing.B) {
			vm, c := engine(b)
			v := run(b, vm, src)
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf, _ = c.Append(buf[:0], v)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for name, src := range map[string]string{"100B": small, "10K": large} {
		b.Run(name, func(b *testing.B) {
			vm, c := engine(b)
			text, _ := c.Append(nil, run(b, vm, src))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				c.Parse(text)
			}
		})
	}
}
