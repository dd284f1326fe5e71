package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

// errGarbage is what a cell gets that follows no rules: its end.
var errGarbage = errors.New("host: what the cell has sent makes no sense")

// unpacker reads values of a peer that need not be honest. After the first error nothing is read any more.
type unpacker struct {
	peer peer
	in   []byte
	err  error
	room int // bytes of memory that may be taken for what is read
	// shared is what may be taken by all that are read at a time, and taken what this one has; nil for no such bound.
	shared *atomic.Int64
	taken  int64
	// made makes objects ready to be given to scripts, with their properties in order, in place of maps.
	made bool
}

func (r *unpacker) fail(err error) {
	if r.err == nil {
		r.err, r.in = err, nil
	}
}

func (r *unpacker) byte() byte {
	if len(r.in) == 0 {
		r.fail(errGarbage)
		return packNull
	}
	b := r.in[0]
	r.in = r.in[1:]
	return b
}

func (r *unpacker) bool() bool { return r.byte() == packTrue }

func (r *unpacker) uint() uint64 {
	n, size := binary.Uvarint(r.in)
	if size <= 0 {
		r.fail(errGarbage)
		return 0
	}
	r.in = r.in[size:]
	return n
}

func (r *unpacker) int() int64 {
	n, size := binary.Varint(r.in)
	if size <= 0 {
		r.fail(errGarbage)
		return 0
	}
	r.in = r.in[size:]
	return n
}

func (r *unpacker) float() float64 {
	if len(r.in) < 8 {
		r.fail(errGarbage)
		return 0
	}
	f := math.Float64frombits(binary.BigEndian.Uint64(r.in))
	r.in = r.in[8:]
	return f
}

// bytes gives a part of what is read.
func (r *unpacker) bytes() []byte {
	n := r.number()
	b := r.in[:n:n]
	r.in = r.in[n:]
	return b
}

func (r *unpacker) string() string { return string(r.bytes()) }

// number is how many things follow, of which each takes a byte at least.
func (r *unpacker) number() int {
	n := r.uint()
	if n > uint64(len(r.in)) {
		r.fail(errGarbage)
		return 0
	}
	return int(n)
}

// takes counts the memory of a value: a list of a million nulls is short, and what it becomes is not.
func (r *unpacker) takes(n int) {
	if r.room -= n + 16; r.room < 0 {
		r.fail(&LimitError{Limit: "Message"})
	}
	if r.shared == nil {
		return
	}
	r.taken += int64(n + 16)
	if r.shared.Add(-int64(n+16)) < 0 {
		r.fail(&LimitError{Limit: "Message"})
	}
}

// any reads what an any gets.
func (r *unpacker) any() (any, error) {
	v := r.plain(0)
	return v, r.err
}

func (r *unpacker) plain(depth int) any {
	if depth > maxDepth {
		r.fail(errDepth)
	}
	r.takes(16)
	switch tag := r.byte(); tag {
	case packNull:
		return nil
	case packFalse, packTrue:
		return tag == packTrue
	case packInt:
		return r.int()
	case packUint:
		return r.uint()
	case packFloat:
		return r.float()
	case packBig:
		negative := r.bool()
		n := new(big.Int).SetBytes(r.bytes())
		if negative {
			n.Neg(n)
		}
		return n
	case packString:
		return r.string()
	case packBytes:
		return slices.Clone(r.bytes())
	case packTime:
		seconds := r.int()
		return time.Unix(seconds, int64(r.uint()%1e9))
	case packList:
		n := r.number()
		list := make([]any, 0, min(n, 1024))
		for i := 0; i < n && r.err == nil; i++ {
			list = append(list, r.plain(depth+1))
		}
		return list
	case packObject:
		return r.object(depth)
	default:
		v, err := r.peer.unpack(r, tag)
		if err != nil {
			r.fail(err)
		}
		return v
	}
}

