package wasm

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// Trap is why code has been ended.
type Trap struct {
	// Message is V8's. It is empty for an exception that no code has caught.
	Message string
	// Deep is a recursion that went too deep.
	Deep bool
	// Tag and Params are those of an exception.
	Tag    uintptr
	Params []uint64
	Types  []ValueType
	// Keeps is what the tag is of.
	Keeps *Extern
}

// What functions have of instructions that may trap: the engine tells less than V8.
const (
	hasDivision uint8 = 1 << iota
	hasRemainder
	hasIndirect
)

var trapsOf = map[string]string{
	"unreachable":                   "unreachable",
	"out of bounds memory access":   "memory access out of bounds",
	"indirect call type mismatch":   "null function or function signature mismatch",
	"invalid conversion to integer": "float unrepresentable in integer range",
	"unaligned atomic":              "operation does not support unaligned accesses",
	"expected shared memory":        "Atomics.wait cannot be called in this context",
	"null reference":                "dereferencing a null pointer",
}

// trap says in V8's words why a function of the engine's has failed.
func (e *Extern) trap(err error, fn api.Function) *Trap {
	text := err.Error()
	cause := text
	if inner := errors.Unwrap(err); inner != nil {
		cause = inner.Error()
	}
	if message := trapsOf[cause]; message != "" {
		return &Trap{Message: message}
	}
	has := e.instructionsOf(text)
	switch cause {
	case "stack overflow":
		return &Trap{Message: "Maximum call stack size exceeded", Deep: true}
	case "integer divide by zero":
		if has&(hasDivision|hasRemainder) == hasRemainder {
			return &Trap{Message: "remainder by zero"}
		}
		return &Trap{Message: "divide by zero"}
	case "integer overflow":
		if has&hasDivision != 0 {
			return &Trap{Message: "divide result unrepresentable"}
		}
		return &Trap{Message: "float unrepresentable in integer range"}
	case "invalid table access":
		if has&hasIndirect != 0 && e.gaps() {
			return &Trap{Message: "null function or function signature mismatch"}
		}
		return &Trap{Message: "table index is out of bounds"}
	case "uncaught exception":
		return e.exception(fn)
	}
	return &Trap{Message: cause}
}

// instructionsOf is what the function has that an error's trace begins with.
func (e *Extern) instructionsOf(text string) uint8 {
	_, trace, _ := strings.Cut(text, "wasm stack trace:\n\t")
	name, _, _ := strings.Cut(trace, "(")
	if dot := strings.LastIndexByte(name, '$'); dot >= 0 {
		if n, err := strconv.Atoi(name[dot+1:]); err == nil {
			if n -= e.inst.Code.Imported[Func]; n >= 0 && n < len(e.inst.Code.bodies) {
				return e.inst.Code.bodies[n].has
			}
		}
	}
	return 0
}

// gaps tells whether a table has elements that are null.
func (e *Extern) gaps() bool {
	for i := range e.inst.Code.Tables {
		for _, r := range e.inst.Extern(Table, uint32(i)).Elements() {
			if r == 0 {
				return true
			}
		}
	}
	return false
}

// exception finds the exception that a function has not caught.
func (e *Extern) exception(fn api.Function) *Trap {
	t := &Trap{}
	p := reflect.ValueOf(fn).Elem().FieldByName("pendingException")
	if !p.IsValid() || p.IsNil() {
		return t
	}
	t.Tag = p.Elem().FieldByName("Tag").Pointer()
	for params, i := p.Elem().FieldByName("Params"), 0; i < params.Len(); i++ {
		t.Params = append(t.Params, params.Index(i).Uint())
	}
	e.inst.store.Each(func(i *Instance) {
		for n := range i.Code.Tags {
			if x := i.Extern(Tag, uint32(n)); x.Tag() == t.Tag {
				t.Types, t.Keeps = x.Type().Params, x
			}
		}
	})
	return t
}
