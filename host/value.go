package host

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// maxDepth is how deep values may nest that are copied; what is circular ends there.
const maxDepth = 200

var errDepth = errors.New("the value nests too deep or refers to itself")

var (
	timeType   = reflect.TypeFor[time.Time]()
	bigType    = reflect.TypeFor[*big.Int]()
	funcType   = reflect.TypeFor[Func]()
	bytesType  = reflect.TypeFor[[]byte]()
	thrownType = reflect.TypeFor[*Exception]()
	objectType = reflect.TypeFor[Object]()
	readerType = reflect.TypeFor[io.ReadCloser]()
	writerType = reflect.TypeFor[io.WriteCloser]()
)

// maker is a value that is made when it is given to scripts. Program's goroutine only.
type maker func(p *Program, depth int) (goja.Value, error)

// value copies a Go value in. Program's goroutine only.
func (p *Program) value(v any) (goja.Value, error) { return p.valueOf(reflect.ValueOf(v), 0) }

func (p *Program) valueOf(v reflect.Value, depth int) (goja.Value, error) {
	vm := p.rt.VM()
	if depth > maxDepth {
		return nil, errDepth
	}
	if err := p.copies(16); err != nil {
		return nil, err
	}
	if !v.IsValid() {
		return goja.Null(), nil
	}
	switch x := v.Interface().(type) {
	case time.Time:
		date, err := vm.New(p.rt.Intrinsic("Date"), vm.ToValue(float64(x.UnixMicro())/1000))
		if err != nil {
			return nil, err
		}
		return date, nil
	case *big.Int:
		if x == nil {
			return goja.Null(), nil
		}
		return vm.ToValue(new(big.Int).Set(x)), nil
	case *Func:
		if x == nil {
			return goja.Null(), nil
		}
		if x.p != p {
			return nil, errors.New("a function of another program")
		}
		return x.fn, nil
	case *Object:
		if x == nil {
			return goja.Null(), nil
		}
		if x.p != p {
			return nil, errors.New("an object of another program")
		}
		return x.o, nil
	case incoming:
		return p.readable(x.Reader), nil
	case outgoing:
		return p.writable(x.Writer), nil
	case asynchronous:
		return p.function(reflect.ValueOf(x.call), "", true)
	case maker:
		return x(p, depth)
	case error:
		return p.error(x), nil
	}
	switch v.Kind() {
	case reflect.Bool:
		return vm.ToValue(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if i := v.Int(); i > engine.MaxSafeInteger || i < -engine.MaxSafeInteger {
			return vm.ToValue(big.NewInt(i)), nil
		}
		return vm.ToValue(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := v.Uint(); u > engine.MaxSafeInteger {
			return vm.ToValue(new(big.Int).SetUint64(u)), nil
		}
		return vm.ToValue(int64(v.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return vm.ToValue(v.Float()), nil
	case reflect.String:
		return vm.ToValue(v.String()), p.copies(v.Len())
	case reflect.Func:
		if v.IsNil() {
			return goja.Null(), nil
		}
		return p.function(v, "", false)
	case reflect.Pointer, reflect.Interface:
		return p.valueOf(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return p.listOf(v, depth)
	case reflect.Map:
		return p.mapOf(v, depth)
	case reflect.Struct:
		o := vm.NewObject()
		for _, f := range fieldsOf(v.Type()) {
			field := v.FieldByIndex(f.index)
			if f.omitEmpty && field.IsZero() {
				continue
			}
			member, err := p.valueOf(field, depth+1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
			o.Set(f.name, member)
		}
		return o, nil
	}
	return nil, fmt.Errorf("a %s cannot be given to a script", v.Type())
}

// copies counts what is copied.
func (p *Program) copies(n int) error {
	if p.copied += n; p.message > 0 && p.copied > p.message {
		return &LimitError{Limit: "Message"}
	}
	return nil
}

func (p *Program) listOf(v reflect.Value, depth int) (goja.Value, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return goja.Null(), nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if err := p.copies(v.Len()); err != nil {
			return nil, err
		}
		data := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(data), v)
		p.rt.Memory.Need(len(data))
		p.rt.Require("buffer")
		return p.rt.NewBuffer(data), nil
	}
	list := make([]any, v.Len())
	for i := range list {
		member, err := p.valueOf(v.Index(i), depth+1)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		list[i] = member
	}
	return p.rt.VM().NewArray(list...), nil
}

func (p *Program) mapOf(v reflect.Value, depth int) (goja.Value, error) {
	if v.IsNil() {
		return goja.Null(), nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("a %s cannot be given to a script: its keys are no strings", v.Type())
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	o := p.rt.VM().NewObject()
	for _, k := range keys {
		member, err := p.valueOf(v.MapIndex(k), depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		// Defined, not set: a key may be __proto__.
		o.DefineDataProperty(k.String(), member, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	return o, nil
}

// field is one of a struct's that scripts see.
type field struct {
	name      string
	index     []int
	omitEmpty bool
}

// fieldsOf lists the exported fields of a struct, with those of embedded ones.
func fieldsOf(t reflect.Type) (all []field) {
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct || throughPointer(t, f.Index) {
			continue
		}
		tag := f.Tag.Get("gonode")
		if tag == "" {
			tag = f.Tag.Get("json")
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = scriptName(f.Name)
		}
		all = append(all, field{name, f.Index, strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")})
	}
	return all
}

// throughPointer tells whether a field lies behind an embedded pointer, which may be nil.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// store gives the function that copies a result to where out points.
func (p *Program) store(out any) func(goja.Value) error {
	if out == nil {
		return nil
	}
	return func(v goja.Value) error {
		to := reflect.ValueOf(out)
		p.copied = 0
		if to.Kind() != reflect.Pointer || to.IsNil() {
			return fmt.Errorf("host: a result cannot be stored in a %T: a pointer is needed", out)
		}
		if v == nil {
			v = goja.Undefined()
		}
		if err := p.assign(to.Elem(), v, 0); err != nil {
			return fmt.Errorf("host: the result: %w", err)
		}
		return nil
	}
}

// assign copies a script's value out.
func (p *Program) assign(to reflect.Value, v goja.Value, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	if err := p.copies(16); err != nil {
		return err
	}
	mismatch := func() error { return fmt.Errorf("%s is no %s", shown(v), to.Type()) }
	if goja.IsUndefined(v) || goja.IsNull(v) {
		switch to.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
			to.SetZero()
			return nil
		}
		return mismatch()
	}
	switch to.Type() {
	case funcType, thrownType, timeType, bigType, bytesType:
		x, err := p.plain(v, depth)
		if err != nil {
			return err
		}
		if f, ok := x.(*Func); ok && to.Type() == funcType {
			to.Set(reflect.ValueOf(*f))
			return nil
		}
		if x == nil || reflect.TypeOf(x) != to.Type() {
			return mismatch()
		}
		to.Set(reflect.ValueOf(x))
		return nil
	}
	o, isObject := v.(*goja.Object)
	switch to.Type() {
	case objectType, readerType, writerType:
		if !isObject {
			return mismatch()
		}
		x, ok := p.handle(to.Type(), o)
		if !ok {
			return mismatch()
		}
		to.Set(x)
		return nil
	}
	switch to.Kind() {
	case reflect.Interface:
		x, err := p.plain(v, depth)
		if err != nil {
			return err
		}
		if x == nil {
			to.SetZero()
			return nil
		}
		if !reflect.TypeOf(x).AssignableTo(to.Type()) {
			return mismatch()
		}
		to.Set(reflect.ValueOf(x))
		return nil
	case reflect.Pointer:
		made := reflect.New(to.Type().Elem())
		if err := p.assign(made.Elem(), v, depth+1); err != nil {
			return err
		}
		to.Set(made)
		return nil
	case reflect.Bool:
		if b, ok := v.Export().(bool); ok && !isObject {
			to.SetBool(b)
			return nil
		}
	case reflect.String:
		if goja.IsString(v) && !isObject {
			to.SetString(v.String())
			return p.copies(to.Len())
		}
	case reflect.Float32, reflect.Float64:
		if goja.IsNumber(v) && !isObject {
			to.SetFloat(v.ToFloat())
			return nil
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := integer(v); ok && n.IsInt64() && !to.OverflowInt(n.Int64()) {
			to.SetInt(n.Int64())
			return nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if n, ok := integer(v); ok && n.IsUint64() && !to.OverflowUint(n.Uint64()) {
			to.SetUint(n.Uint64())
			return nil
		}
	case reflect.Slice, reflect.Array:
		if isObject && engine.KindOf(o) == engine.ArrayObject {
			return p.assignList(to, o, depth)
		}
	case reflect.Map:
		if isObject && to.Type().Key().Kind() == reflect.String {
			return p.assignMap(to, o, depth)
		}
	case reflect.Struct:
		if isObject {
			return p.assignStruct(to, o, depth)
		}
	}
	return mismatch()
}

// integer is a number without a fraction, or a BigInt.
func integer(v goja.Value) (*big.Int, bool) {
	if n, ok := engine.BigInt(v); ok {
		return n, true
	}
	if _, object := v.(*goja.Object); object || !goja.IsNumber(v) {
		return nil, false
	}
	f := v.ToFloat()
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		return nil, false
	}
	n, _ := big.NewFloat(f).Int(nil)
	return n, true
}

// shown names a value in an error.
func shown(v goja.Value) string {
	switch o, object := v.(*goja.Object); {
	case object:
		return "an object of class " + o.ClassName()
	case goja.IsString(v):
		s := v.String()
		if len(s) > 40 {
			s = s[:40] + "…"
		}
		return strconv.Quote(s)
	}
	return v.String()
}

func (p *Program) assignList(to reflect.Value, o *goja.Object, depth int) error {
	n := int(engine.LengthOf(o))
	if to.Kind() == reflect.Array && n != to.Len() {
		return fmt.Errorf("an array of %d is no %s", n, to.Type())
	}
	if to.Kind() == reflect.Slice {
		if !p.rt.Memory.Room(int64(n) * int64(to.Type().Elem().Size())) {
			return errors.New("there is no room for an array of this length")
		}
		to.Set(reflect.MakeSlice(to.Type(), n, n))
	}
	for i := range n {
		v := o.Get(strconv.Itoa(i))
		if v == nil {
			v = goja.Undefined()
		}
		if goja.IsUndefined(v) || goja.IsNull(v) { // holes too
			to.Index(i).SetZero()
			continue
		}
		if err := p.assign(to.Index(i), v, depth+1); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func (p *Program) assignMap(to reflect.Value, o *goja.Object, depth int) error {
	m := reflect.MakeMap(to.Type())
	for k, v := range p.rt.Properties(o) {
		k = strings.ToValidUTF8(k, "\uFFFD")
		if err := p.copies(len(k)); err != nil {
			return err
		}
		member := reflect.New(to.Type().Elem()).Elem()
		if err := p.assign(member, v, depth+1); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		m.SetMapIndex(reflect.ValueOf(k).Convert(to.Type().Key()), member)
	}
	to.Set(m)
	return nil
}

func (p *Program) assignStruct(to reflect.Value, o *goja.Object, depth int) error {
	for _, f := range fieldsOf(to.Type()) {
		v := o.Get(f.name)
		if v == nil || goja.IsUndefined(v) {
			continue
		}
		if err := p.assign(to.FieldByIndex(f.index), v, depth+1); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}

// handle makes what is not to be copied accessible from Go.
func (p *Program) handle(t reflect.Type, o *goja.Object) (reflect.Value, bool) {
	switch t {
	case readerType:
		r := p.reader(o)
		return reflect.ValueOf(r), r != nil
	case writerType:
		w := p.writer(o)
		return reflect.ValueOf(w), w != nil
	}
	return reflect.ValueOf(Object{p: p, o: o}), true
}

// plain is what an any gets.
func (p *Program) plain(v goja.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	o, ok := v.(*goja.Object)
	if !ok {
		switch {
		case goja.IsUndefined(v) || goja.IsNull(v):
			return nil, nil
		case goja.IsString(v):
			s := v.String()
			return s, p.copies(len(s))
		case goja.IsNumber(v):
			return v.ToFloat(), nil
		}
		if n, ok := engine.BigInt(v); ok {
			return new(big.Int).Set(n), nil
		}
		if b, ok := v.Export().(bool); ok {
			return b, nil
		}
		return nil, errors.New("a symbol cannot be given to Go")
	}
	if data, ok := p.rt.Bytes(o); ok {
		if err := p.copies(len(data)); err != nil {
			return nil, err
		}
		return slices.Clone(data), nil
	}
	if _, ok := goja.AssertFunction(o); ok {
		return &Func{p: p, fn: o}, nil
	}
	switch kind := engine.KindOf(o); {
	case kind == engine.DateObject:
		ms := o.ToFloat()
		if math.IsNaN(ms) {
			return nil, errors.New("an invalid Date")
		}
		return time.UnixMilli(int64(ms)), nil
	case p.rt.IsError(o):
		return p.exception(o), nil
	case kind == engine.ArrayObject:
		var list []any
		err := p.assignList(reflect.ValueOf(&list).Elem(), o, depth)
		return list, err
	case kind == engine.PromiseObject:
		return nil, errors.New("a promise inside a value cannot be given to Go")
	}
	var m map[string]any
	err := p.assignMap(reflect.ValueOf(&m).Elem(), o, depth)
	return m, err
}
