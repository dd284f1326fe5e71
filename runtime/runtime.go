// Package runtime is the scripting host: it owns one JavaScript engine, its event loop, the built-in modules and the
// only ways into JavaScript. A Runtime belongs to the goroutine that Run gives it; the methods that any goroutine may
// call say so. Several runtimes can live in one process and share nothing but compiled code.
package runtime

import (
	"context"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/emitter"
	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/internal/errs"
	"gonode/internal/loop"
	"gonode/internal/source"
)

// Runtime is one JavaScript world with Node's API: an engine, with what a host of scripts gives it.
type Runtime struct {
	*engine.Engine
	*emitter.Emitters

	// Access is asked before a script touches anything outside, Memory before it allocates what it says how much of; Async carries the
	// current asynchronous context along.
	Access AccessPolicy
	Memory Memory
	Async  Async
	// Scripts compiles and runs texts, SourceMaps knows what they were made from.
	Scripts    Scripts
	SourceMaps SourceMaps
	// Coverage counts what scripts run, Debugger stops them, Diagnosis looks at them from outside.
	Coverage Coverage
	Debugger Debugger
	// Tracing has OpenTelemetry follow requests; nil if nobody asked for it.
	Tracing   *Tracing
	Diagnosis Diagnosis
	// Files are closed with a worker thread.
	Files Files

	// Milestones are when, after Started, the engine began to be made, all was made, and the first script began to run.
	Milestones struct{ Engine, Environment, Bootstrap time.Duration }

	// MainScript is the main script's absolute path as it was asked for, process.argv[1]; empty where there is none, and what was said where no
	// file is run, as "-" for standard input.
	MainScript string
	// ListenHook is nil where nobody but the system is asked.
	ListenHook ListenHook

	cfg  Config
	vm   *goja.Runtime
	loop *loop.Loop
	env  *Env

	builtins    map[string]*builtin
	requireFunc *goja.Object
	scriptBytes int

	entry   entry
	report  reporter
	process ProcessHooks
	exit    *ExitError
	main    *goja.Object
	cjs     CommonJS
	esm     ESModules
	hooks   hooks
	host    map[any]any

	ctx    context.Context // Run's
	fatal  func(err goja.Value, place string)
	last   func()
	atEnd  []func()
	atExit []func()
	active []func() []string

	limits    limits
	leaving   leaving
	ended     chan struct{} // closed when Run returns
	tracePath string
	started   time.Time
}

// ProcessHooks is how module process takes part in the life of the runtime. Each is called on the loop goroutine;
// each may be nil.
type ProcessHooks struct {
	// Uncaught offers an error that nothing caught: origin is "uncaughtException" or "unhandledRejection". It
	// returns whether a listener took it.
	Uncaught func(err goja.Value, origin string) bool
	// UnhandledRejection offers a rejected promise without handler to 'unhandledRejection' listeners.
	UnhandledRejection func(reason, promise goja.Value) bool
	// RejectionHandled tells 'rejectionHandled' listeners that a promise reported before has got a handler.
	RejectionHandled func(promise goja.Value) bool
	// BeforeExit emits 'beforeExit' when nothing holds the loop open any more.
	BeforeExit func()
	// Exit emits 'exit' and returns the exit status to use.
	Exit func(code int) int
	// Warn is process.emitWarning.
	Warn func(message, kind, code string)
}

// ExitError is how a script's exit leaves Run: by process.exit, process.exitCode or an uncaught error.
type ExitError struct {
	// Code is the exit status, 1 to 255; 0 only where a method says so. That of a worker thread can be any number.
	Code int
	// OutOfMemory says that the script was ended because it went beyond its limit of memory.
	OutOfMemory bool
}

func (e *ExitError) Error() string { return "exit status " + strconv.Itoa(e.Code) }

