package host

import (
	"context"
	"fmt"

	"github.com/dop251/goja"
)

// Func is a function of a script's. It may be called from any goroutine as long as its program lives.
type Func struct {
	p    *Program
	fn   *goja.Object
	this goja.Value // nil for undefined
	cell *handle    // of a cell's function, in place of all else

	labels context.Context // for Go's profiles; nil before the first call
}

// Call calls the function, waits for what it returns, and if that is a promise for what this comes to, and stores it in out, if that is not nil.
//
// Arguments are copied in: numbers, strings and booleans as such, integers beyond 2^53 and *big.Int as BigInt, []byte as Buffer, time.Time as Date,
// errors as Error, slices, maps with string keys and structs as arrays and objects, functions as functions (see Expose), nil as null. Fields have
// the names of their tag `gonode`, else of their tag `json`, else their own with a small first letter.
//
// Results are copied out into what out points to, by the same rules the other way round; numbers must fit. An any becomes nil, bool, float64, string,
// *big.Int, []byte, time.Time, []any, map[string]any, *Func or *Exception. A *Func takes a function, an *Object what is not to be copied, an io.ReadCloser
// a stream, web stream or async iterable, an io.WriteCloser a writable stream.
//
// ctx ends this call: if the function is computing then, it is stopped where it is; if it waits, nobody waits for it any more. The error is then
// context.Cause(ctx), for what the function throws an *Exception.
func (f *Func) Call(ctx context.Context, out any, args ...any) error {
	switch {
	case f == nil || f.p == nil && f.cell == nil:
		return errNil
	case f.cell != nil:
		return f.cell.call(ctx, opCall, "", out, args)
	}
	return f.call(ctx, f.p.store(out), args)
}

func (f *Func) call(ctx context.Context, settle func(goja.Value) error, args []any) error {
	this := f.this
	if this == nil {
		this = goja.Undefined()
	}
	return f.p.do(ctx, func() goja.Value {
		defer f.labelled()()
		return f.p.call(f.fn, this, args)
	}, settle)
}

// call calls a function with copies of Go values. Program's goroutine only.
func (p *Program) call(fn, this goja.Value, args []any) goja.Value {
	p.copied = 0
	values := make([]goja.Value, len(args))
	for i, a := range args {
		v, err := p.value(a)
		if err != nil {
			p.rt.Throw(p.error(fmt.Errorf("argument %d: %w", i+1, err)))
		}
		values[i] = v
	}
	f, _ := goja.AssertFunction(fn)
	return p.rt.Call(f, this, values...)
}
