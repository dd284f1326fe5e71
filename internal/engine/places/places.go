// Package places tells what in a script's text an instruction stands for, where V8 says that it is, and how V8 prints it in messages. The
// engine keeps one place for several instructions, and none for operators and patterns: so the text is parsed again when an error asks, and
// the instructions of a kind are counted: the third of a function stands for the third expression of that kind in it. Where the numbers
// differ, as when the engine has computed something beforehand, nothing is said. It holds no state; any goroutine.
package places

import (
	"reflect"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// Kind is a kind of instructions that are counted together.
type Kind uint8

// The kinds.
const (
	None      Kind = iota
	Iterate        // an array pattern or a for-of loop looks for an iterator
	Object         // an object pattern looks into a value
	Set            // a property is set
	Delete         // a property is deleted
	Const          // a constant is assigned to
	Element        // an array literal spreads a value
	Argument       // a call spreads a value
	Get            // a property is read
	Method         // a property is read to be called
	Call           // a function is called
	Construct      // a constructor is called
	binary         // and one for each operator
)

// Place is what an instruction stands for.
type Place struct {
	Kind   Kind
	Offset int // of what V8 names, in bytes
	Node   ast.Node
	// Source is what a pattern or a loop takes apart: nil for a parameter and in a pattern's inside.
	Source ast.Expression
	// Outer is the expression that the whole pattern takes apart, Nested that the pattern is inside another one.
	Outer  ast.Expression
	Nested bool
	// Parameters are those that the pattern is one of.
	Parameters *ast.ParameterList
	// Parent is the property of an object pattern whose value a nested pattern takes apart, if it has a name.
	Parent ast.Expression
	// Loop and Catch tell whose pattern it is, Assigned that it is no declaration's.
	Loop, Catch, Assigned bool
	// Iterated tells that what a call returns is to be iterated.
	Iterated bool
}

// Places are those of a text.
type Places struct {
	text      string
	functions map[int]*function // by the offset where they begin
	body      []ast.Statement
	loads     map[int]int // of variables, see Load
}

type function struct{ places map[Kind][]Place }

// New finds the places of a program.
func New(prg *ast.Program) *Places {
	p := &Places{text: prg.File.Source(), functions: map[int]*function{}, body: prg.Body}
	w := walker{p: p, f: &function{places: map[Kind][]Place{}}, consts: map[unistring.String]bool{}, iterated: map[ast.Expression]bool{}}
	w.constants(reflect.ValueOf(prg.Body))
	p.functions[-1] = w.f
	w.walk(reflect.ValueOf(prg.Body))
	return p
}

// At gives the place of an instruction.
func (p *Places) At(prg *goja.Program, pc int) (place Place, ok bool) {
	kind := KindAt(prg, pc)
	if kind == None {
		return place, false
	}
	own := layout.ProgramOf(prg)
	f := p.functions[-1]
	if len(own.SrcMap) > 0 && own.SrcMap[0].PC == 0 {
		if inner := p.functions[own.SrcMap[0].SrcPos]; inner != nil {
			f = inner
		} else if own.SrcMap[0].SrcPos != 0 {
			return place, false
		}
	}
	before, all := 0, 0
	for i := range own.Code {
		if KindAt(prg, i) == kind {
			if i < pc {
				before++
			}
			all++
		}
	}
	if list := f.places[kind]; len(list) == all {
		return list[before], true
	}
	return place, false
}

var operators = [...]struct {
	instruction string
	token       token.Token
}{{"_add", token.PLUS}, {"_sub", token.MINUS}, {"_mul", token.MULTIPLY}, {"_div", token.SLASH}, {"_mod", token.REMAINDER}, {"_exp", token.EXPONENT},
	{"_and", token.AND}, {"_or", token.OR}, {"_xor", token.EXCLUSIVE_OR}, {"_sal", token.SHIFT_LEFT}, {"_sar", token.SHIFT_RIGHT},
	{"_shr", token.UNSIGNED_SHIFT_RIGHT}, {"_op_in", token.IN}, {"_op_instanceof", token.INSTANCEOF}, {"_op_lt", token.LESS},
	{"_op_gt", token.GREATER}, {"_op_lte", token.LESS_OR_EQUAL}, {"_op_gte", token.GREATER_OR_EQUAL}, {"_op_eq", token.EQUAL}, {"_op_neq", token.NOT_EQUAL}}

// unary are the operators with one operand.
var unary = [...]struct {
	instruction string
	token       token.Token
}{{"_plus", token.PLUS}, {"_neg", token.MINUS}, {"_bnot", token.BITWISE_NOT}}

func kindOf(instruction string) Kind {
	switch instruction {
	case "_iterate", "_iterateP":
		return Iterate
	case "_checkObjectCoercible", "_createDestructSrc":
		return Object
	case "getProp", "_getElem":
		return Get
	case "getPropCallee", "_getElemCallee":
		return Method
	case "_throwAssignToConst":
		return Const
	case "_pushArraySpread":
		return Element
	case "_pushSpread":
		return Argument
	case "call", "callVariadic", "callEval", "callEvalStrict", "callEvalVariadic", "callEvalVariadicStrict", "_callVariadic", "_callEvalVariadic", "_callEvalVariadicStrict":
		return Call
	case "_new", "_newVariadic":
		return Construct
	case "deleteProp", "deletePropStrict", "_deleteElem", "_deleteElemStrict":
		return Delete
	case "_setElem1", "_setElem1Named":
		return None // of an object literal
	}
	if strings.HasPrefix(instruction, "setProp") || strings.HasPrefix(instruction, "_setElem") {
		return Set
	}
	for i := range operators {
		if operators[i].instruction == instruction {
			return binary + Kind(i)
		}
	}
	for i := range unary {
		if unary[i].instruction == instruction {
			return binary + Kind(len(operators)+i)
		}
	}
	return None
}

// KindAt is the kind of an instruction.
func KindAt(prg *goja.Program, pc int) Kind {
	in, _, ok := program.Engine(prg, pc)
	if !ok {
		return None
	}
	return kindOf(in.Name)
}

func operator(t token.Token) Kind {
	for i := range operators {
		if operators[i].token == t {
			return binary + Kind(i)
		}
	}
	return None
}

// FirstName is the first property of a pattern, if it has a name.
func FirstName(t *ast.ObjectPattern) ast.Expression {
	if len(t.Properties) > 0 {
		switch p := t.Properties[0].(type) {
		case *ast.PropertyShort:
			return &p.Name
		case *ast.PropertyKeyed:
			if !p.Computed {
				return p.Key
			}
		}
	}
	return nil
}
