package runtime

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
)

// Node is written in JavaScript, and so the stack of an error shows functions of its own below a script's: those that
// loaded the module, or run timers and ticks. Here that is Go; the frames are added where Node has them, in the form of
// the Node version that is followed.

const (
	fromElsewhere engine.Origin = iota
	fromMain                    // the main module is loaded
	fromEval                    // -e or -p
	fromModule                  // the main module, an ES module, is evaluated
	fromImport                  // a module is evaluated for import()
	fromJob
	// FromTimer and FromImmediate are for module timers, see EnterFrom.
	FromTimer
	FromImmediate
	// FromNowhere is for errors that Node makes outside of JavaScript: they have no frames.
	FromNowhere
	fromTick // and above it, by the number of arguments
)

// mostTickArgs is how many arguments of a tick Node passes on one by one.
const mostTickArgs = 5

func isTick(o engine.Origin) bool { return o >= fromTick }

// EnterFrom is Enter for a task that stacks show as run by Node's timers, and whose function is called on this.
func (rt *Runtime) EnterFrom(o engine.Origin, this *goja.Object, f func()) {
	rt.Enter(func() {
		before, receiver := rt.Origin, rt.Receiver
		rt.Origin, rt.Receiver = o, this
		f()
		rt.Origin, rt.Receiver = before, receiver
	})
}

const (
	cjsLoader  = "node:internal/modules/cjs/loader"
	esmLoader  = "node:internal/modules/esm/loader"
	moduleJob  = "node:internal/modules/esm/module_job"
	runMain    = "node:internal/modules/run_main"
	execution  = "node:internal/process/execution"
	timers     = "node:internal/timers"
	queues     = "node:internal/process/task_queues"
	typeScript = "node:internal/modules/typescript"
	evalMain   = "node:internal/main/eval_string"
)

func own(call, file string, line, col int) engine.Site {
	return engine.Site{Function: call, Toplevel: true, File: file, Line: line, Col: col}
}

// below gives the frames under the outermost of a script.
func below(o engine.Origin) []engine.Site {
	if isTick(o) {
		line, col := 88+int(o-fromTick), 21
		switch int(o - fromTick) {
		case 0:
			line, col = 85, 11
		case mostTickArgs:
			col = 22
		}
		return []engine.Site{own("process.processTicksAndRejections", queues, line, col)}
	}
	switch o {
	case fromMain:
		return []engine.Site{own("Module.executeUserEntryPoint [as runMain]", runMain, 154, 5), own("", "node:internal/main/run_main_module", 33, 47)}
	case fromEval:
		return append([]engine.Site{own("runScriptInThisContext", "node:internal/vm", 219, 10), own("", execution, 451, 12),
			own("", "[eval]-wrapper", 6, 24), own("runScriptInContext", execution, 449, 60), own("evalFunction", execution, 283, 30)},
			own("evalTypeScript", execution, 295, 3), own("", evalMain, 71, 3))
	case fromModule:
		return append(below(fromImport), own("async asyncRunEntryPointWithESMLoader", runMain, 101, 5))
	case fromImport:
		return []engine.Site{own("ModuleJob.run", moduleJob, 561, 25), own("", "async "+esmLoader, 647, 26)}
	case fromJob:
		return []engine.Site{own("process.processTicksAndRejections", queues, 104, 5)}
	case FromTimer:
		return []engine.Site{own("listOnTimeout", timers, 685, 17), own("process.processTimers", timers, 618, 7)}
	case FromImmediate:
		return []engine.Site{own("process.processImmediate", timers, 574, 21)}
	}
	return nil
}

// calledAt is where Node's emit, or its wrapper of a listener for one event, calls a listener.
func calledAt(em *engine.Emission) (file string, line, col int) {
	switch {
	case em.Once:
		return "node:events", 639, 12
	case em.Alone:
		return "node:events", 514, 28
	}
	return "node:events", 526, 24
}

