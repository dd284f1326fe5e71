package buffer

import (
	"bytes"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/sys"
)

// statics are the functions of Buffer itself.
func (b *buffers) statics() {
	rt, vm := b.rt, b.vm
	b.class.Set("poolSize", 64<<10)
	set := func(name string, length int, f engine.Native) { rt.SetFunc(b.class, name, length, f) }
	set("from", 3, func(call goja.FunctionCall) goja.Value {
		return b.from(call.Argument(0), call.Argument(1), call.Argument(2))
	})
	set("copyBytesFrom", 3, b.copyBytesFrom)
	set("of", 0, func(call goja.FunctionCall) goja.Value {
		data := make([]byte, len(call.Arguments))
		for i, v := range call.Arguments {
			data[i] = toUint8(v.ToNumber())
		}
		return rt.NewBuffer(data)
	})
	set("alloc", 3, func(call goja.FunctionCall) goja.Value {
		n := b.size(call.Argument(0))
		fill := call.Argument(1)
		if n == 0 || goja.IsUndefined(fill) || isNumber(fill) && fill.ToFloat() == 0 {
			return b.cleared(n)
		}
		o := b.slow(n)
		data, _ := rt.Bytes(o)
		encoding := call.Argument(2)
		b.fill(o, data, fill, vm.ToValue(0), vm.ToValue(n), encoding)
		return o
	})
	set("allocUnsafe", 1, func(call goja.FunctionCall) goja.Value {
		_, o := b.allocate(b.size(call.Argument(0)))
		return o
	})
	set("allocUnsafeSlow", 1, func(call goja.FunctionCall) goja.Value {
		return b.slow(b.size(call.Argument(0)))
	})
	set("isBuffer", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(b.isBuffer(call.Argument(0)))
	})
	set("compare", 2, func(call goja.FunctionCall) goja.Value {
		x, ok := b.bytes(call.Argument(0))
		if !ok {
			rt.ThrowArgType("buf1", call.Argument(0), "Buffer", "Uint8Array")
		}
		y, ok := b.bytes(call.Argument(1))
		if !ok {
			rt.ThrowArgType("buf2", call.Argument(1), "Buffer", "Uint8Array")
		}
		return vm.ToValue(bytes.Compare(x, y))
	})
	set("isEncoding", 1, func(call goja.FunctionCall) goja.Value {
		s, ok := str(call.Argument(0))
		if ok {
			_, ok = engine.ParseEncoding(s.String())
		}
		return vm.ToValue(ok)
	})
	set("concat", 2, b.concat)
	set("byteLength", 2, func(call goja.FunctionCall) goja.Value {
		s, ok := str(call.Argument(0))
		if !ok {
			data, ok := rt.Bytes(call.Argument(0))
			if !ok {
				rt.ThrowArgType("string", call.Argument(0), "string", "Buffer", "ArrayBuffer")
			}
			return vm.ToValue(len(data))
		}
		e := engine.UTF8
		if v := call.Argument(1); v.ToBoolean() {
			e, _ = engine.ParseEncoding(v.String())
		}
		return vm.ToValue(engine.EncodedLen(s, e))
	})
}

func (b *buffers) isBuffer(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	for p := o.Prototype(); p != nil; p = p.Prototype() {
		if p == b.proto {
			return true
		}
	}
	return false
}

func (b *buffers) copyBytesFrom(call goja.FunctionCall) goja.Value {
	view, ok := call.Argument(0).(*goja.Object)
	if !ok || engine.KindOf(view) != engine.TypedArray {
		b.rt.ThrowArgType("view", call.Argument(0), "TypedArray")
	}
	data, _ := b.rt.Bytes(view)
	size := int64(view.ExportType().Elem().Size())
	n := int64(len(data)) / size
	if n == 0 {
		return b.rt.NewBuffer(nil)
	}
	start, end := int64(0), n
	if v := call.Argument(1); !goja.IsUndefined(v) {
		start = b.rt.ValidateInteger(v, "offset", 0, engine.MaxSafeInteger)
		if start >= n {
			return b.rt.NewBuffer(nil)
		}
	}
	if v := call.Argument(2); !goja.IsUndefined(v) {
		end = min(n, start+b.rt.ValidateInteger(v, "length", 0, engine.MaxSafeInteger))
	}
	return b.copied(data[start*size : end*size])
}

func (b *buffers) concat(call goja.FunctionCall) goja.Value {
	list := b.rt.ValidateArray(call.Argument(0), "list", 0)
	n := int(list.Get("length").ToInteger())
	if n == 0 {
		return b.rt.NewBuffer(nil)
	}
	items, dense := b.rt.Elements(list)
	if !dense || len(items) < n {
		items = make([]goja.Value, n)
		for i := range items {
			items[i] = list.Get(strconv.Itoa(i))
		}
	}
	parts := make([][]byte, n)
	total := 0
	bad := -1
	for i := range parts {
		data, ok := b.bytes(items[i])
		if !ok && bad < 0 {
			bad = i
		}
		parts[i] = data
		total += len(data)
	}
	size := total
	if v := call.Argument(1); !goja.IsUndefined(v) {
		size = int(b.rt.ValidateInteger(v, "length", 0, maxLength))
	}
	if size > maxLength {
		b.rt.ThrowOutOfRange("size", ">= 0 && <= "+strconv.Itoa(maxLength), b.vm.ToValue(size))
	}
	if bad >= 0 {
		b.rt.ThrowArgType("list["+strconv.Itoa(bad)+"]", orUndefined(items[bad]), "Buffer", "Uint8Array")
	}
	var dst []byte
	var o *goja.Object
	if size < b.poolSize()>>1 {
		dst, o = b.allocate(size)
	} else {
		b.rt.Memory.NeedBuffer(size)
		dst = sys.Uncleared(size)
		o = b.rt.NewBuffer(dst)
	}
	at := 0
	for _, p := range parts {
		at += copy(dst[at:], p)
	}
	clear(dst[at:])
	return o
}