// New makes a runtime. Nothing but a few hundred bytes of JavaScript runs before the first script does.
func New(cfg Config) (*Runtime, error) {
	cfg.Embedded = cfg.Embedded || !cfg.OwnsProcess && cfg.Thread == 0
	cfg.Hosted = cfg.Hosted || cfg.Embedded
	newLoop := loop.New
	if cfg.Embedded {
		newLoop = loop.NewShared
	}
	l, err := newLoop()
	if err != nil {
		return nil, err
	}
	env := cfg.SharedEnv
	if cfg.Policy != nil && cfg.Env == nil && !cfg.OwnsProcess {
		cfg.Env = []string{}
	}
	if env == nil {
		env = newEnv(cfg.Env)
	}
	if cfg.MaxCallDepth == 0 {
		cfg.MaxCallDepth = 10000
	}
	rt := &Runtime{
		cfg:      cfg,
		loop:     l,
		env:      env,
		builtins: make(map[string]*builtin, len(cfg.Modules)),

		host:    map[any]any{},
		started: time.Now(),
		ctx:     context.Background(),
		ended:   make(chan struct{}),
	}
	if cfg.Options.TraceHandles {
		l.OnHandle(func() (stack []string) {
			sites := rt.Stack(16)
			for i := range sites {
				stack = append(stack, sites[i].String())
			}
			return stack
		})
	}
	if cfg.Options.SourceMaps {
		rt.SourceMaps.support = SourceMapsSupport{Enabled: true, NodeModules: true, GeneratedCode: true}
	}
	rt.SourceMaps.fetch = rt.readScript
	rt.Scripts = Scripts{rt: rt, units: map[string]*source.Unit{}}
	rt.cjs.rt, rt.esm.rt, rt.hooks.rt, rt.entry.rt, rt.entry.rejections.rt, rt.report.rt = rt, rt, rt, rt, rt, rt
	rt.Access.rt, rt.Memory.rt, rt.Async.rt, rt.Coverage.rt, rt.Debugger.rt, rt.Diagnosis.rt = rt, rt, rt, rt, rt, rt
	rt.Files.kept, rt.Files.rt = cfg.Thread != 0 || cfg.Embedded || cfg.Policy != nil || cfg.Access != nil, rt
	rt.Coverage.begin()
	states := make([]builtin, len(cfg.Modules))
	for i, m := range cfg.Modules {
		if m.Enabled == nil || m.Enabled(&cfg.Options) {
			states[i].def = m
			rt.builtins[m.Name] = &states[i]
		}
	}
	if err := rt.initPolicy(); err != nil {
		l.Release()
		return nil, err
	}
	rt.Access.init()
	rt.Milestones.Engine = time.Since(rt.started)
	if err := rt.initEngine(); err != nil {
		l.Release()
		return nil, err
	}
	rt.Emitters = emitter.New(rt.Engine, rt)
	rt.entry.init()
	rt.Milestones.Environment = time.Since(rt.started)
	return rt, nil
}

// initEngine makes the engine, which asks the runtime for what it does not know.
func (rt *Runtime) initEngine() (err error) {
	cfg := engine.Config{MaxCallDepth: rt.cfg.MaxCallDepth, StackTraceLimit: 10, Globals: globalsOf(rt.cfg.Modules), Jitless: rt.cfg.Options.Jitless, Hooks: engine.Hooks{
		Post:      rt.Post,
		Complete:  func(f func()) { rt.loop.Complete(func() { rt.Enter(f) }) },
		Require:   rt.Require,
		Context:   func() context.Context { return rt.ctx },
		TimeZone:  func() string { zone, _ := rt.env.Get("TZ"); return zone },
		Locate:    rt.Scripts.locate,
		Original:  rt.SourceMaps.original,
		Frames:    rt.frames,
		Module:    source.ModuleProgram,
		Namespace: rt.isNamespace,
		Awaiter:   func(promise *goja.Object) *goja.Object { return rt.esm.awaited[promise] },
		Parse:     rt.Scripts.parseEval,
	}}
	if limit := rt.cfg.Options.StackTraceLimit; limit != nil {
		cfg.StackTraceLimit = *limit
	}
	if rt.Engine, err = engine.New(cfg); err == nil {
		rt.vm = rt.VM()
	}
	return err
}

