package wasm

import (
	"context"
	"encoding/binary"
	"errors"
	"reflect"
	goruntime "runtime"
	"strconv"
	"sync"
	"unsafe"
	"weak"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Instance is an instance of a module, or one that has a single thing that the host has made.
type Instance struct {
	Code  *Code
	store *Store
	mod   api.Module
	in    reflect.Value
	eng   moduleEngine
	// The functions, tables, memories, globals and tags, by kind and index, as far as they have been asked for.
	externs [5][]*Extern
	// hosts are the functions that have been imported from the host. The engine's function reaches them through the instance only.
	hosts map[uint32]HostFunc
	// needs are other instances whose code or data may be reached from here.
	needs map[*Instance]struct{}

	mu     sync.Mutex
	common any // what the host has made of a memory that threads share
}

// HostFunc is a function of the host's. Its arguments are on the stack, and its results go there.
type HostFunc func(stack []uint64)

// Extern is something that instances import and export.
type Extern struct {
	Kind  Kind
	inst  *Instance
	index uint32
	// Object is what the host has made of it.
	Object any

	fn   api.Function // idle, of a function
	ref  uintptr
	cell interface { // of a global
		Value() (uint64, uint64)
		SetValue(lo, hi uint64)
	}
	bytes *[]byte     // of a memory
	refs  *[]uintptr  // of a table
	room  interface { // of a table
		Grow(delta uint32, init uintptr) uint32
	}
}

// Source is what an import is given: an extern, or a function of the host's.
type Source struct {
	Extern *Extern
	Host   HostFunc
}

// start makes an instance known.
func (s *Store) start(c *Code, m api.Module, hosts map[uint32]HostFunc) *Instance {
	i := &Instance{Code: c, store: s, mod: m, in: inside(m), eng: engineOf(m), hosts: hosts, needs: map[*Instance]struct{}{}}
	for kind, n := range []int{len(c.Funcs), len(c.Tables), len(c.Memories), len(c.Globals), len(c.Tags)} {
		i.externs[kind] = make([]*Extern, n)
	}
	address := reflect.ValueOf(m).Pointer()
	s.mu.Lock()
	s.instances[address] = weak.Make(i)
	s.mu.Unlock()
	return i
}

// end has what belongs to an instance given back when it is collected. What else is kept until then is closed with it.
func (i *Instance) end(also []interface{ Close(context.Context) error }) {
	type rest struct {
		store *Store
		mod   api.Module
		slots []uintptr
		also  []interface{ Close(context.Context) error }
	}
	r := rest{store: i.store, mod: i.mod, also: also}
	for n := range i.Code.Imported[Func] {
		r.slots = append(r.slots, i.eng.FunctionInstanceReference(uint32(n)))
	}
	goruntime.AddCleanup(i, func(r rest) {
		r.store.mu.Lock()
		delete(r.store.instances, reflect.ValueOf(r.mod).Pointer())
		for _, slot := range r.slots {
			delete(r.store.slots, slot)
		}
		r.store.mu.Unlock()
		r.mod.Close(context.Background())
		for _, c := range r.also {
			c.Close(context.Background())
		}
	}, r)
}

// Instantiate makes an instance; the imports are in the module's order and have the types that it wants. Its start function has not run yet.
func (s *Store) Instantiate(c *Code, imports []Source) (instance *Instance, err error) {
	defer func() {
		if x := recover(); x != nil { // no code of the module's runs here
			err = &Error{"Out of memory: Cannot allocate Wasm memory for new instance", -1}
		}
	}()
	ctx := context.Background()
	var closers []interface{ Close(context.Context) error }
	stands := map[string]api.Module{}
	hosts := map[uint32]HostFunc{}
	var self weak.Pointer[Instance]
	var host wazero.HostModuleBuilder
	for n, source := range imports {
		if source.Host == nil {
			continue
		}
		f := c.Imports[n].Index
		hosts[f] = source.Host
		if host == nil {
			host = s.rt.NewHostModuleBuilder("host")
		}
		t := c.Type(f)
		host = host.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
			s.guarded(func() { self.Value().hosts[f](stack) })
		}), engineTypes(t.Params), engineTypes(t.Results)).Export(strconv.Itoa(n))
	}
	if host != nil {
		compiled, err := host.Compile(ctx)
		if err != nil {
			return nil, err
		}
		m, err := s.rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			return nil, err
		}
		closers = append(closers, m, compiled)
		for n, source := range imports {
			if source.Host != nil {
				stands[strconv.Itoa(n)] = standIn(m, strconv.Itoa(n), "")
				retype(stands[strconv.Itoa(n)], c.compiled, c.Funcs[c.Imports[n].Index])
			}
		}
	}
	for n, source := range imports {
		if e := source.Extern; e != nil {
			stands[strconv.Itoa(n)] = e.standIn()
		}
	}
	ctx = experimental.WithImportResolver(ctx, func(name string) api.Module { return stands[name] })
	shared := len(c.Memories) > c.Imported[Memory] && c.Memories[0].Shared
	ctx = experimental.WithMemoryAllocator(ctx, allocator{s.host, shared})
	m, err := s.rt.InstantiateModule(ctx, c.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, err
	}
	i := s.start(c, m, hosts)
	self = weak.Make(i)
	i.end(closers)
	tables := i.in.FieldByName("Tables")
	*references(tables.Index(tables.Len() - 1)) = []uintptr{s.tick}
	if c.waits && len(c.Memories) > 0 && c.Memories[0].Shared {
		s.watch(i)
	}
	for n, source := range imports {
		kind, index := c.Imports[n].Kind, c.Imports[n].Index
		e := source.Extern
		if e != nil {
			i.externs[kind][index] = e
			i.connect(e.inst, e.inst.store == s && e.mutual())
		} else {
			e = i.Extern(Func, index)
		}
		if kind == Func {
			s.mu.Lock()
			s.slots[i.eng.FunctionInstanceReference(index)] = weak.Make(e)
			s.mu.Unlock()
		}
	}
	return i, nil
}