func (r *unpacker) object(depth int) any {
	n := r.number()
	if !r.made {
		m := make(map[string]any, min(n, 1024))
		for i := 0; i < n && r.err == nil; i++ {
			name := r.string()
			m[name] = r.plain(depth + 1)
		}
		return m
	}
	names, values := make([]string, n), make([]any, n)
	for i := range n {
		names[i], values[i] = r.string(), r.plain(depth+1)
	}
	return maker(func(p *Program, depth int) (goja.Value, error) {
		o := p.rt.VM().NewObject()
		for i, name := range names {
			v, err := p.valueOf(reflect.ValueOf(values[i]), depth+1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		return o, p.copies(sum(names))
	})
}

func sum(names []string) (n int) {
	for _, s := range names {
		n += len(s)
	}
	return n
}

// into reads a value into what a result or an argument is to be stored in.
func (r *unpacker) into(to reflect.Value, depth int) {
	if depth > maxDepth {
		r.fail(errDepth)
	}
	r.takes(int(to.Type().Size()))
	if r.err != nil {
		return
	}
	tag := packNull
	if len(r.in) > 0 {
		tag = r.in[0]
	}
	t := to.Type()
	if tag == packNull {
		r.byte()
		to.SetZero()
		return
	}
	number := tag == packInt || tag == packUint || tag == packFloat
	switch kind := t.Kind(); {
	case t == funcType, t == objectType, t == thrownType, t == timeType, t == bigType, t == bytesType, kind == reflect.Interface:
		v := reflect.ValueOf(r.plain(depth))
		if (t == funcType || t == objectType) && v.IsValid() && v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.IsValid() && !v.Type().AssignableTo(t) {
			r.fail(fmt.Errorf("host: the result: a %s is no %s", v.Type(), t))
		} else if v.IsValid() {
			to.Set(v)
		}
	case kind == reflect.Pointer:
		made := reflect.New(t.Elem())
		r.into(made.Elem(), depth+1)
		to.Set(made)
	case kind == reflect.Bool && (tag == packTrue || tag == packFalse):
		to.SetBool(r.bool())
	case kind == reflect.String && tag == packString:
		r.byte()
		to.SetString(r.string())
	case to.CanFloat() && number, to.CanInt() && number, to.CanUint() && number:
		r.numeral(to)
	case kind == reflect.Slice && tag == packList:
		r.slice(to, depth)
	case kind == reflect.Array && tag == packList:
		r.byte()
		if n := r.number(); n != t.Len() {
			r.fail(errGarbage)
		}
		for i := 0; i < t.Len() && r.err == nil; i++ {
			r.into(to.Index(i), depth+1)
		}
	case kind == reflect.Map && t.Key().Kind() == reflect.String && tag == packObject:
		r.byte()
		m := reflect.MakeMap(t)
		for n := r.number(); n > 0 && r.err == nil; n-- {
			name := reflect.ValueOf(r.string()).Convert(t.Key())
			member := reflect.New(t.Elem()).Elem()
			r.into(member, depth+1)
			m.SetMapIndex(name, member)
		}
		to.Set(m)
	case kind == reflect.Struct && tag == packObject:
		r.byte()
		fields := fieldsOf(t)
		for n := r.number(); n > 0 && r.err == nil; n-- {
			name := r.string()
			i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
			if i < 0 {
				r.fail(errGarbage)
				return
			}
			r.into(to.FieldByIndex(fields[i].index), depth+1)
		}
	default:
		r.fail(errGarbage)
	}
}

func (r *unpacker) slice(to reflect.Value, depth int) {
	r.byte()
	n := r.number()
	list := reflect.MakeSlice(to.Type(), 0, min(n, 1024))
	for i := 0; i < n && r.err == nil; i++ {
		member := reflect.New(to.Type().Elem()).Elem()
		r.into(member, depth+1)
		list = reflect.Append(list, member)
	}
	to.Set(list)
}

// numeral reads a number, which must fit.
func (r *unpacker) numeral(to reflect.Value) {
	n, whole := new(big.Int), true
	var f float64
	switch r.byte() {
	case packInt:
		n.SetInt64(r.int())
		f, _ = new(big.Float).SetInt(n).Float64()
	case packUint:
		n.SetUint64(r.uint())
		f, _ = new(big.Float).SetInt(n).Float64()
	case packFloat:
		f, whole = r.float(), false
	}
	switch {
	case to.CanFloat():
		to.SetFloat(f)
	case whole && to.CanInt() && n.IsInt64() && !to.OverflowInt(n.Int64()):
		to.SetInt(n.Int64())
	case whole && to.CanUint() && n.IsUint64() && !to.OverflowUint(n.Uint64()):
		to.SetUint(n.Uint64())
	default:
		r.fail(errGarbage)
	}
}