// Context is done when the runtime ends. Loop goroutine only.
func (rt *Runtime) Context() context.Context { return rt.ctx }

// Loop is the event loop. Its Post may be called from any goroutine.
func (rt *Runtime) Loop() *loop.Loop { return rt.loop }

// Config is what the runtime was made from.
func (rt *Runtime) Config() *Config { return &rt.cfg }

// Env is the runtime's environment, process.env.
func (rt *Runtime) Env() *Env { return rt.env }

// SetProcessHooks is called by module process when it loads.
func (rt *Runtime) SetProcessHooks(h ProcessHooks) { rt.process = h }

// Uptime is how long ago the runtime was made: the time base of performance.now. Any goroutine.
func (rt *Runtime) Uptime() time.Duration { return time.Since(rt.started) }

// Started is when the runtime was made. Any goroutine.
func (rt *Runtime) Started() time.Time { return rt.started }

// Value is per-runtime state of a module under a key of the module's own type, as with context.Context.
func (rt *Runtime) Value(key any) any { return rt.host[key] }

// SetValue stores per-runtime state for Value.
func (rt *Runtime) SetValue(key, value any) { rt.host[key] = value }

// Cwd is the working directory: the process's own, or Config.Dir in an embedded runtime.
func (rt *Runtime) Cwd() (string, error) {
	if rt.cfg.Dir != "" {
		return rt.cfg.Dir, nil
	}
	return unix.Getwd() // not os.Getwd, which believes $PWD about symbolic links
}

// Abs makes a path absolute for the operating system, seen from Cwd. A runtime that shares the process's working
// directory leaves relative paths as they are.
func (rt *Runtime) Abs(path string) string {
	if rt.cfg.Dir == "" || filepath.IsAbs(path) || path == "" {
		return path
	}
	return strings.TrimSuffix(rt.cfg.Dir, "/") + "/" + path
}

// RunMain runs a script file as the main module, then the event loop until nothing holds it open. The error is nil
// for exit status 0, an *ExitError for any other, or ctx's error after a cancellation, which also interrupts running
// JavaScript. An uncaught error has been reported on Stderr before.
func (rt *Runtime) RunMain(ctx context.Context, file string) error {
	rt.setMain(file)
	return rt.Run(ctx, func() { rt.CommonJS().runMainModule(file) })
}

// LoadMain loads a script file as the main module, as part of the function that Run starts with.
func (rt *Runtime) LoadMain(file string) {
	rt.setMain(file)
	rt.CommonJS().runMainModule(file)
}

func (rt *Runtime) setMain(file string) {
	rt.MainScript = file
	if rt.cfg.Options.EntryURL && rt.cfg.Thread == 0 {
		return
	}
	if abs := rt.Abs(file); !filepath.IsAbs(abs) {
		if dir, err := rt.Cwd(); err == nil {
			abs = filepath.Join(dir, abs)
		}
		rt.MainScript = abs
	}
	rt.MainScript = filepath.Clean(rt.MainScript)
}

// Run runs start and then the event loop until nothing holds it open; its error is that of RunMain. start runs on the
// loop goroutine and may call JavaScript with Call. A Runtime runs once.
//
// When ctx ends and Go code that the script has called does not come back soon, Run returns all the same. That code then runs to its end, and
// nothing after it.
func (rt *Runtime) Run(ctx context.Context, start func()) error {
	rt.ctx = ctx
	if ctx.Done() == nil {
		return rt.run(ctx, start)
	}
	stop := context.AfterFunc(ctx, func() {
		rt.loop.Post(rt.loop.Stop)
		rt.Interrupt()
	})
	defer stop()
	return rt.runOrLeave(ctx, start)
}

