package engine

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// Site is one frame of a stack as V8 describes it.
type Site struct {
	Frame
	Function   string // the function's name
	TypeName   string // of the receiver, where it is a method call
	Method     string // the property it was called by, if that differs
	File       string
	Line, Col  int
	Native     bool
	Eval       bool
	EvalOrigin string
	Toplevel   bool
	Async      bool // it awaits
	Strict     bool // scripts are not to see its function and its receiver
}

// formatStack writes an error's stack when it is first read: by Error.prepareStackTrace if there is one.
func (e *Engine) formatStack(o *goja.Object, t *Trace) goja.Value {
	if prepare, ok := goja.AssertFunction(e.errorClass.Get("prepareStackTrace")); ok && !e.preparing {
		e.preparing = true
		defer func() { e.preparing = false }()
		sites := e.Sites(t)
		strict(sites)
		list := make([]any, len(sites))
		for i := range sites {
			list[i] = e.newCallSite(&sites[i])
		}
		return e.Call(prepare, e.errorClass, o, e.vm.NewArray(list...))
	}
	var b strings.Builder
	b.WriteString(e.stackHeader(o))
	sites := e.Sites(t)
	if e.hooks.Original != nil {
		e.hooks.Original(sites)
	}
	for _, s := range sites {
		b.WriteString("\n    at ")
		s.Write(&b)
	}
	return e.vm.ToValue(b.String())
}

// stackHeader is the first line: "TypeError: message", with the code of Node's own errors.
func (e *Engine) stackHeader(o *goja.Object) string {
	header := ""
	if ex := e.vm.Try(func() {
		name, message := "Error", ""
		if v := o.Get("name"); v != nil && !goja.IsUndefined(v) {
			name = v.String()
		}
		if v := o.Get("message"); v != nil && !goja.IsUndefined(v) {
			message = v.String()
		}
		if o.GetSymbol(e.nodeErrorSymbol) != nil {
			header = name + " [" + Text(o.Get("code")) + "]: " + message
			return
		}
		switch {
		case name == "":
			header = message
		case message == "":
			header = name
		default:
			header = name + ": " + message
		}
	}); ex != nil {
		header = "<error>"
	}
	return header
}

// Sites describes a trace as V8 does, with the host's frames.
func (e *Engine) Sites(t *Trace) []Site {
	sites := make([]Site, 0, len(t.Frames))
	for i := range t.Frames {
		s := e.Site(&t.Frames[i])
		unseen := s.Function == "" && !s.Construct || s.Function == "Array" || s.Function == "Proxy" || s.Function == "TypedArray" || // V8 has no frames for these
			strings.Contains(s.Function, "/") || strings.Contains(s.Function, ".func") // a Go function without a name of its own
		if s.Native && unseen {
			if n := len(sites) - 1; n >= 0 && sites[n].Emitted == nil {
				sites[n].Emitted = s.Emitted
			}
			continue
		}
		if n := len(sites) - 1; s.Function == staticInitializer && n >= 0 && sites[n].Fn != nil && strings.HasPrefix(sourceOf(sites[n].Fn), "{") {
			sites[n].Function, sites[n].TypeName, sites[n].Toplevel = s.Function, "", true // a static block is a function of the engine's
			continue
		}
		if n := len(sites) - 1; n >= 0 && sites[n].Function == staticInitializer && s.Prg != nil && !s.Eval {
			e.beforeClass(&s)
		}
		if n := len(sites) - 1; s.Native && s.TypeName == "Generator" && n >= 0 && sites[n].Fn != nil && KindOf(sites[n].Fn) == GeneratorFunction && sites[n].Function != "" {
			s.TypeName = sites[n].Function // V8 takes the function for the class
		} else if n >= 0 {
			if resumed, ok := e.resumption(&sites[n], &s); ok {
				sites = append(sites, resumed)
			}
		}
		sites = append(sites, s)
		if s.Function == fieldsInitializer && (i+1 == len(t.Frames) || !t.Frames[i+1].Construct || t.Frames[i+1].Fn != s.Fn) {
			if s, ok := e.constructorSite(s.Fn); ok {
				sites = append(sites, s)
			}
		}
	}
	sites = e.hooks.Frames(t, sites)
	e.named(sites)
	for i := range t.Async {
		if t.Limit > 0 && len(sites) >= t.Limit {
			break
		}
		var s Site
		if f := t.Async[i]; f.Combinator != "" {
			s = Site{Frame: f, Function: f.Combinator, TypeName: "Promise"}
		} else {
			s = e.Site(&t.Async[i])
			if strings.HasPrefix(s.File, builtinScripts) {
				break // a function of the library's, which V8 does not see through
			}
			s.Col += awaitsAt(f.SourceLine(s.Line), s.Col-1)
		}
		s.Async = true
		sites = append(sites, s)
		e.named(sites[len(sites)-1:])
	}
	return sites
}

