// Package wasm reads WebAssembly modules: what they import and export, whether they are valid, in V8's words where they are not.
// It writes them anew for the engine that runs them, with a check in each loop and recursion by which they can be stopped.
package wasm

import "strconv"

// ValueType is a type of values: the byte that stands for it or, for references, whether they may be null, with the heap type behind it.
type ValueType uint32

// The types of values.
const (
	I32  ValueType = 0x7f
	I64  ValueType = 0x7e
	F32  ValueType = 0x7d
	F64  ValueType = 0x7c
	V128 ValueType = 0x7b

	ref     ValueType = 0x64
	refNull ValueType = 0x63
	bottom  ValueType = 0 // any type, in code that is not reached

	heapFunc     = 0x70
	heapExtern   = 0x6f
	heapExn      = 0x69
	heapNoFunc   = 0x73
	heapNoExtern = 0x72
	heapNoExn    = 0x74

	heapSpecial = 1 << 23

	// NonNullExtern is ExternRef without null.
	NonNullExtern = ref | (heapSpecial|heapExtern)<<8

	FuncRef   = refNull | (heapSpecial|heapFunc)<<8
	ExternRef = refNull | (heapSpecial|heapExtern)<<8
	exnRef    = refNull | (heapSpecial|heapExn)<<8
)

// Ref tells whether the type is of references.
func (t ValueType) Ref() bool { return t&0xff == ref || t&0xff == refNull }

// Nullable tells whether a type of references has null.
func (t ValueType) Nullable() bool { return t&0xff == refNull }

// Func tells whether the type is of references to functions.
func (t ValueType) Func() bool {
	return t.Ref() && (t.heap()&heapSpecial == 0 || t.heap()&0xff == heapFunc || t.heap()&0xff == heapNoFunc)
}

// Extern tells whether the type is of references to the host's values.
func (t ValueType) Extern() bool {
	return t.Ref() && (t.heap() == heapSpecial|heapExtern || t.heap() == heapSpecial|heapNoExtern)
}

func (t ValueType) heap() uint32 { return uint32(t >> 8) }

// Index is the number of the function type that a reference is to.
func (t ValueType) Index() (n uint32, ok bool) { return t.heap(), t.Ref() && t.heap()&heapSpecial == 0 }

func (t ValueType) nonNull() ValueType {
	if t.Ref() {
		return t&^0xff | ref
	}
	return t
}

var heapNames = map[uint32]string{heapFunc: "func", heapExtern: "extern", heapExn: "exn", heapNoFunc: "nofunc", heapNoExtern: "noextern", heapNoExn: "noexn"}

func (t ValueType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	case exnRef:
		return "exnref"
	case bottom:
		return "<bot>"
	}
	name, special := "", t.heap()&heapSpecial != 0
	if special {
		name = heapNames[t.heap()&0xff]
		switch t.heap() & 0xff {
		case heapNoFunc:
			if t.Nullable() {
				return "nullfuncref"
			}
		case heapNoExtern:
			if t.Nullable() {
				return "nullexternref"
			}
		}
	} else {
		name = strconv.Itoa(int(t.heap()))
	}
	if t.Nullable() {
		return "(ref null " + name + ")"
	}
	return "(ref " + name + ")"
}

// FuncType is the type of a function.
type FuncType struct{ Params, Results []ValueType }

// Limits are the sizes of a memory or a table.
type Limits struct {
	Min    uint64
	Max    uint64
	HasMax bool
	Shared bool
}

// TableType is the type of a table.
type TableType struct {
	Limits
	Elem ValueType
	init bool // its elements have a value of their own at the beginning
}

// GlobalType is the type of a global.
type GlobalType struct {
	Type    ValueType
	Mutable bool
}

// Kind is what is imported or exported.
type Kind byte

// The kinds.
const (
	Func Kind = iota
	Table
	Memory
	Global
	Tag
)

func (k Kind) String() string {
	switch k {
	case Func:
		return "function"
	case Table:
		return "table"
	case Memory:
		return "memory"
	case Global:
		return "global"
	default:
		return "tag"
	}
}

// Import is one import. Index counts those of its kind.
type Import struct {
	Module, Name string
	Kind         Kind
	Index        uint32
	Offset       int // in the module's bytes
}

// Export is one export.
type Export struct {
	Name  string
	Kind  Kind
	Index uint32
}

// Custom is a custom section.
type Custom struct {
	Name string
	Data []byte
}

// Segment is an active segment of elements or data: where it begins and how long it is.
type Segment struct {
	Target uint32 // the table or memory
	Offset Const
	Size   uint64
}

// Const is a constant expression, as far as it can be computed beforehand.
type Const struct {
	Value  uint64
	Global int  // the imported global that is the value, or -1
	Known  bool // it is no more than that
}

// Module is what is known of a module.
type Module struct {
	Bytes    []byte
	Types    []FuncType
	Imports  []Import
	Exports  []Export
	Customs  []Custom
	Funcs    []uint32 // the types of all functions, the imported ones first
	Tables   []TableType
	Memories []Limits
	Globals  []GlobalType
	Tags     []uint32 // their types
	Start    int      // the start function, or -1
	Elements []Segment
	Data     []Segment

	Imported [5]int // how many of each kind

	sections []section
	bodies   []body
	declared map[uint32]bool // functions that code may make references to
	elements []ValueType     // the types of the segments
	waits    bool            // there are instructions that wait for other threads
	data     int             // how many segments of data there are, -1 if that is not said in advance
}

// section is a section as it stands in the module.
type section struct {
	id         byte
	start, end int // of what it contains
}

// body is a function's code.
type body struct {
	start, code, end int // of the declarations of locals and of what follows
	places           []place
	locals           int   // how many there are, parameters among them
	bulk             bool  // some place is one of those
	calls            uint8 // callsUp, callsDown
	has              uint8 // instructions that may trap
	any              bool  // it calls what is not known beforehand
	checked          bool  // its calls are counted
}

// place is where code is added.
type place struct {
	at   int
	kind placeKind
}

type placeKind uint8

const (
	inLoop     placeKind = iota // at the beginning of its body
	beforeBulk                  // in front of an instruction that writes much at once
	beforeWait                  // in front of one that waits for other threads
)

// Type is a function's type.
func (m *Module) Type(function uint32) *FuncType { return &m.Types[m.Funcs[function]] }

// Same tells whether two types of functions are one.
func (t *FuncType) Same(u *FuncType) bool {
	return sameTypes(t.Params, u.Params) && sameTypes(t.Results, u.Results)
}

func sameTypes(a, b []ValueType) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// subtype tells whether each value of one type is of another.
func (m *Module) subtype(a, b ValueType) bool {
	if a == b || a == bottom || b == bottom {
		return true
	}
	if !a.Ref() || !b.Ref() || a.Nullable() && !b.Nullable() {
		return false
	}
	x, y := a.heap(), b.heap()
	if x == y {
		return true
	}
	switch y {
	case heapSpecial | heapFunc:
		return x&heapSpecial == 0 || x == heapSpecial|heapNoFunc
	case heapSpecial | heapExtern:
		return x == heapSpecial|heapNoExtern
	case heapSpecial | heapExn:
		return x == heapSpecial|heapNoExn
	}
	if y&heapSpecial == 0 {
		return x == heapSpecial|heapNoFunc || x&heapSpecial == 0 && m.Types[x].Same(&m.Types[y])
	}
	return false
}