// run is Run on the goroutine that the runtime belongs to.
func (rt *Runtime) run(ctx context.Context, start func()) error {
	defer func() {
		for _, f := range rt.atExit {
			f()
		}
		close(rt.ended)
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	defer rt.Memory.watch()()
	defer rt.watchLimits()()
	rt.Memory.account.Do(func() { rt.live(ctx, start) })
	if rt.Memory.full.Load() && rt.exit == nil {
		rt.Memory.exceeded()
	}
	if beyond := rt.limits.beyond.Load(); beyond != nil {
		return beyond
	}
	if rt.exit == nil {
		return ctx.Err()
	}
	if rt.exit.Code == 0 {
		return nil
	}
	return rt.exit
}

// live is the script's life: its start, then the event loop.
func (rt *Runtime) live(ctx context.Context, start func()) {
	rt.OnBase(func() {
		rt.Enter(func() {
			rt.prepare()
			rt.Milestones.Bootstrap = time.Since(rt.started)
			start()
		})
		rt.runLoop(ctx)
	})
}

// prepare does what options ask for before the first script runs.
func (rt *Runtime) prepare() {
	o := &rt.cfg.Options
	if o.Inspect.On && rt.cfg.Thread == 0 {
		rt.CallMethod(rt.Require("internal/inspector/sessions"), "start")
	}
	experimental := func(what string) {
		if rt.cfg.Thread == 0 {
			rt.WarnExperimental(what)
		}
	}
	if o.MissingOption != "" {
		rt.Throw(rt.NewError("ERR_MISSING_OPTION", o.MissingOption))
	}
	if rt.Access.model != nil {
		rt.Access.warn()
	}
	switch proto := rt.ObjectPrototype(); o.ObjectProto {
	case "delete":
		proto.Delete("__proto__")
	case "throw":
		refuse := rt.Func("", 0, func(goja.FunctionCall) goja.Value {
			rt.Throw(rt.NewError("ERR_PROTO_ACCESS"))
			return nil
		})
		proto.DefineAccessorProperty("__proto__", refuse, refuse, flagTrue, flagFalse)
	}
	if o.NoNavigator {
		rt.vm.GlobalObject().Delete("navigator")
		rt.vm.GlobalObject().Delete("Navigator")
	}
	if o.NoWebSocket {
		for _, name := range []string{"WebSocket", "CloseEvent"} {
			rt.vm.GlobalObject().Delete(name)
		}
	}
	if o.EventSource {
		rt.DefineData(rt.vm.GlobalObject(), "EventSource", false, func() goja.Value {
			return rt.Require("internal/fetch/eventsource").Get("EventSource")
		})
	}
	if o.WebStorage {
		for _, name := range []string{"Storage", "localStorage", "sessionStorage"} {
			storage := func() goja.Value { return rt.Require("internal/webstorage").Get(name) }
			if name == "Storage" {
				rt.DefineData(rt.vm.GlobalObject(), name, false, storage)
			} else {
				rt.DefineLazy(rt.vm.GlobalObject(), name, true, storage)
			}
		}
	}
	if o.NoCodeFromStrings {
		rt.CodeFromStrings = func(iter.Seq[*goja.Object]) bool { return false }
	}
	if o.FrozenIntrinsics {
		experimental("Frozen intristics") // Node's spelling
		rt.FreezeIntrinsics()
	}
}

// runLoop runs the event loop until the script ends or ctx is done.
func (rt *Runtime) runLoop(ctx context.Context) {
	for rt.exit == nil && ctx.Err() == nil && !rt.cut() {
		if err := rt.turn(ctx); err != nil || rt.exit != nil || ctx.Err() != nil {
			return
		}
		rt.BeforeExit()
		if rt.exit == nil && !rt.loop.Alive() && !rt.cut() && ctx.Err() == nil {
			rt.finish(0)
		}
	}
}

// turn runs the loop until it stops. A panic of Go code outside of a macrotask is an error of this runtime.
func (rt *Runtime) turn(ctx context.Context) (err error) {
	defer func() {
		if x := recover(); x != nil {
			f := errs.NewFault(x)
			rt.Enter(func() { rt.entry.fault(f) })
		}
	}()
	return rt.loop.Run(ctx)
}

// finish emits 'exit' and settles the exit status.
func (rt *Runtime) finish(code int) {
	if rt.process.Exit != nil {
		rt.Enter(func() { code = rt.process.Exit(code) })
	} else if rt.esm.main != nil {
		rt.ESModules().WarnUnsettled()
		code = StatusUnsettled
	}
	rt.runLast()
	if rt.exit == nil {
		rt.exit = &ExitError{Code: code}
	}
}

// AtEnd has f called when the script ends, however it does; f must not run scripts. Loop goroutine only.
func (rt *Runtime) AtEnd(f func()) { rt.atEnd = append(rt.atEnd, f) }

// OnLast has f called just before the script ends by itself, by process.exit or by an error: what was written must leave
// the thread. Loop goroutine only.
func (rt *Runtime) OnLast(f func()) { rt.last = f }

func (rt *Runtime) runLast() {
	rt.Coverage.Write()
	for _, f := range rt.atEnd {
		f()
	}
	rt.atEnd = nil
	if f := rt.last; f != nil {
		rt.last = nil
		rt.Enter(func() { rt.vm.Try(f) })
	}
}

// StatusUnsettled is the exit status of a program whose entry point awaits something when nothing can happen any more.
const StatusUnsettled = 13

// Unsettled tells whether the entry point still awaits something. Loop goroutine only.
func (l *ESModules) Unsettled() bool { return l.rt.esm.main != nil }

// Exit ends the script at once, without 'exit' listeners: running JavaScript is interrupted, Run returns an ExitError
// with this status. It is process.reallyExit. Loop goroutine only.
func (rt *Runtime) Exit(code int) {
	rt.runLast()
	if rt.exit == nil {
		if rt.cfg.Thread == 0 {
			code &= 0xff
		}
		rt.exit = &ExitError{Code: code}
	}
	rt.loop.Stop()
	guard.End(rt.vm, rt.exit)
}

// Exiting tells whether Exit has been called or the script has ended.
func (rt *Runtime) Exiting() bool { return rt.exit != nil }

// OnFatal has f told of an error that nothing caught, and of the source line that threw it, in place of the report on Stderr: a worker thread's goes to its
// parent. Loop goroutine only.
func (rt *Runtime) OnFatal(f func(err goja.Value, place string)) { rt.fatal = f }

// Close releases what the runtime holds. Run must have returned.
func (rt *Runtime) Close() { rt.leaving.whenEnded(rt.loop.Release) }

// CloseAll is Close for a runtime that ends before its process does: it also closes the descriptors that scripts left open.
func (rt *Runtime) CloseAll() {
	rt.leaving.whenEnded(func() {
		rt.Files.closeAll()
		if rt.Access.root != nil {
			rt.Access.root.close()
		}
		rt.loop.Abandon()
		rt.loop.Release()
	})
}

// Cancelled tells whether Run's context is done: work for the script need not go on. Any goroutine, during Run.
func (rt *Runtime) Cancelled() bool { return rt.ctx.Err() != nil }

// Done is closed when Run's context is done. Any goroutine, during Run.
func (rt *Runtime) Done() <-chan struct{} { return rt.ctx.Done() }

// Ended is closed when Run has returned. Any goroutine.
func (rt *Runtime) Ended() <-chan struct{} { return rt.ended }

// Post runs f on the loop goroutine as one macrotask; f may call JavaScript with Call. It does not hold the loop open.
// Any goroutine.
func (rt *Runtime) Post(f func()) { rt.loop.Post(func() { rt.Enter(f) }) }

// AddActiveResources registers a function that names what of a module's holds the loop open and is no handle, for
// process.getActiveResourcesInfo.
func (rt *Runtime) AddActiveResources(list func() []string) { rt.active = append(rt.active, list) }

// AtExit registers a function that is called when Run is about to return, for what must not outlive the script: a
// terminal's raw mode. It must not call JavaScript. Loop goroutine only.
func (rt *Runtime) AtExit(f func()) { rt.atExit = append(rt.atExit, f) }

// ActiveResources names what holds the loop open.
func (rt *Runtime) ActiveResources() []string {
	all := append(slices.Repeat([]string{"FSReqCallback"}, rt.loop.Working()), rt.loop.Holding()...)
	for _, list := range rt.active {
		all = append(all, list()...)
	}
	return all
}