// emitting are the frames in which Node emits what Go emits here, down to the last; nil if only those below are known.
func emitting(class, event string, from engine.Origin) []engine.Site {
	const readable, writable = "node:internal/streams/readable", "node:internal/streams/writable"
	tick := func(line int) engine.Site { return own("process.processTicksAndRejections", queues, line, 21) }
	switch {
	case event == "request" && class == "Server":
		return []engine.Site{own("parserOnIncoming", "node:_http_server", 1293, 12), own("HTTPParser.parserOnHeadersComplete", "node:_http_common", 125, 17)}
	case event == "data" && class == "IncomingMessage" && isTick(from):
		return []engine.Site{own("Readable.read", readable, 793, 10), own("flow", readable, 1299, 53), own("resume_", readable, 1278, 3), tick(90)}
	case event == "data" && class == "Socket" && from == fromElsewhere:
		return []engine.Site{own("addChunk", readable, 568, 12), own("readableAddChunkPushByteMode", readable, 519, 3), own("Readable.push", readable, 399, 5),
			own("TCP.onStreamRead", "node:internal/stream_base_commons", 189, 23)}
	case event == "end" && isTick(from):
		return []engine.Site{own("endReadableNT", readable, 1764, 12), tick(90)}
	case event == "finish" && class == "ServerResponse" && isTick(from):
		return []engine.Site{own("onFinish", "node:_http_outgoing", 1140, 10), own("afterWrite", writable, 712, 5), own("afterWriteTick", writable, 698, 10), tick(89)}
	case event == "close" && class == "ServerResponse" && isTick(from):
		return []engine.Site{own("emitCloseNT", "node:_http_server", 1156, 10), tick(89)}
	case event == "close" && isTick(from):
		return []engine.Site{own("emitCloseNT", "node:internal/streams/destroy", 148, 10), tick(89)}
	}
	return nil
}

// loading are the frames of a module's loading, below its own code.
func loading(main bool) []engine.Site {
	list := []engine.Site{own("Module._compile", cjsLoader, 1929, 14), own("Object..js", cjsLoader, 2060, 10),
		own("Module.load", cjsLoader, 1651, 32), own("Module._load", cjsLoader, 1443, 12), own("wrapModuleLoad", cjsLoader, 261, 19)}
	if main {
		return list
	}
	return append(list, requiring()...)
}

func requiring() []engine.Site {
	return []engine.Site{own("Module.require", cjsLoader, 1674, 12), own("require", "node:internal/modules/helpers", 157, 16)}
}

// resolving are the frames in which a module is not found.
func resolving(required bool) []engine.Site {
	list := []engine.Site{own("Module._resolveFilename", cjsLoader, 1564, 15), own("wrapResolveFilename", cjsLoader, 1118, 27),
		own("defaultResolveImplForCJSLoading", cjsLoader, 1142, 10), own("resolveForCJSWithHooks", cjsLoader, 1169, 12),
		own("Module._load", cjsLoader, 1341, 5), own("wrapModuleLoad", cjsLoader, 261, 19)}
	if required {
		list = append(list, requiring()...)
	}
	return list
}

// notFoundAt is where Node throws the error of a module that is not found.
const notFoundAt = cjsLoader + ":1568\n  throw err;\n  ^\n"

// compiling are the frames in which a module's syntax error is found.
func compiling(main bool) []engine.Site {
	return append([]engine.Site{own("wrapSafe", cjsLoader, 1861, 18), own("Module._compile", cjsLoader, 1903, 20)}, loading(main)[1:]...)
}

// linkingModule are the frames in which an import that leads nowhere is found, translating those of an ES module's syntax error.
func linkingModule(o engine.Origin) []engine.Site {
	list := []engine.Site{own("#asyncInstantiate", moduleJob, 455, 21), own("async ModuleJob.run", moduleJob, 553, 5)}
	if o != fromModule {
		o = fromImport
	}
	return append(list, below(o)[1:]...)
}

// requiringAsync are the frames in which require() finds a graph that awaits.
func requiringAsync(main bool) []engine.Site {
	return append([]engine.Site{own("ModuleJobSync.throwIfAsyncGraph", moduleJob, 313, 11), own("ModuleJobSync.runSync", moduleJob, 662, 10),
		own("ModuleLoader.importSyncForRequire", "node:internal/modules/esm/loader", 347, 47), own("loadESMFromCJS", cjsLoader, 1747, 24),
		own("Module._compile", cjsLoader, 1911, 5)}, loading(main)[1:]...)
}