// connect notes that an instance may reach another, and the other this one.
func (i *Instance) connect(other *Instance, mutual bool) {
	if i == other {
		return
	}
	i.needs[other] = struct{}{}
	if mutual {
		other.needs[i] = struct{}{}
	}
}

// mutual tells whether who exports something may come to hold references to functions of who imports it.
func (e *Extern) mutual() bool {
	c := e.inst.Code
	switch e.Kind {
	case Table:
		return true
	case Global:
		return c.Globals[e.index].Type.Ref()
	case Func:
		t := c.Type(e.index)
		for _, v := range append(t.Params[:len(t.Params):len(t.Params)], t.Results...) {
			if v.Func() {
				return true
			}
		}
	}
	return false
}

// standIn is an instance for the engine that exports only this, without a name.
func (e *Extern) standIn() api.Module {
	for _, x := range e.inst.Code.Exports {
		if x.Kind == e.Kind && x.Index == e.index {
			return standIn(e.inst.mod, x.Name, "")
		}
	}
	// A function that has come out of a table need not be exported.
	return standInFor(e.inst.mod, byte(e.Kind), e.index)
}

func standIn(m api.Module, name, as string) api.Module {
	old := inside(m).FieldByName("Exports")
	return copyWith(m, old.MapIndex(reflect.ValueOf(name)), as)
}

func standInFor(m api.Module, kind byte, index uint32) api.Module {
	export := reflect.New(inside(m).FieldByName("Exports").Type().Elem().Elem())
	export.Elem().FieldByName("Type").SetUint(uint64(kind))
	export.Elem().FieldByName("Index").SetUint(uint64(index))
	return copyWith(m, export, "")
}

func copyWith(m api.Module, export reflect.Value, as string) api.Module {
	copied := reflect.New(inside(m).Type())
	copied.Elem().Set(inside(m))
	exports := reflect.MakeMap(copied.Elem().FieldByName("Exports").Type())
	exports.SetMapIndex(reflect.ValueOf(as), export)
	copied.Elem().FieldByName("Exports").Set(exports)
	return copied.Interface().(api.Module)
}

// retype gives the functions of a stand-in a type of another module's: the host's have no types of references that are not null.
func retype(stand api.Module, compiled wazero.CompiledModule, index uint32) {
	id := reflect.ValueOf(compiled).Elem().FieldByName("typeIDs").Index(int(index)).Uint()
	ids := inside(stand).FieldByName("TypeIDs")
	all := reflect.MakeSlice(ids.Type(), ids.Len(), ids.Len())
	for i := range all.Len() {
		all.Index(i).SetUint(id)
	}
	ids.Set(all)
}

func engineTypes(types []ValueType) []api.ValueType {
	list := make([]api.ValueType, len(types))
	for i, t := range types {
		switch {
		case t.Func():
			list[i] = 0x70
		case t.Extern():
			list[i] = api.ValueTypeExternref
		default:
			list[i] = byte(t)
		}
	}
	return list
}

// Extern is one of the instance's functions, tables, memories, globals or tags. What it has imported is that which it was given.
func (i *Instance) Extern(kind Kind, index uint32) *Extern {
	e := i.externs[kind][index]
	if e == nil {
		e = &Extern{Kind: kind, inst: i, index: index}
		i.externs[kind][index] = e
	}
	return e
}

