// Package engine is the only owner of what reaches into goja, and of all that stands beside it: V8's stacks and messages,
// the built-ins that goja lacks, Go state behind objects, classes and errors made from Go, strings and bytes. It knows no
// event loop, no modules and no files; what it needs of those it asks of its host by Hooks. An Engine belongs to the
// goroutine that runs its scripts.
package engine

import (
	"context"
	"iter"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"gonode/internal/engine/coroutines"
	"gonode/internal/engine/ecma402"
	"gonode/internal/engine/fast"
	"gonode/internal/engine/guard"
	"gonode/internal/engine/intrinsics"
	"gonode/internal/engine/jsonvalue"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
	"gonode/internal/engine/passes"
	"gonode/internal/engine/places"
	"gonode/internal/engine/program"
	"gonode/internal/engine/regexps"
)

// Hooks are what an engine asks of the host of scripts that it serves. All are called on the loop goroutine, but Post may be
// called from any; none may be nil.
type Hooks struct {
	// Post has f run as a macrotask, soon. Any goroutine.
	Post func(f func())
	// Complete is Post of what the loop is not to end before.
	Complete func(f func())
	// Require gives the exports of a built-in module.
	Require func(module string) *goja.Object
	// Context ends when the scripts are to end.
	Context func() context.Context
	// TimeZone is the name of the zone that scripts see, empty for the system's.
	TimeZone func() string
	// Locate maps a position in a compiled program to the one in the file as it was written.
	Locate func(file string, line, column int) (int, int)
	// Original moves the sites of a stack that is to be written to where their sources have them; nil leaves them where they are.
	Original func(sites []Site)
	// Frames adds the host's own frames to a stack, and leaves out what is nobody's business.
	Frames func(t *Trace, sites []Site) []Site
	// Parse parses what eval or a constructor of functions is given.
	Parse func(text string, where program.Where) (*ast.Program, error)
	// Module is the program that an ES module's text has been compiled as, nil if that has errors, with the names that parse.Options.Infer
	// asks for; it is looked at, not run.
	Module func(name, text string) (*ast.Program, map[int]string)
	// Namespace tells whether an object is the namespace object of an ES module.
	Namespace func(o *goja.Object) bool
	// Awaiter is the generator that the host goes on with when a promise is settled, nil if it does not wait for that one.
	Awaiter func(promise *goja.Object) *goja.Object
}

// Config is what an Engine is made from.
type Config struct {
	// MaxCallDepth bounds the depth of JavaScript calls.
	MaxCallDepth int
	// StackTraceLimit is the first value of Error.stackTraceLimit.
	StackTraceLimit int
	// Globals are what is on the global object, nil for the language's own.
	Globals *Globals
	// Jitless leaves out what does nothing but make programs faster: the same results, only slower.
	Jitless bool
	Hooks   Hooks
}

// Origin is what runs a macrotask, as a number of the host's. It is kept with each stack that is captured meanwhile.
type Origin uint8

