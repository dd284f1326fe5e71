package host

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"runtime/debug"
	"unicode"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// asynchronous is a function whose calls give promises.
type asynchronous struct{ call any }

// Async makes a function that can be exposed: a call of it gives a promise, for what f returns on a goroutine of its own. Its context ends with the
// program.
func Async[A, B any](f func(context.Context, A) (B, error)) any { return asynchronous{f} }

// PanicError is the error of a function of the host's that panicked.
type PanicError struct {
	// Value is what it panicked with, Stack the goroutine's stack as debug.Stack prints it.
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("host: a function of the host's panicked: %v", e.Value)
}

func panicked(x any) error { return &PanicError{x, debug.Stack()} }

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// exposed makes a value for scripts: methods count, too.
func (p *Program) exposed(value any) (goja.Value, error) {
	switch value.(type) {
	case *Func, *Object, *big.Int, error:
		return p.value(value)
	}
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || v.NumMethod() == 0 {
		return p.value(value)
	}
	o := p.rt.VM().NewObject()
	t := v.Type()
	for i := range t.NumMethod() {
		name := scriptName(t.Method(i).Name)
		f, err := p.function(v.Method(i), name, false)
		if err != nil {
			return nil, fmt.Errorf("method %s: %w", t.Method(i).Name, err)
		}
		o.Set(name, f)
	}
	return o, nil
}

// scriptName is a Go name with a small first letter.
func scriptName(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r)) + name[n:]
}

// callable is a function of the host's that scripts may call.
type callable struct {
	f       reflect.Value
	first   int  // its first parameter that scripts give: 1 after a context
	results int  // how many it returns, 0 or 1
	fails   bool // it returns an error besides
}

func callableOf(f reflect.Value) (c callable, err error) {
	t := f.Type()
	c = callable{f: f, results: t.NumOut()}
	if t.NumIn() > 0 && t.In(0) == contextType {
		c.first = 1
	}
	if c.fails = c.results > 0 && t.Out(c.results-1) == errorType; c.fails {
		c.results--
	}
	if c.results > 1 {
		return c, errors.New("a function may return one value, and an error")
	}
	return c, nil
}

// params is how many parameters scripts give.
func (c callable) params() int { return c.f.Type().NumIn() - c.first }

// invoke calls it. A panic is an error.
func (c callable) invoke(ctx context.Context, in []reflect.Value) (result any, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = panicked(x)
		}
	}()
	if c.first == 1 {
		in = append([]reflect.Value{reflect.ValueOf(&ctx).Elem()}, in...)
	}
	out := c.f.Call(in)
	if c.fails {
		err, _ = out[c.results].Interface().(error)
	}
	if c.results == 1 {
		result = out[0].Interface()
	}
	return result, err
}

// function makes a function of scripts of one of Go's.
func (p *Program) function(f reflect.Value, name string, async bool) (goja.Value, error) {
	c, err := callableOf(f)
	if err != nil {
		return nil, err
	}
	t := f.Type()
	return p.rt.Func(name, c.params(), func(call goja.FunctionCall) goja.Value {
		p.copied = 0
		in := make([]reflect.Value, 0, t.NumIn())
		for i := c.first; i < t.NumIn(); i++ {
			if t.IsVariadic() && i == t.NumIn()-1 {
				for j := i - c.first; j < len(call.Arguments); j++ {
					in = append(in, p.argument(call, j, t.In(i).Elem()))
				}
				break
			}
			in = append(in, p.argument(call, i-c.first, t.In(i)))
		}
		if !async {
			result, err := c.invoke(context.WithValue(p.ctx, inside{p}, true), in)
			return p.answer(result, err)
		}
		return p.promised(func() (any, error) { return c.invoke(p.ctx, in) })
	}), nil
}

// promised runs work on a goroutine of its own and gives a promise for its result.
func (p *Program) promised(work func() (any, error)) goja.Value {
	promise, resolve, reject := p.rt.Promise()
	p.rt.Loop().Go(func() func() {
		result, err := work()
		return func() {
			p.rt.Enter(func() {
				var v goja.Value
				if ex := p.rt.VM().Try(func() { v = p.answer(result, err) }); ex != nil {
					reject(ex.Value())
				} else {
					resolve(v)
				}
			})
		}
	})
	return promise
}

// answer gives a script what a function of the host's returned.
func (p *Program) answer(result any, err error) goja.Value {
	if err == nil {
		p.copied = 0
		var v goja.Value
		if v, err = p.value(result); err == nil {
			if result == nil {
				return goja.Undefined()
			}
			return v
		}
	}
	p.rt.Throw(p.error(err))
	return nil
}

// argument converts one of a call's arguments or throws.
func (p *Program) argument(call goja.FunctionCall, i int, t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	if i < len(call.Arguments) {
		if err := p.assign(v, call.Arguments[i], 0); err != nil {
			p.rt.Throw(p.rt.VM().NewTypeError("argument %d: %s", i+1, err.Error()))
		}
	}
	return v
}

// error makes an Error of one of Go's; what came from a script goes back as text.
func (p *Program) error(err error) *goja.Object {
	name, message := "Error", err.Error()
	var e *Exception
	if errors.As(err, &e) && e.Name != "" {
		message = e.Message
		switch e.Name {
		case "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError":
			name = e.Name
		}
	}
	o := p.rt.NewPlainError(name, message)
	if e != nil && e.Code != "" {
		o.Set("code", e.Code)
	}
	p.rt.SetSlot(o, err)
	return o
}