// Type is a function's type.
func (e *Extern) Type() *FuncType {
	if e.Kind == Tag {
		return &e.inst.Code.Types[e.inst.Code.Tags[e.index]]
	}
	return e.inst.Code.Type(e.index)
}

// Index is a function's number in its module.
func (e *Extern) Index() uint32 { return e.index }

// Module is the module whose types a function's type refers to.
func (e *Extern) Module() *Module { return e.inst.Code.Module }

// Call calls a function. The stack has room for its arguments and its results.
func (e *Extern) Call(stack []uint64) (trap *Trap) {
	s, fn := e.inst.store, e.fn
	e.fn = nil // it may be called again before it returns
	if fn == nil {
		fn = e.inst.eng.NewFunction(e.index)
	}
	err := fn.CallWithStack(context.Background(), stack)
	goruntime.KeepAlive(e)
	if err == nil {
		e.fn = fn
		return nil
	}
	if errors.Is(err, thrown{}) {
		x := s.thrown
		s.thrown = nil
		panic(x)
	}
	return e.trap(err, fn)
}

// references are a table's elements.
func references(table reflect.Value) *[]uintptr {
	return table.Elem().FieldByName("References").Addr().Interface().(*[]uintptr)
}

func (e *Extern) table() {
	if e.refs == nil {
		t := e.inst.in.FieldByName("Tables").Index(int(e.index))
		e.refs = references(t)
		e.room = t.Interface().(interface {
			Grow(delta uint32, init uintptr) uint32
		})
	}
}

// Elements are a table's elements as the engine has them.
func (e *Extern) Elements() []uintptr {
	e.table()
	return *e.refs
}

// GrowTable makes a table longer.
func (e *Extern) GrowTable(n uint32, init uintptr) (ok bool) {
	e.table()
	if int64(len(*e.refs))+int64(n) > MaxTable {
		return false
	}
	return e.room.Grow(n, init) != 0xffffffff
}

// Table is a table's type as it was declared.
func (e *Extern) Table() TableType { return e.inst.Code.Tables[e.index] }

// Global is a global's type.
func (e *Extern) Global() GlobalType { return e.inst.Code.Globals[e.index] }

// Limits are a memory's limits as they were declared.
func (e *Extern) Limits() Limits { return e.inst.Code.Memories[0] }

// Tag is what tells tags apart.
func (e *Extern) Tag() uintptr { return e.inst.in.FieldByName("Tags").Index(int(e.index)).Pointer() }

func (e *Extern) global() {
	if e.cell == nil {
		e.cell = e.inst.in.FieldByName("Globals").Index(int(e.index)).Interface().(interface {
			Value() (uint64, uint64)
			SetValue(lo, hi uint64)
		})
	}
}

// Value is a global's value.
func (e *Extern) Value() uint64 {
	e.global()
	v, _ := e.cell.Value()
	return v
}

// SetValue sets a global.
func (e *Extern) SetValue(v uint64) {
	e.global()
	e.cell.SetValue(v, 0)
}

// Bytes are a memory's bytes. They are others after it has grown.
func (e *Extern) Bytes() []byte {
	if e.bytes == nil {
		e.bytes = e.inst.in.FieldByName("MemoryInstance").Elem().FieldByName("Buffer").Addr().Interface().(*[]byte)
	}
	return *e.bytes
}

// GrowMemory makes a memory larger by so many pages; it gives its size before.
func (e *Extern) GrowMemory(pages uint32) (before uint32, ok bool) {
	most, now := uint64(MaxPages), uint64(len(e.Bytes())>>16)
	if l := e.Limits(); l.HasMax {
		most = l.Max
	}
	if now+uint64(pages) > most {
		return 0, false
	}
	return e.inst.mod.Memory().Grow(pages)
}

// Share is the same memory for another runtime.
func (e *Extern) Share() *Extern { return &Extern{Kind: e.Kind, inst: e.inst, index: e.index} }

// Common is what the runtimes that share a memory have made of it together: f makes it, of what there was. Any goroutine.
func (e *Extern) Common(f func(old any) any) any {
	e.inst.mu.Lock()
	defer e.inst.mu.Unlock()
	e.inst.common = f(e.inst.common)
	return e.inst.common
}

// Ref is the reference to a function, for parameters, globals and tables of an instance that may keep it.
func (e *Extern) Ref() uintptr {
	if e.ref == 0 {
		e.ref = e.inst.eng.FunctionInstanceReference(e.index)
	}
	return e.ref
}

// Keep has what an extern is of live as long as another's instance, where a reference to it may have been put.
func (e *Extern) Keep(other *Extern) { e.inst.connect(other.inst, true) }

// functionInstance is what the engine's references to functions of modules point to.
type functionInstance struct {
	executable, module *byte
	typeID, index      uint32
}