// Engine is one JavaScript world: goja, made to look like V8.
type Engine struct {
	vm      *goja.Runtime
	hooks   Hooks
	jitless bool

	evaluate *goja.Object // by which Halted.Evaluate evaluates

	// Origin is what runs the present macrotask.
	Origin Origin
	// Receiver is what the function of the present macrotask is called on, nil if no stack shows it.
	Receiver  *goja.Object
	emissions []Emission // under way, the innermost last

	// CodeFromStrings tells whether eval and the constructors of functions may compile anything; nil means that they may. It is given the
	// objects of the with statements around their caller.
	CodeFromStrings func(scopes iter.Seq[*goja.Object]) bool

	// Contexts is module vm's once there are contexts, nil before.
	Contexts program.Contexts

	realm *intrinsics.Realm

	facts *layout.Facts
	base  base

	templates   *operators.TemplateArrays
	errorClass  *goja.Object
	stackGetter goja.Value
	stackSetter goja.Value
	callSite    *goja.Object  // CallSite.prototype
	descriptor  goja.Callable // Object.getOwnPropertyDescriptor
	reflectGet  goja.Callable // Reflect.get
	preparing   bool          // Error.prepareStackTrace runs
	plainError  bool          // an error is being made whose message is as it should be

	json        *jsonvalue.Codec
	regexps     *regexps.Realm // once there is a regular expression
	coroutines  *coroutines.Realm
	locales     *ecma402.Intl         // once there is something to format
	sharedProto *goja.Object          // SharedArrayBuffer.prototype, once there is one
	exports     exports               // lazy.go
	kept        []*goja.Object        // by WeakRefs, until the macrotask ends
	joining     map[*goja.Object]bool // lists whose toLocaleString is at work
	objectProto *goja.Object

	weakMaps, weakSets unsafe.Pointer // what tells WeakMaps and WeakSets, once there are any

	slotSymbol      *goja.Symbol
	slotSymbols     bool         // some state is under it
	untransferable  *goja.Symbol // marks what must not move to another thread
	uncloneable     *goja.Symbol // marks what must not be cloned
	nodeErrorSymbol *goja.Symbol // marks errors whose stack shows their code
	nodeErrorString *goja.Object
	abortError      *goja.Object
	bytes           bytesState
	inspector       Inspector
	places          map[*file.File]*places.Places
	inferredNames   map[*file.File]map[int]string
	globals         map[string]goja.Value
	buffers         bool                     // completeBuffers has run
	following       bool                     // there are resizable buffers
	families        map[*Script]*goja.Object // scripts of built-ins that have run: their exports
}

// New makes an engine. Nothing of JavaScript has run in it. The error is a *layout.Error, if goja is not the one
// that this program was written for.
func New(cfg Config) (*Engine, error) {
	e := &Engine{
		templates:       &operators.TemplateArrays{},
		vm:              goja.New(),
		hooks:           cfg.Hooks,
		jitless:         cfg.Jitless,
		slotSymbol:      goja.NewSymbol("gonode.slot"),
		nodeErrorSymbol: goja.NewSymbol("gonode.nodeError"),
		untransferable:  goja.NewSymbol("gonode.untransferable"),
		uncloneable:     goja.NewSymbol("gonode.uncloneable"),
	}
	e.vm.SetMaxCallStackSize(cfg.MaxCallDepth + guard.Slack)
	var err error
	if e.facts, err = layout.Find(e.vm); err != nil {
		return nil, err
	}
	e.initBuiltins(cfg.Globals)
	guard.Iterators(e.vm)
	passes.Install(e.vm, program.Options{Parse: cfg.Hooks.Parse, Jitless: cfg.Jitless})
	if e.realm, err = intrinsics.New(e.vm); err != nil {
		return nil, err
	}
	e.initBase()
	e.initErrors(cfg.StackTraceLimit)
	e.initWeak()
	e.realm.Ready()
	return e, nil
}

// VM is goja's runtime. Loop goroutine only.
func (e *Engine) VM() *goja.Runtime { return e.vm }

// EndMacrotask lets go of what WeakRefs have held until the macrotask's end.
func (e *Engine) EndMacrotask() { e.kept = nil }

const (
	flagTrue  = goja.FLAG_TRUE
	flagFalse = goja.FLAG_FALSE
)

// Without leaves layers out that make programs faster, by the names of V8's options that are about something like them: "opt" for the
// kernels, "turbofan" for kernels that do more than compute, "maglev" for the short way to common functions, "sparkplug" for the slots of
// properties. For the whole process, before the first engine is made.
func Without(option string) {
	switch option {
	case "opt":
		fast.Without.Kernels = true
	case "turbofan":
		fast.Without.Regions = true
	case "maglev":
		fast.Without.Natives = true
	case "sparkplug":
		fast.Without.Slots = true
	}
}