// asyncFoundAt is where Node throws that.
const asyncFoundAt = moduleJob + ":313\n    throw new ERR_REQUIRE_ASYNC_MODULE(filename, parent, locations);\n    ^\n"

func translating() []engine.Site {
	return []engine.Site{own("compileSourceTextModule", "node:internal/modules/esm/utils", 319, 16),
		own("ModuleLoader.moduleStrategy", "node:internal/modules/esm/translators", 89, 18), own("#translate", esmLoader, 438, 20),
		own("afterLoad", esmLoader, 506, 29), own("ModuleLoader.loadAndTranslate", esmLoader, 511, 12),
		own("#getOrCreateModuleJobAfterResolve", esmLoader, 564, 36), own("afterResolve", esmLoader, 611, 52),
		own("ModuleLoader.getOrCreateModuleJob", esmLoader, 617, 12), own("", esmLoader, 636, 32),
		own("TracingChannel.tracePromise", "node:diagnostics_channel", 362, 14)}
}

// strippingTypes are the frames in which wrong TypeScript is found.
func strippingTypes(code string) []engine.Site {
	line, col := 72, 36
	if code == "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX" {
		line, col = 68, 40
	}
	return []engine.Site{own("parseTypeScript", typeScript, line, col), own("processTypeScriptCode", typeScript, 146, 42),
		own("stripTypeScriptModuleTypes", typeScript, 215, 22)}
}

// evaluating are the frames in which a syntax error of -e is found.
func evaluating() []engine.Site {
	return []engine.Site{own("makeContextifyScript", "node:internal/vm", 194, 14), own("compileScript", execution, 388, 10),
		own("evalTypeScript", execution, 260, 22), own("", evalMain, 71, 3)}
}

// frames puts Node's own frames among a script's. Where nothing but the runtime itself is running, there are no others.
func (rt *Runtime) frames(t *engine.Trace, list []engine.Site) []engine.Site {
	list = withoutModules(list)
	all := make([]engine.Site, 0, len(list)+8)
	all = append(all, t.Above...)
	emit := rt.EmitFunction()
	based := false             // the frames below the script's are there
	var event *engine.Emission // of the frame of emit that comes next
	for i := range list {
		s := &list[i]
		last := i == len(list)-1
		if last && s.Fn != nil && !s.Construct {
			switch t.Origin {
			case FromTimer:
				calledOn(s, t.Receiver, "Timeout", "_onTimeout")
			case FromImmediate:
				calledOn(s, t.Receiver, "Immediate", "_onImmediate")
			}
		}
		switch {
		case !s.Native:
		case strings.HasPrefix(s.Function, "runIn") && (s.TypeName == "Script" || s.TypeName == "Object"):
			all = append(all, contextified(s.TypeName, s.Function)...)
			continue
		case s.Fn == emit:
			if event == nil { // what it called has no frame
				event = &engine.Emission{Alone: true}
			}
			s.Native = false
			s.File, s.Line, s.Col = calledAt(event)
			event = nil
		case s.Function == "runInAsyncScope":
			s.Native, s.File, s.Line, s.Col = false, "node:async_hooks", 227, 14
		case s.TypeName == "AsyncLocalStorage" && s.Function == "run":
			s.Native, s.File, s.Line, s.Col = false, asyncStorage, 65, 14
		case s.TypeName == "AsyncLocalStorage" && s.Function == "exit":
			all = append(all, own("AsyncLocalStorage.run", asyncStorage, 61, 14))
			s.Native, s.File, s.Line, s.Col = false, asyncStorage, 72, 17
		case s.Function == "require":
			continue // is among the frames of what it loads
		case !last && strings.HasPrefix(list[i+1].File, "node:"):
			continue // a helper of ours
		}
		if em := s.Emitted; em != nil && s.Toplevel && s.This == nil && s.Fn != nil && !s.Construct {
			s.TypeName, s.Toplevel = rt.TypeName(em.This), false // an arrow function
		}
		all = append(all, *s)
		for em := s.Emitted; em != nil; em = em.Outer {
			if !em.Once && !last && list[i+1].Fn == emit {
				event = em // a script has called emit, whose frame comes next
				continue
			}
			site := engine.Site{Function: "emit", Frame: engine.Frame{This: em.This}, TypeName: rt.TypeName(em.This)}
			if em.Once {
				site.Function = "wrapper"
			}
			site.File, site.Line, site.Col = calledAt(em)
			all = append(all, site)
			if last && em.Outer == nil && !em.Once {
				emitters := emitting(site.TypeName, em.Event, t.Origin)
				all, based = append(all, emitters...), emitters != nil
			}
		}
		if s.Function == moduleFrame {
			all = append(all, loading(rt.isMain(s.File))...)
		}
	}
	if len(all) > 0 && !based {
		all = append(all, below(t.Origin)...)
	}
	if t.Limit > 0 && len(all) > t.Limit {
		all = all[:t.Limit]
	}
	if len(all) == 0 && !t.Empty && t.Origin != FromNowhere {
		return below(fromJob)
	}
	return all
}