// Function is the function that a reference is to.
func (s *Store) Function(ref uintptr) *Extern {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.slots[ref].Value(); e != nil {
		return e
	}
	f := *(**functionInstance)(unsafe.Pointer(&ref))
	i := s.instances[*(*uintptr)(unsafe.Pointer(f.module))].Value()
	return i.Extern(Func, f.index)
}

// Each calls f for all instances that are alive.
func (s *Store) Each(f func(*Instance)) {
	s.mu.Lock()
	list := make([]*Instance, 0, len(s.instances))
	for _, w := range s.instances {
		if i := w.Value(); i != nil {
			list = append(list, i)
		}
	}
	s.mu.Unlock()
	for _, i := range list {
		f(i)
	}
}

// Externrefs calls f for all references to values of the host's that an instance's tables and globals hold.
func (i *Instance) Externrefs(f func(uint64)) {
	for n := i.Code.Imported[Table]; n < len(i.Code.Tables); n++ {
		if i.Code.Tables[n].Elem.Extern() {
			for _, r := range i.Extern(Table, uint32(n)).Elements() {
				f(uint64(r))
			}
		}
	}
	for n := i.Code.Imported[Global]; n < len(i.Code.Globals); n++ {
		if i.Code.Globals[n].Type.Extern() {
			f(i.Extern(Global, uint32(n)).Value())
		}
	}
}

// make instantiates a module of one thing, which it exports.
func (s *Store) make(kind Kind, sections ...byte) (*Extern, error) {
	b := append([]byte("\x00asm\x01\x00\x00\x00"), sections...)
	b = append(b, secExport, 4, 1, 0, byte(kind), 0)
	m, err := Decode(b)
	if err != nil {
		return nil, err
	}
	c, err := s.Compile(m, 1)
	if err != nil {
		return nil, err
	}
	i, err := s.Instantiate(c, nil)
	if err != nil {
		return nil, err
	}
	return i.Extern(kind, 0), nil
}

func sectionOf(id byte, content ...byte) []byte {
	return append(appendUvarint([]byte{id}, uint64(len(content))), content...)
}

func (l Limits) encode() []byte {
	flags := byte(0)
	if l.HasMax {
		flags |= 1
	}
	if l.Shared {
		flags |= 2
	}
	b := appendUvarint([]byte{flags}, l.Min)
	if l.HasMax {
		b = appendUvarint(b, l.Max)
	}
	return b
}

// NewMemory makes a memory.
func (s *Store) NewMemory(l Limits) (*Extern, error) {
	return s.make(Memory, sectionOf(secMemory, append([]byte{1}, l.encode()...)...)...)
}

// code is a type of values that has a byte of its own.
func (t ValueType) code() byte {
	if t.Ref() {
		return byte(t.heap())
	}
	return byte(t)
}

// NewTable makes a table.
func (s *Store) NewTable(t TableType) (*Extern, error) {
	return s.make(Table, sectionOf(secTable, append([]byte{1, t.Elem.code()}, t.encode()...)...)...)
}

// NewGlobal makes a global.
func (s *Store) NewGlobal(t GlobalType, value uint64) (*Extern, error) {
	b := []byte{1, t.Type.code(), 0}
	if t.Mutable {
		b[2] = 1
	}
	switch t.Type {
	case I32:
		b = appendVarint(append(b, opI32Const), int64(int32(value)))
	case I64:
		b = appendVarint(append(b, opI64Const), int64(value))
	case F32:
		b = binary.LittleEndian.AppendUint32(append(b, opF32Const), uint32(value))
	case F64:
		b = binary.LittleEndian.AppendUint64(append(b, opF64Const), value)
	default:
		b = append(b, opRefNull, t.Type.code())
	}
	e, err := s.make(Global, sectionOf(secGlobal, append(b, opEnd)...)...)
	if err == nil && t.Type.Ref() {
		e.SetValue(value)
		// Constant expressions read it here.
		g := e.inst.in.FieldByName("Globals").Index(0).Elem()
		g.FieldByName("Val").SetUint(value)
		if !t.Type.Nullable() {
			const notNull = 1 << 8
			of := g.FieldByName("Type").FieldByName("ValType")
			of.SetUint(of.Uint() | notNull)
			e.inst.Code.Globals[0] = t
		}
	}
	return e, err
}

// NewTag makes a tag.
func (s *Store) NewTag(params []ValueType) (*Extern, error) {
	b := appendUvarint([]byte{1, 0x60}, uint64(len(params)))
	for _, p := range params {
		b = append(b, p.code())
	}
	return s.make(Tag, append(sectionOf(secType, append(b, 0)...), sectionOf(secTag, 1, 0, 0)...)...)
}
