package guard

import (
	"math"
	"math/big"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/memory"
)

const (
	// MaxString is V8's limit of a string's length.
	MaxString = 1<<29 - 24
	// MaxBigInt is its limit of the bits of a BigInt.
	MaxBigInt = 1 << 30
	// maxArguments is how many arguments a call may be given in an array or by a spread. V8's stack takes some 125,400.
	maxArguments = 1 << 17
)

// StringLength throws V8's RangeError for a string that would be too long.
func StringLength(rt *goja.Runtime, n float64) {
	if n > MaxString || !memory.Room(int64(n)) {
		RangeError(rt, "Invalid string length")
	}
}

// ArrayRoom throws V8's RangeError for an array of n elements that are to be there at once, if there is no room for it.
func ArrayRoom(rt *goja.Runtime, n int) {
	if !memory.Room(int64(n) * 16) {
		RangeError(rt, "Invalid array length")
	}
}

// BigIntTooBig throws V8's RangeError for a BigInt that would be too big.
func BigIntTooBig(rt *goja.Runtime) { RangeError(rt, "Maximum BigInt size exceeded") }

// text is ToString.
func text(rt *goja.Runtime, v goja.Value) goja.String {
	switch v := v.ToString().(type) { // a primitive
	case goja.String:
		return v
	case *goja.Symbol:
		panic(rt.NewTypeError("Cannot convert a Symbol value to a string"))
	default:
		return rt.ToValue(v.String()).(goja.String)
	}
}

// coercible tells whether a value can be the receiver of a method of strings.
func coercible(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) }

// with gives a call's arguments with one replaced.
func with(call goja.FunctionCall, i int, v goja.Value) []goja.Value {
	args := append([]goja.Value(nil), call.Arguments...)
	args[i] = v
	return args
}

func guardRepeat(rt *goja.Runtime, plain native) native {
	return func(call goja.FunctionCall) goja.Value {
		if !coercible(call.This) || len(call.Arguments) == 0 {
			return plain(call)
		}
		s := text(rt, call.This)
		n := call.Arguments[0].ToNumber()
		if count := n.ToFloat(); count >= 1 && !math.IsInf(count, 1) {
			StringLength(rt, math.Floor(count)*float64(s.Length()))
			if s.Length() == 0 {
				return s
			}
		}
		return plain(goja.FunctionCall{This: s, Arguments: []goja.Value{n}})
	}
}

func guardPad(rt *goja.Runtime, plain native) native {
	return func(call goja.FunctionCall) goja.Value {
		if !coercible(call.This) || len(call.Arguments) == 0 {
			return plain(call)
		}
		s := text(rt, call.This)
		n := call.Arguments[0].ToNumber()
		args := with(call, 0, n)
		if size := n.ToFloat(); size > float64(s.Length()) {
			if filler := call.Argument(1); !goja.IsUndefined(filler) {
				f := text(rt, filler)
				if f.Length() == 0 {
					return s
				}
				args[1] = f
			}
			StringLength(rt, size)
		}
		return plain(goja.FunctionCall{This: s, Arguments: args})
	}
}

func guardConcat(rt *goja.Runtime, plain native) native {
	return func(call goja.FunctionCall) goja.Value {
		if !coercible(call.This) {
			return plain(call)
		}
		s := text(rt, call.This)
		n := float64(s.Length())
		args := make([]goja.Value, len(call.Arguments))
		for i, v := range call.Arguments {
			t := text(rt, v)
			args[i] = t
			n += float64(t.Length())
		}
		StringLength(rt, n)
		return plain(goja.FunctionCall{This: s, Arguments: args})
	}
}

// Arguments throws V8's RangeError for a call of more arguments than there may be.
func Arguments(rt *goja.Runtime, n int) {
	if n > maxArguments {
		RangeError(rt, tooDeep)
	}
}

// guardArguments bounds the arguments that the second of a call's holds, guardArguments2 those in the third.
func guardArguments(rt *goja.Runtime, plain native) native { return boundArguments(rt, plain, 1) }

// guardApply is about Reflect.apply.
func guardApply(rt *goja.Runtime, plain native) native {
	bounded := boundArguments(rt, plain, 2)
	return func(call goja.FunctionCall) goja.Value {
		if f, ok := call.Argument(0).(*goja.Object); ok {
			refuseUncallable(rt, f)
		}
		return bounded(call)
	}
}