const asyncStorage = "node:internal/async_local_storage/async_context_frame"

// calledOn shows a function as called on what a timer of Node's calls it on, by the property in which that has it, if it still has: V8 looks
// when the stack is written, and Node has emptied it when an error was not caught.
func calledOn(s *engine.Site, receiver *goja.Object, class, property string) {
	if receiver == nil || s.This != nil && s.This != goja.Value(receiver) {
		return
	}
	s.TypeName, s.Toplevel, s.Method = class, false, ""
	if v := receiver.Get(property); v == goja.Value(s.Fn) {
		s.Method = property
	}
}

// contextified are the frames of a function of vm, and of the method of Script that does its work.
func contextified(class, function string) []engine.Site {
	const vm = "node:vm"
	list := []engine.Site{own("Script.runInContext", vm, 149, 12)}
	switch function {
	case "runInThisContext":
		list[0] = own("Script.runInThisContext", vm, 137, 12)
	case "runInNewContext":
		list = append(list, own("Script.runInNewContext", vm, 154, 17))
	}
	if class == "Object" {
		line, col := 301, 6
		switch function {
		case "runInThisContext":
			line, col = 317, 38
		case "runInNewContext":
			line, col = 310, 38
		}
		list = append(list, own("Object."+function, vm, line, col))
	}
	return list
}

// withoutModules leaves out the generators that modules run as.
func withoutModules(list []engine.Site) []engine.Site {
	kept := list[:0]
	for _, s := range list {
		if s.File != awaitName {
			kept = append(kept, s)
		} else if n := len(kept) - 1; n >= 0 && kept[n].Native {
			kept = kept[:n]
		}
	}
	return kept
}

// mainFile is the file name of the main module, "" if there is none.
func (rt *Runtime) mainFile() string {
	if rt.main == nil {
		return ""
	}
	return engine.Text(rt.main.Get("filename"))
}

// isMain tells whether a file, as stacks call it, is that of the main module.
func (rt *Runtime) isMain(name string) bool {
	main := rt.mainFile()
	return name == main || strings.HasPrefix(name, "file:") && main != "" && name == loader.FileURL(main)
}

// SourceLine is the line of a script that a call site is in, as it was written.
func (rt *Runtime) SourceLine(s *engine.Site) string {
	if unit := rt.Scripts.units[s.File]; unit != nil {
		return unit.Line(s.Line)
	}
	return s.Frame.SourceLine(s.Line)
}

// InsideNodeModules tells whether the innermost script that runs is a package's, which cannot help it that what it uses is deprecated.
func (rt *Runtime) InsideNodeModules() bool {
	for _, frame := range rt.vm.CaptureCallStack(100, nil) {
		name := frame.SrcName()
		if name == "" || name == "<native>" || strings.HasPrefix(name, "node:") {
			continue
		}
		return strings.Contains(strings.ReplaceAll(name, `\`, "/"), "/node_modules/")
	}
	return false
}

// Deprecated emits a DeprecationWarning, unless no script runs but those of packages; it tells whether it did.
func (rt *Runtime) Deprecated(code, message string) bool {
	if rt.InsideNodeModules() || rt.Builtin("process") == nil {
		return false
	}
	rt.CallMethod(rt.Require("process"), "emitWarning", rt.vm.ToValue(message), rt.vm.ToValue("DeprecationWarning"), rt.vm.ToValue(code))
	return true
}
