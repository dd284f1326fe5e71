package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/dop251/goja"
)

// Object is an object of a script's: what a module exports, an instance, anything that is not to be copied. It may be used from any goroutine as long as
// its program lives, and keeps what it stands for alive.
type Object struct {
	p    *Program
	name string // of a module
	o    *goja.Object
	cell *handle // of a cell's object, in place of all else
}

// Get stores a property in out; see Func.Call for how. A module's exports are properties of it, "default" among them.
func (o *Object) Get(ctx context.Context, out any, name string) error {
	switch {
	case o == nil || o.p == nil && o.cell == nil:
		return errNil
	case o.cell != nil:
		return o.cell.call(ctx, opGet, name, out, nil)
	}
	return o.get(ctx, o.p.store(out), name)
}

func (o *Object) get(ctx context.Context, settle func(goja.Value) error, name string) error {
	return o.p.do(ctx, func() goja.Value { return o.property(name) }, settle)
}

// property reads a property. What a module does not export is an error.
func (o *Object) property(name string) goja.Value {
	v := o.o.Get(name)
	if v == nil {
		v = goja.Undefined()
	}
	if o.name != "" && goja.IsUndefined(v) && !slices.Contains(o.o.Keys(), name) {
		panic(o.p.rt.VM().NewTypeError("%s exports no %s", o.name, name))
	}
	return v
}

// Set sets a property to a copy of a Go value; see Func.Call. Exports of a module cannot be set.
func (o *Object) Set(ctx context.Context, name string, value any) error {
	switch {
	case o == nil || o.p == nil && o.cell == nil:
		return errNil
	case o.cell != nil:
		return o.cell.c.set(ctx, o.cell, name, value)
	}
	return o.p.do(ctx, func() goja.Value {
		v, err := o.p.exposed(value)
		if err != nil {
			o.p.rt.Throw(o.p.error(fmt.Errorf("property %s: %w", name, err)))
		}
		if err := o.o.Set(name, v); err != nil {
			panic(err)
		}
		return nil
	}, nil)
}

// Func gives a function that is a property: of a module, one of its exports. Called, it has the object as its this, unless that is a module.
func (o *Object) Func(name string) (*Func, error) {
	switch {
	case o == nil || o.p == nil && o.cell == nil:
		return nil, errNil
	case o.cell != nil:
		f := &Func{}
		if err := o.cell.call(context.Background(), opFunc, name, f, nil); err != nil {
			return nil, err
		}
		return f, nil
	}
	f := &Func{}
	if err := o.Get(context.Background(), f, name); err != nil {
		return nil, err
	}
	if o.name == "" {
		f.this = o.o
	}
	return f, nil
}

// Call calls a method as Func.Call does a function.
func (o *Object) Call(ctx context.Context, out any, method string, args ...any) error {
	switch {
	case o == nil || o.p == nil && o.cell == nil:
		return errNil
	case o.cell != nil:
		return o.cell.call(ctx, opMethod, method, out, args)
	}
	return o.call(ctx, o.p.store(out), method, args)
}

func (o *Object) call(ctx context.Context, settle func(goja.Value) error, method string, args []any) error {
	return o.p.do(ctx, func() goja.Value {
		v := o.property(method)
		if _, ok := goja.AssertFunction(v); !ok {
			panic(o.p.rt.VM().NewTypeError("%s is not a function", method))
		}
		return o.p.call(v, o.o, args)
	}, settle)
}
