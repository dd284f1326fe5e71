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

// function makes a function of scripts of one of Go's.
func (p *Program) function(f reflect.Value, name string, async bool) (goja.Value, error) {
	t := f.Type()
	first := 0
	if t.NumIn() > 0 && t.In(0) == contextType {
		first = 1
	}
	results := t.NumOut()
	fails := results > 0 && t.Out(results-1) == errorType
	if fails {
		results--
	}
	if results > 1 {
		return nil, errors.New("a function may return one value, and an error")
	}
	return p.rt.Func(name, t.NumIn()-first, func(call goja.FunctionCall) goja.Value {
		p.copied = 0
		in := make([]reflect.Value, 0, t.NumIn())
		for i := first; i < t.NumIn(); i++ {
			if t.IsVariadic() && i == t.NumIn()-1 {
				for j := i - first; j < len(call.Arguments); j++ {
					in = append(in, p.argument(call, j, t.In(i).Elem()))
				}
				break
			}
			in = append(in, p.argument(call, i-first, t.In(i)))
		}
		invoke := func(ctx context.Context) (result any, err error) {
			defer func() {
				if x := recover(); x != nil {
					err = panicked(x)
				}
			}()
			if first == 1 {
				in = append([]reflect.Value{reflect.ValueOf(&ctx).Elem()}, in...)
			}
			out := f.Call(in)
			if fails {
				err, _ = out[results].Interface().(error)
			}
			if results == 1 {
				result = out[0].Interface()
			}
			return result, err
		}
		if !async {
			result, err := invoke(context.WithValue(p.ctx, inside{p}, true))
			return p.answer(result, err)
		}
		promise, resolve, reject := p.rt.Promise()
		p.rt.Loop().Go(func() func() {
			result, err := invoke(p.ctx)
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
	}), nil
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
