package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/dop251/goja"
)

// Module is a module that was imported.
type Module struct {
	p         *Program
	name      string
	namespace *goja.Object
}

// Func gives a function that the module exports; "default" is its default export. Any goroutine.
func (m *Module) Func(name string) (*Func, error) {
	if m == nil {
		return nil, errNil
	}
	f := &Func{}
	if err := m.Get(context.Background(), f, name); err != nil {
		return nil, err
	}
	return f, nil
}

// Get stores what the module exports by a name in out; see Func.Call for how. Any goroutine.
func (m *Module) Get(ctx context.Context, out any, name string) error {
	if m == nil {
		return errNil
	}
	return m.p.do(ctx, func() goja.Value {
		v := m.namespace.Get(name)
		if v == nil || goja.IsUndefined(v) && !slices.Contains(m.namespace.Keys(), name) {
			panic(m.p.rt.VM().NewTypeError("%s exports no %s", m.name, name))
		}
		return v
	}, m.p.store(out))
}

// Func is a function of a script's. It may be called from any goroutine as long as its program lives.
type Func struct {
	p  *Program
	fn *goja.Object
}

// Call calls the function, waits for what it returns, and if that is a promise for what this comes to, and stores it in out, if that is not nil.
//
// Arguments are copied in: numbers, strings and booleans as such, integers beyond 2^53 and *big.Int as BigInt, []byte as Buffer, time.Time as Date,
// errors as Error, slices, maps with string keys and structs as arrays and objects, functions as functions (see Expose), nil as null. Fields have
// the names of their tag `gonode`, else of their tag `json`, else their own with a small first letter.
//
// Results are copied out into what out points to, by the same rules the other way round; numbers must fit. An any becomes nil, bool, float64, string,
// *big.Int, []byte, time.Time, []any, map[string]any, *Func or *Exception. *Func takes a function.
//
// ctx ends this call: if the function is computing then, it is stopped where it is; if it waits, nobody waits for it any more. The error is then
// context.Cause(ctx), for what the function throws an *Exception.
func (f *Func) Call(ctx context.Context, out any, args ...any) error {
	if f == nil || f.p == nil {
		return errNil
	}
	p := f.p
	return p.do(ctx, func() goja.Value {
		values := make([]goja.Value, len(args))
		for i, a := range args {
			v, err := p.value(a)
			if err != nil {
				panic(p.rt.VM().NewGoError(fmt.Errorf("argument %d: %w", i+1, err)))
			}
			values[i] = v
		}
		fn, _ := goja.AssertFunction(f.fn)
		return p.rt.Call(fn, goja.Undefined(), values...)
	}, p.store(out))
}
