package host

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// What a cell has to know of the type that a result or an argument is stored in: what is to be copied, what a handle is wanted of, and whether a script's value fits. It is
// a list of nodes that refer to each other by their numbers, since types may be recursive; the first is the type itself.
const (
	shapeLeaf byte = iota // one of leaves
	shapePointer
	shapeList
	shapeArray
	shapeMap
	shapeStruct
	shapeOther // what scripts' values cannot be stored in
)

// leaves are the types that Program.assign deals with by itself. A named type is taken for the one of its kind.
var leaves = []reflect.Type{
	reflect.TypeFor[any](), funcType, objectType, thrownType, timeType, bigType, bytesType, readerType, writerType,
	reflect.TypeFor[bool](), reflect.TypeFor[string](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
}

// leafOf is a type's number among the leaves, -1 for none.
func leafOf(t reflect.Type) int {
	for i, leaf := range leaves {
		if t == leaf {
			return i
		}
	}
	if t.Kind() == reflect.Interface {
		return 0
	}
	for i, leaf := range leaves[9:] {
		if t.Kind() == leaf.Kind() {
			return 9 + i
		}
	}
	return -1
}

type shapeNode struct {
	kind   byte
	name   string // of the type, for errors
	leaf   int
	elem   int
	len    int
	fields []shapeField
}

type shapeField struct {
	name string
	node int
}

type shape []shapeNode

// shapes keeps what shapeOf has written, by type: there are as many as the program has types.
var shapes sync.Map

// shapeOf describes a type.
func shapeOf(t reflect.Type) []byte {
	if s, ok := shapes.Load(t); ok {
		return s.([]byte)
	}
	var nodes shape
	known := map[reflect.Type]int{}
	var visit func(reflect.Type) int
	visit = func(t reflect.Type) int {
		if i, ok := known[t]; ok {
			return i
		}
		i := len(nodes)
		known[t] = i
		nodes = append(nodes, shapeNode{})
		n := shapeNode{name: t.String()}
		switch kind := t.Kind(); {
		case leafOf(t) >= 0:
			n.leaf = leafOf(t)
		case kind == reflect.Pointer:
			n.kind, n.elem = shapePointer, visit(t.Elem())
		case kind == reflect.Slice:
			n.kind, n.elem = shapeList, visit(t.Elem())
		case kind == reflect.Array:
			n.kind, n.elem, n.len = shapeArray, visit(t.Elem()), t.Len()
		case kind == reflect.Map && t.Key().Kind() == reflect.String:
			n.kind, n.elem = shapeMap, visit(t.Elem())
		case kind == reflect.Struct:
			n.kind = shapeStruct
			for _, f := range fieldsOf(t) {
				n.fields = append(n.fields, shapeField{f.name, visit(t.FieldByIndex(f.index).Type)})
			}
		default:
			n.kind = shapeOther
		}
		nodes[i] = n
		return i
	}
	visit(t)
	w := &packer{}
	w.uint(uint64(len(nodes)))
	for _, n := range nodes {
		w.byte(n.kind)
		w.string(n.name)
		w.uint(uint64(n.leaf))
		w.uint(uint64(n.elem))
		w.uint(uint64(n.len))
		w.uint(uint64(len(n.fields)))
		for _, f := range n.fields {
			w.string(f.name)
			w.uint(uint64(f.node))
		}
	}
	shapes.Store(t, w.buf)
	return w.buf
}

// readShape reads what shapeOf has written; the host's word is trusted.
func readShape(text []byte) shape {
	r := &unpacker{in: text}
	nodes := make(shape, r.uint())
	for i := range nodes {
		nodes[i] = shapeNode{kind: r.byte(), name: r.string(), leaf: int(r.uint()), elem: int(r.uint()), len: int(r.uint()), fields: make([]shapeField, r.uint())}
		for j := range nodes[i].fields {
			nodes[i].fields[j] = shapeField{r.string(), int(r.uint())}
		}
	}
	return nodes
}

// send writes a script's value as the type wants it that the shape was made from; it follows assign. Program's goroutine only.
func (p *Program) send(w *packer, s shape, i int, v goja.Value, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	n := &s[i]
	if v == nil {
		v = goja.Undefined()
	}
	if n.kind == shapeLeaf {
		to := reflect.New(leaves[n.leaf]).Elem()
		if err := p.assign(to, v, depth); err != nil {
			return err
		}
		if t := to.Type(); t == funcType || t == objectType {
			to = to.Addr()
		}
		return w.value(to, depth)
	}
	if err := p.copies(16); err != nil {
		return err
	}
	if err := w.room(16); err != nil {
		return err
	}
	mismatch := func() error { return fmt.Errorf("%s is no %s", shown(v), n.name) }
	if goja.IsUndefined(v) || goja.IsNull(v) {
		if n.kind == shapePointer || n.kind == shapeList || n.kind == shapeMap {
			w.byte(packNull)
			return nil
		}
		return mismatch()
	}
	if n.kind == shapePointer {
		return p.send(w, s, n.elem, v, depth+1)
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return mismatch()
	}
	isArray := engine.KindOf(o) == engine.ArrayObject
	switch n.kind {
	case shapeList, shapeArray:
		if !isArray {
			return mismatch()
		}
		length := int(engine.LengthOf(o))
		if n.kind == shapeArray && length != n.len {
			return fmt.Errorf("an array of %d is no %s", length, n.name)
		}
		if err := w.room(length); err != nil {
			return err
		}
		w.byte(packList)
		w.uint(uint64(length))
		for i := range length {
			v := o.Get(strconv.Itoa(i))
			if v == nil || goja.IsUndefined(v) || goja.IsNull(v) { // holes too
				w.byte(packNull)
				continue
			}
			if err := p.send(w, s, n.elem, v, depth+1); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	case shapeMap:
		return w.counted(func(member func(name string)) error {
			for k, v := range p.rt.Properties(o) {
				k = strings.ToValidUTF8(k, "\uFFFD")
				if err := p.copies(len(k)); err != nil {
					return err
				}
				member(k)
				if err := p.send(w, s, n.elem, v, depth+1); err != nil {
					return fmt.Errorf("%s: %w", k, err)
				}
			}
			return nil
		})
	case shapeStruct:
		return w.counted(func(member func(name string)) error {
			for _, f := range n.fields {
				v := o.Get(f.name)
				if v == nil || goja.IsUndefined(v) {
					continue
				}
				member(f.name)
				if err := p.send(w, s, f.node, v, depth+1); err != nil {
					return fmt.Errorf("%s: %w", f.name, err)
				}
			}
			return nil
		})
	}
	return mismatch()
}

// counted writes an object of which it is known afterwards how many members it has.
func (w *packer) counted(write func(member func(name string)) error) error {
	head := w.buf
	w.buf = nil
	count := 0
	err := write(func(name string) { count++; w.string(name) })
	members := w.buf
	w.buf = head
	w.byte(packObject)
	w.uint(uint64(count))
	w.buf = append(w.buf, members...)
	return err
}