func boundArguments(rt *goja.Runtime, plain native, i int) native {
	facts := layout.Found()
	return func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) > i {
			if list, ok := call.Arguments[i].(*goja.Object); ok {
				if n := lengthOf(facts, list); n >= 1<<27 {
					RangeError(rt, "Invalid array length")
				} else {
					Arguments(rt, int(n))
				}
			}
		}
		return plain(call)
	}
}

func guardAsUintN(rt *goja.Runtime, plain native) native { return guardBits(rt, plain, true) }
func guardAsIntN(rt *goja.Runtime, plain native) native  { return guardBits(rt, plain, false) }

// guardBits deals with numbers of bits for which the engine would make a mask.
func guardBits(rt *goja.Runtime, plain native, unsigned bool) native {
	return func(call goja.FunctionCall) goja.Value {
		bits, v := call.Argument(0), call.Argument(1)
		if !goja.IsNumber(bits) || !goja.IsBigInt(v) || bits.ToFloat() <= MaxBigInt || bits.ToFloat() > 1<<53-1 {
			return plain(call)
		}
		if n, _ := v.Export().(*big.Int); unsigned && n.Sign() < 0 {
			BigIntTooBig(rt)
		}
		return v
	}
}

// MaxBuffer is how many bytes an ArrayBuffer may have.
const MaxBuffer = 1 << 32

// BufferRoom tells whether an ArrayBuffer of n bytes can be had.
func BufferRoom(n float64) bool { return n <= MaxBuffer && memory.Room(int64(n)) }

// boundBuffer bounds what a constructor of buffers (unit 0) or of views of elements of unit bytes is asked for.
func boundBuffer(rt *goja.Runtime, class *goja.Object, unit float64) {
	facts := layout.Found()
	if layout.SelfOf(class).Tab != facts.NativeFunc {
		return
	}
	construct := &(*layout.NativeFuncObject)(layout.SelfOf(class).Data).Construct
	make := *construct
	*construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		if len(args) > 0 {
			n := 0.0
			if goja.IsNumber(args[0]) {
				if n = args[0].ToFloat(); math.IsNaN(n) {
					n = 0
				}
			} else if o, ok := args[0].(*goja.Object); ok && unit > 0 {
				n = min(lengthOf(facts, o), 1<<53-1)
			}
			switch {
			case unit == 0 && n > 1<<53-1:
				RangeError(rt, "Invalid array buffer length")
			case n*unit > 1<<53-1:
				RangeError(rt, "Invalid typed array length: "+rt.ToValue(n).String())
			case !BufferRoom(n * max(unit, 1)):
				RangeError(rt, "Array buffer allocation failed")
			}
			if o, ok := args[0].(*goja.Object); ok && unit > 0 {
				if n, holes := extent(facts, o); n > longWay && holes || n < 0 {
					return fromLong(facts, rt, make, o, args, newTarget)
				}
			}
		}
		return make(args, newTarget)
	}
}

// fromLong makes a typed array of what is long, or may be.
func fromLong(facts *layout.Facts, rt *goja.Runtime, make constructor, o *goja.Object, args []goja.Value, newTarget *goja.Object) *goja.Object {
	if a := typedArray(o); a != nil {
		if a.Length <= longTyped {
			return make(args, newTarget)
		}
		made := make([]goja.Value{rt.ToValue(a.Length)}, newTarget)
		to := typedArray(made)
		if to.DefaultCtor == a.DefaultCtor {
			return make(args, newTarget)
		}
		set, _ := goja.AssertFunction(made.Get("set"))
		if _, err := set(made, o); err != nil {
			panic(err)
		}
		return made
	}
	if layout.SelfOf(o).Tab == facts.Base {
		if iterator := o.GetSymbol(goja.SymIterator); iterator == nil || goja.IsUndefined(iterator) {
			args = append([]goja.Value{view(facts, rt, o)}, args[1:]...)
		}
	}
	return make(args, newTarget)
}

// maxKeys is how many indexes of a string or a typed array are listed.
const maxKeys = 1 << 24

// guardKeys is for functions that list all properties of their arguments.
func guardKeys(rt *goja.Runtime, plain native) native {
	return func(call goja.FunctionCall) goja.Value {
		for _, v := range call.Arguments {
			n := 0
			switch v := v.(type) {
			case goja.String:
				n = v.Length()
			case *goja.Object:
				if layout.SelfOf(v).Tab == layout.Found().Base {
					continue
				}
				if a := typedArray(v); a != nil {
					n = a.Length
				}
			}
			if n > maxKeys {
				RangeError(rt, "Invalid array length")
			}
		}
		return plain(call)
	}
}
