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
}

// Get stores a property in out; see Func.Call for how. A module's exports are properties of it, "default" among them.
func (o *Object) Get(ctx context.Context, out any, name string) error {
	if o == nil || o.p == nil {
		return errNil
	}
	return o.p.do(ctx, func() goja.Value { return o.property(name) }, o.p.store(out))
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
	if o == nil || o.p == nil {
		return errNil
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
	if o == nil || o.p == nil {
		return nil, errNil
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
	if o == nil || o.p == nil {
		return errNil
	}
	return o.p.do(ctx, func() goja.Value {
		v := o.property(method)
		if _, ok := goja.AssertFunction(v); !ok {
			panic(o.p.rt.VM().NewTypeError("%s is not a function", method))
		}
		return o.p.call(v, o.o, args)
	}, o.p.store(out))
}
