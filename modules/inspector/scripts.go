package inspector

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/probes"
	"gonode/internal/source"
	"gonode/runtime"
)

// scripts has
//
//	debug(parsed(script), reached(scriptId, place, kind, breakpoint, stepped), looked())   see runtime.Debugger.Start
//	go(how)                                "resume", "into", "over" or "out"
//	scripts(), script(id), source(id)
//	place(id, line, column)                the first place there or behind: place, line, column
//	possible(id, line, column, toLine, toColumn)   BreakLocations
//	stop(id, place, on)
//	isMain(id), caught()
//	frames()                               of what stands still; the others take their places in that list
//	variables(frame, scope), setVariable(frame, scope, name, value), evaluateIn(frame, text)
func (in *inspector) scripts() {
	rt, vm, d := in.rt, in.vm, &in.rt.Debugger
	script := func(call goja.FunctionCall) *runtime.DebugScript {
		id := call.Argument(0).String()
		for _, s := range d.Scripts() {
			if s.ID == id {
				return s
			}
		}
		return nil
	}
	in.do("debug", func(call goja.FunctionCall) {
		parsed, _ := goja.AssertFunction(call.Argument(0))
		reached, _ := goja.AssertFunction(call.Argument(1))
		looked, _ := goja.AssertFunction(call.Argument(2))
		kinds := [...]string{probes.Statement: "statement", probes.Return: "return", probes.Debugger: "debugger", probes.Throw: "throw"}
		d.Start(func(s *runtime.DebugScript) { rt.Call(parsed, goja.Undefined(), in.script(s)) },
			func(s runtime.Stop) {
				rt.Call(reached, goja.Undefined(), vm.ToValue(s.Script.ID), vm.ToValue(s.Place), vm.ToValue(kinds[s.Kind]), vm.ToValue(s.Breakpoint), vm.ToValue(s.Stepped))
			}, func() { rt.Call(looked, goja.Undefined()) })
	})
	in.do("go", func(call goja.FunctionCall) {
		switch call.Argument(0).String() {
		case "into":
			d.Go(runtime.StepInto)
		case "over":
			d.Go(runtime.StepOver)
		case "out":
			d.Go(runtime.StepOut)
		default:
			d.Go(runtime.Resume)
		}
	})
	in.set("scripts", func(goja.FunctionCall) goja.Value {
		list := []any{}
		for _, s := range d.Scripts() {
			list = append(list, in.script(s))
		}
		return vm.NewArray(list...)
	})
	in.set("script", func(call goja.FunctionCall) goja.Value {
		if s := script(call); s != nil {
			return in.script(s)
		}
		return goja.Undefined()
	})
	in.set("source", func(call goja.FunctionCall) goja.Value { return rt.TextValue(script(call).Unit.Text) })
	in.set("place", func(call goja.FunctionCall) goja.Value {
		p := script(call).Unit.Probes
		if p == nil {
			return goja.Undefined()
		}
		n := p.After(int(call.Argument(1).ToInteger()), int(call.Argument(2).ToInteger()))
		if n < 0 {
			return goja.Undefined()
		}
		return in.record("place", n, "line", p.Places[n].Line, "column", p.Places[n].Column)
	})
	in.set("possible", func(call goja.FunctionCall) goja.Value {
		list := []any{}
		if s := script(call); s.Unit.Probes != nil {
			at := func(i int) probes.Place {
				return probes.Place{Line: int(call.Argument(i).ToInteger()), Column: int(call.Argument(i + 1).ToInteger())}
			}
			from, to := at(1), at(3)
			for _, p := range slices.SortedFunc(slices.Values(s.Unit.Probes.Places), func(a, b probes.Place) int {
				if a.Line != b.Line {
					return a.Line - b.Line
				}
				return a.Column - b.Column
			}) {
				if p.Before(from) || to.Line >= 0 && !p.Before(to) {
					continue
				}
				l := in.record("scriptId", s.ID, "lineNumber", p.Line, "columnNumber", p.Column)
				switch p.Kind {
				case probes.Return:
					l.Set("type", "return")
				case probes.Debugger:
					l.Set("type", "debuggerStatement")
				}
				list = append(list, l)
			}
		}
		return vm.NewArray(list...)
	})
	in.do("stop", func(call goja.FunctionCall) {
		script(call).Unit.Probes.Stops[call.Argument(1).ToInteger()] = call.Argument(2).ToBoolean()
	})
	in.set("isMain", func(call goja.FunctionCall) goja.Value {
		s := script(call)
		return vm.ToValue(rt.MainScript == "" || s.Unit.Name == rt.MainScript || strings.TrimPrefix(s.URL, "file://") == rt.MainScript)
	})
	in.set("caught", func(goja.FunctionCall) goja.Value { return vm.ToValue(rt.WithinTry()) })
	in.set("frames", func(goja.FunctionCall) goja.Value { return in.stopped() })
	in.set("variables", func(call goja.FunctionCall) goja.Value {
		list := []any{}
		s := in.scope(call)
		if f := in.frames[call.Argument(0).ToInteger()]; s.Kind == moduleScope {
			if o := in.imported(f); o != nil {
				for _, name := range o.Keys() {
					list = append(list, vm.NewArray(name, o.Get(name)))
				}
			}
		}
		for _, name := range s.Names() {
			if name == source.MetaName || name == source.ImportName {
				continue
			}
			list = append(list, vm.NewArray(rt.TextValue(name), s.Get(name)))
		}
		return vm.NewArray(list...)
	})
	in.set("setVariable", func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(in.scope(call).Set(call.Argument(2).String(), call.Argument(3)))
	})
	in.set("evaluateIn", func(call goja.FunctionCall) goja.Value {
		f := in.frames[call.Argument(0).ToInteger()]
		v, err := f.Evaluate(engine.Text(call.Argument(1)), in.imported(f))
		if err != nil {
			rt.Rethrow(err)
		}
		return v
	})
}