// resumption is the frame of the method by which a generator runs that a loop, a spread or a function of the library goes over: V8 calls it
// there, and the engine does not. below is the frame under the generator's.
func (e *Engine) resumption(s, below *Site) (Site, bool) {
	if s.Prg == nil || s.Fn == nil || s.Function == "" || s.Async || KindOf(s.Fn) != GeneratorFunction {
		return Site{}, false
	}
	method := "next"
	if below.Prg == nil {
		if below.TypeName == "Generator" {
			return Site{}, false
		}
	} else if k, _, ok := program.Engine(below.Prg, below.PC); ok {
		switch {
		case strings.HasPrefix(k.Name, "_enumPop"):
			method = "return"
		case strings.HasPrefix(k.Name, "call"):
			return Site{}, false // which has not begun: an error in its parameters
		}
	}
	return Site{Frame: Frame{Fn: s.Fn}, Native: true, Function: method, TypeName: strings.TrimPrefix(s.Function, "#")}, true
}

// evalName begins the name of a file that stands for an evaluated text; what follows says where that was.
const evalName = "<eval>"

// EvalName is the name of a file that what is evaluated at this moment has. Loop goroutine only.
func (e *Engine) EvalName() string { return evalName + e.evalOrigin() }

// evalOrigin is what V8 says of where a text is evaluated: by the innermost function of a script.
func (e *Engine) evalOrigin() string {
	for _, f := range e.capture(4, nil, nil, nil, 0).Frames {
		if f.Prg == nil {
			continue
		}
		s := e.Site(&f)
		name := s.Function
		if name == "" || name == "Object.<anonymous>" || s.Eval && name == "eval" {
			name = "<anonymous>"
		}
		if s.Eval {
			return "eval at " + name + " (" + s.EvalOrigin + ")"
		}
		var b strings.Builder
		s.Location(&b)
		return "eval at " + name + " (" + b.String() + ")"
	}
	return ""
}

// Write puts a frame in V8's form.
func (s *Site) Write(b *strings.Builder) {
	if s.Async {
		b.WriteString("async ")
	}
	name := s.call()
	if name == "" {
		s.Location(b)
		return
	}
	b.WriteString(name)
	b.WriteString(" (")
	s.Location(b)
	b.WriteByte(')')
}

func (s *Site) String() string {
	var b strings.Builder
	s.Write(&b)
	return b.String()
}

// call is what stands before the location: "Foo.bar [as baz]", "new Foo", "fn" or nothing.
func (s *Site) call() string {
	switch {
	case s.Construct:
		if s.Function == "" {
			return "new <anonymous>"
		}
		return "new " + s.Function
	case s.TypeName == "" || s.Toplevel:
		return s.Function
	case s.Function == "":
		if s.Method != "" {
			return s.TypeName + "." + s.Method
		}
		return s.TypeName + ".<anonymous>"
	}
	name := s.Function
	if isIdentifier(name) && name != s.TypeName {
		name = s.TypeName + "." + name
	}
	if s.Method != "" && s.Method != s.Function && !strings.HasSuffix(s.Function, "."+s.Method) && !strings.HasSuffix(s.Function, " "+s.Method) {
		name += " [as " + s.Method + "]"
	}
	return name
}

// isIdentifier tells whether a name could be that of a variable. Letters beyond 16 bits are none to V8 here.
func isIdentifier(name string) bool {
	for i, r := range name {
		if r == '$' || r == '_' || r <= 0xffff && unicode.IsLetter(r) || i > 0 && (unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc)) {
			continue
		}
		return false
	}
	return name != ""
}

// Location writes where a frame is: file, line and column.
func (s *Site) Location(b *strings.Builder) {
	switch {
	case s.Combinator != "":
		b.WriteString("index " + strconv.Itoa(s.Index))
		return
	case s.Native:
		b.WriteString("<anonymous>")
		return
	case s.Eval:
		b.WriteString(s.EvalOrigin + ", <anonymous>")
	default:
		b.WriteString(s.File)
	}
	b.WriteString(":" + strconv.Itoa(s.Line) + ":" + strconv.Itoa(s.Col))
}

// FrameOf is a frame of goja's as ours.
func FrameOf(f goja.StackFrame) *Frame {
	own := layout.FrameOf(&f)
	return &Frame{Prg: own.Prg, PC: own.PC}
}

// OwnFrame tells whether a frame is that of a function of Go, which --trace-uncaught does not show.
func (s *Site) OwnFrame() bool { return s.Native }
