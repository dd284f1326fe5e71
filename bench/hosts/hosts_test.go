// Package hosts measures ways to run scripts in a Go program, one beside the other: go test ./bench/hosts -bench .
package hosts

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"
	"github.com/tetratelabs/wazero"

	"gonode/host"
)

const (
	addJS = `(a, b) => a + b`
	fibJS = `(function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) })`
	sumJS = `(n) => { let s = 0; for (let i = 0; i < n; i++) s = (s + i * i) % 1000003; return s }`
	depth = 20
	turns = 100_000
)

// module exports add(i32, i32) i32 and fib(i32) i32.
var module = []byte{0, 'a', 's', 'm', 1, 0, 0, 0,
	1, 12, 2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f,
	3, 3, 2, 0, 1,
	7, 13, 2, 3, 'a', 'd', 'd', 0, 0, 3, 'f', 'i', 'b', 0, 1,
	10, 38, 2,
	7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b,
	28, 0, 0x20, 0, 0x41, 2, 0x48, 0x04, 0x7f, 0x20, 0, 0x05, 0x20, 0, 0x41, 1, 0x6b, 0x10, 1, 0x20, 0, 0x41, 2, 0x6b, 0x10, 1, 0x6a, 0x0b, 0x0b,
}

func program(b *testing.B, eng *host.Engine, text string) (*host.Program, *host.Func) {
	p, err := eng.New(b.Context(), host.Config{})
	if err != nil {
		b.Fatal(err)
	}
	var f *host.Func
	if err := p.Eval(b.Context(), &f, "f.js", text); err != nil {
		b.Fatal(err)
	}
	return p, f
}

func gojaFunction(b *testing.B, text string) (*goja.Runtime, goja.Callable) {
	vm := goja.New()
	v, err := vm.RunString(text)
	if err != nil {
		b.Fatal(err)
	}
	f, _ := goja.AssertFunction(v)
	return vm, f
}

// memory reports what each of the things that f makes keeps.
func memory(b *testing.B, f func() any) {
	usage := func() uint64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapInuse + s.StackInuse
	}
	var all []any
	before := usage()
	for b.Loop() {
		all = append(all, f())
	}
	b.StopTimer()
	b.ReportMetric(float64(usage()-before)/float64(len(all))/1024, "KB/each")
	runtime.KeepAlive(all)
}

// What it costs to be ready for a first call.
func BenchmarkNew(b *testing.B) {
	b.Run("gonode", func(b *testing.B) {
		eng := host.NewEngine()
		first, _ := program(b, eng, addJS)
		defer first.Close()
		memory(b, func() any { p, f := program(b, eng, addJS); return []any{p, f} })
	})
	b.Run("goja", func(b *testing.B) {
		memory(b, func() any { vm, f := gojaFunction(b, addJS); return []any{vm, f} })
	})
	b.Run("goja with goja_nodejs", func(b *testing.B) {
		memory(b, func() any {
			loop := eventloop.NewEventLoop()
			loop.Start()
			var f goja.Callable
			done := make(chan bool)
			loop.RunOnLoop(func(vm *goja.Runtime) {
				v, _ := vm.RunString(addJS)
				f, _ = goja.AssertFunction(v)
				done <- true
			})
			<-done
			return []any{loop, f}
		})
	})
	b.Run("wazero", func(b *testing.B) {
		r := wazero.NewRuntime(b.Context())
		defer r.Close(context.Background())
		code, err := r.CompileModule(b.Context(), module)
		if err != nil {
			b.Fatal(err)
		}
		memory(b, func() any {
			m, err := r.InstantiateModule(b.Context(), code, wazero.NewModuleConfig().WithName(""))
			if err != nil {
				b.Fatal(err)
			}
			return m
		})
	})
}

// What calls cost: one of nothing, one that calls itself, one that counts.
func BenchmarkCall(b *testing.B) {
	for _, c := range []struct {
		name, text string
		args       []any
		want       int
	}{{"add", addJS, []any{1, 2}, 3}, {"fib", fibJS, []any{depth}, 6765}, {"loop", sumJS, []any{turns}, 0}} {
		b.Run(c.name+"/gonode", func(b *testing.B) {
			p, f := program(b, host.NewEngine(), c.text)
			defer p.Close()
			var out int
			for b.Loop() {
				if err := f.Call(b.Context(), &out, c.args...); err != nil || c.want != 0 && out != c.want {
					b.Fatal(out, err)
				}
			}
		})
		b.Run(c.name+"/goja", func(b *testing.B) {
			vm, f := gojaFunction(b, c.text)
			for b.Loop() {
				args := make([]goja.Value, len(c.args))
				for i, a := range c.args {
					args[i] = vm.ToValue(a)
				}
				v, err := f(goja.Undefined(), args...)
				if err != nil || c.want != 0 && int(v.ToInteger()) != c.want {
					b.Fatal(v, err)
				}
			}
		})
		b.Run(c.name+"/goja with goja_nodejs", func(b *testing.B) {
			loop := eventloop.NewEventLoop()
			loop.Start()
			defer loop.Stop()
			var f goja.Callable
			done := make(chan int)
			loop.RunOnLoop(func(vm *goja.Runtime) {
				v, _ := vm.RunString(c.text)
				f, _ = goja.AssertFunction(v)
				done <- 0
			})
			<-done
			for b.Loop() {
				loop.RunOnLoop(func(vm *goja.Runtime) {
					args := make([]goja.Value, len(c.args))
					for i, a := range c.args {
						args[i] = vm.ToValue(a)
					}
					v, _ := f(goja.Undefined(), args...)
					done <- int(v.ToInteger())
				})
				if out := <-done; c.want != 0 && out != c.want {
					b.Fatal(out)
				}
			}
		})
		if c.name == "loop" {
			continue
		}
		b.Run(c.name+"/wazero", func(b *testing.B) {
			r := wazero.NewRuntime(b.Context())
			defer r.Close(context.Background())
			m, err := r.Instantiate(b.Context(), module)
			if err != nil {
				b.Fatal(err)
			}
			f := m.ExportedFunction(c.name)
			args := make([]uint64, len(c.args))
			for i, a := range c.args {
				args[i] = uint64(a.(int))
			}
			for b.Loop() {
				out, err := f.Call(b.Context(), args...)
				if err != nil || int(out[0]) != c.want {
					b.Fatal(out, err)
				}
			}
		})
	}
}

// How long after its deadline a call ends that computes for ever.
func BenchmarkStop(b *testing.B) {
	const deadline = 5 * time.Millisecond
	late := func(b *testing.B, f func(context.Context)) {
		var sum time.Duration
		for b.Loop() {
			ctx, cancel := context.WithTimeout(b.Context(), deadline)
			begun := time.Now()
			f(ctx)
			sum += time.Since(begun) - deadline
			cancel()
		}
		b.ReportMetric(float64(sum.Microseconds())/float64(b.N), "µs-late")
	}
	b.Run("gonode", func(b *testing.B) {
		p, f := program(b, host.NewEngine(), `() => { for (;;); }`)
		defer p.Close()
		late(b, func(ctx context.Context) {
			if f.Call(ctx, nil) == nil {
				b.Fatal("it ended")
			}
		})
	})
	b.Run("goja", func(b *testing.B) {
		vm, f := gojaFunction(b, `() => { for (;;); }`)
		late(b, func(ctx context.Context) {
			defer vm.ClearInterrupt()
			defer context.AfterFunc(ctx, func() { vm.Interrupt("too long") })()
			if _, err := f(goja.Undefined()); err == nil {
				b.Fatal("it ended")
			}
		})
	})
}