func (in *inspector) scope(call goja.FunctionCall) engine.Scope {
	return in.scopes(in.frames[call.Argument(0).ToInteger()])[call.Argument(1).ToInteger()]
}

// moduleScope is that of an ES module, to V8's debugger.
const moduleScope engine.ScopeKind = "module"

func (in *inspector) scopes(f *engine.Halted) []engine.Scope {
	list := f.Scopes()
	for i := range list {
		if list[i].Get(source.MetaName) != nil {
			list[i].Kind = moduleScope
		}
	}
	return list
}

// imported are the names that a module imports, as far as a frame of it has none of its own by the same name; nil if it is no module's.
func (in *inspector) imported(f *engine.Halted) *goja.Object {
	s := in.rt.Debugger.ScriptOf(f.File)
	if s == nil || s.Unit.Module == nil || len(s.Unit.Module.Imports) == 0 {
		return nil
	}
	o := in.vm.CreateObject(nil)
	for _, i := range s.Unit.Module.Imports {
		if f.Variable(i.Local) != nil {
			continue
		}
		variable, property := i.Place()
		v := f.Variable(variable)
		if from, ok := v.(*goja.Object); ok && property != "" {
			in.vm.Try(func() { v = from.Get(property) })
		}
		if v == nil {
			v = goja.Undefined()
		}
		o.Set(i.Local, v)
	}
	return o
}

// script describes a script as Debugger.scriptParsed does.
func (in *inspector) script(s *runtime.DebugScript) goja.Value {
	text := s.Unit.Text
	hash := sha256.Sum256([]byte(text))
	lines := strings.Split(text, "\n")
	last := lines[len(lines)-1]
	mapURL := ""
	if i := strings.LastIndex(text, "//# sourceMappingURL="); i >= 0 {
		mapURL, _, _ = strings.Cut(text[i+len("//# sourceMappingURL="):], "\n")
		mapURL = strings.TrimSpace(mapURL)
	}
	return in.record("scriptId", s.ID, "url", s.URL, "endLine", len(lines)-1, "endColumn", len([]rune(last)), "hash", hex.EncodeToString(hash[:]),
		"isModule", s.Module, "length", len([]rune(text)), "sourceMapURL", mapURL)
}

// scriptAt is the id and URL of the script that stacks call by that name.
func (in *inspector) scriptAt(file string) (id, url string) {
	if s := in.rt.Debugger.ScriptOf(file); s != nil {
		return s.ID, s.URL
	}
	if strings.HasPrefix(file, "/") {
		return "0", "file://" + file
	}
	return "0", file
}

// stopped describes the frames of what stands still.
func (in *inspector) stopped() goja.Value {
	list := []any{}
	in.frames = in.rt.Debugger.Frames()
	for _, f := range in.frames {
		id, url := in.scriptAt(f.File)
		location := in.record("scriptId", id, "lineNumber", f.Line-1, "columnNumber", f.Col-1)
		if len(list) == 0 {
			if s, p := in.rt.Debugger.At(); s != nil {
				url = s.URL
				location = in.record("scriptId", s.ID, "lineNumber", p.Line, "columnNumber", p.Column)
			}
		}
		start := in.rt.Start(&f.Frame)
		scopes := []any{}
		for _, s := range in.scopes(f) {
			scope := in.record("kind", string(s.Kind))
			if s.Object != nil {
				scope.Set("object", s.Object)
			}
			if s.Kind == engine.LocalScope && f.Function != "" {
				scope.Set("name", f.Function)
			}
			scopes = append(scopes, scope)
		}
		var this goja.Value
		in.vm.Try(func() { this, _ = f.Evaluate("this", nil) })
		if this == nil {
			this = goja.Undefined()
		}
		function := f.Function
		if function == "Object.<anonymous>" {
			function = "" // the body of a module
		}
		list = append(list, in.record("functionName", function, "functionLocation", in.record("scriptId", id, "lineNumber", max(0, start.Line-1), "columnNumber", max(0, start.Col-1)),
			"location", location, "url", url, "scopes", in.vm.NewArray(scopes...), "this", this))
	}
	return in.vm.NewArray(list...)
}
