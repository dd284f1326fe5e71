// Package supervisor is module gonode:supervisor: internal/supervise with a cluster's workers as its processes. The supervisor belongs
// to the loop goroutine; its logs and its control socket have goroutines of their own.
package supervisor

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loop"
	"gonode/internal/memory"
	"gonode/internal/otlp"
	"gonode/internal/supervise"
	"gonode/internal/sys"
	"gonode/runtime"
)

//go:embed supervisor.js
var source string

// Modules are "gonode:supervisor" and what its workers load.
var Modules = []*runtime.Module{
	{Name: "gonode:supervisor", Script: engine.NewScript("gonode:supervisor", &source), Binding: binding},
	{Name: "internal/supervised", Private: true, Binding: supervised},
}

// supervisor is the state of a Supervisor.
type supervisor struct {
	rt     *runtime.Runtime
	apps   []*app
	ids    int
	began  time.Time
	clock  supervise.Clock
	timer  *loop.Timer // of what is due next
	sample *loop.Timer // looks at the workers each second
	rest   memory.Rest

	telemetry *supervise.Telemetry // nil if metrics go nowhere
	do        *goja.Object
	steady    bool // all have been ready
	idle      bool
	pumps     bool
	again     bool

	token      string    // of the admin's page
	pageAt     string    // its address without the token, "" if there is none
	remembered time.Time // when the histories were
}

type app struct {
	*supervise.App
	config   supervise.AppConfig
	out, err *supervise.Log
	stopped  bool
	history  supervise.History
}

const sampleEvery = 1000 // milliseconds

func binding(rt *runtime.Runtime) *goja.Object {
	rt.Access.DemandOfHost(runtime.AccessRun, "gonode:supervisor")
	o := rt.VM().NewObject()
	var all []*supervisor
	class, proto := rt.Class("Native", 3, func(call goja.ConstructorCall) *goja.Object {
		s := newSupervisor(rt, call.Argument(0).String(), call.Argument(1).String(), call.Argument(2).(*goja.Object))
		all = append(all, s)
		rt.SetSlot(call.This, s)
		return nil
	})
	o.Set("Native", class)
	rt.SetFunc(o, "reopen", 0, func(goja.FunctionCall) goja.Value {
		for _, s := range all {
			s.reopen()
		}
		return goja.Undefined()
	})
	rt.SetFunc(o, "clear", 1, func(call goja.FunctionCall) goja.Value {
		if err := supervise.ClearSocket(call.Argument(0).String()); err != nil {
			rt.Throw(rt.NewPlainError("Error", err.Error()))
		}
		return goja.Undefined()
	})
	var inherited []any
	for _, l := range supervise.ListenFDs() {
		at := rt.VM().NewObject()
		at.Set("fd", l.FD)
		at.Set("address", l.Address)
		at.Set("port", l.Port)
		inherited = append(inherited, at)
	}
	o.Set("inherited", rt.VM().NewArray(inherited...))

	method := func(name string, length int, f func(s *supervisor, call goja.FunctionCall) goja.Value) {
		rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
			if v := f(engine.Held[*supervisor](rt, call.This), call); v != nil {
				return v
			}
			return goja.Undefined()
		})
	}
	// about is a method that says something of a worker.
	about := func(name string, length int, f func(a *app, w *supervise.Worker, now time.Duration, call goja.FunctionCall)) {
		method(name, length, func(s *supervisor, call goja.FunctionCall) goja.Value {
			id := int(call.Argument(0).ToInteger())
			for _, a := range s.apps {
				if w := a.Find(id); w != nil {
					f(a, w, s.now(), call)
					s.pump()
				}
			}
			return nil
		})
	}
	about("started", 2, func(a *app, w *supervise.Worker, now time.Duration, call goja.FunctionCall) {
		a.Started(w, int(call.Argument(1).ToInteger()), now)
	})
	about("listening", 1, func(a *app, w *supervise.Worker, now time.Duration, _ goja.FunctionCall) { a.Listening(w, now) })
	about("saysReady", 1, func(a *app, w *supervise.Worker, now time.Duration, _ goja.FunctionCall) { a.SaysReady(w, now) })
	about("drained", 1, func(a *app, w *supervise.Worker, now time.Duration, _ goja.FunctionCall) { a.Drained(w, now) })
	about("exited", 5, func(a *app, w *supervise.Worker, now time.Duration, call goja.FunctionCall) {
		a.Exited(w, supervise.Exit{Code: int(call.Argument(1).ToInteger()), Signal: call.Argument(2).String(), Failure: call.Argument(3).String(), Limit: call.Argument(4).String()}, now)
	})
	about("beat", 2, func(a *app, w *supervise.Worker, now time.Duration, call goja.FunctionCall) {
		a.Beat(w, usageOf(call.Argument(1)), now)
	})
	method("begin", 0, func(s *supervisor, _ goja.FunctionCall) goja.Value {
		s.begin()
		return nil
	})
	method("reload", 1, func(s *supervisor, call goja.FunctionCall) goja.Value {
		s.must(s.reload(nameOf(call.Argument(0))))
		return nil
	})
	method("scale", 2, func(s *supervisor, call goja.FunctionCall) goja.Value {
		n, err := supervise.Instances(call.Argument(1).Export())
		if i, ok := call.Argument(1).Export().(int64); ok {
			n, err = supervise.Instances(float64(i))
		}
		if err == nil {
			err = s.scale(nameOf(call.Argument(0)), n)
		}
		s.must(err)
		return nil
	})
	method("stop", 1, func(s *supervisor, call goja.FunctionCall) goja.Value {
		s.must(s.stop(nameOf(call.Argument(0))))
		return nil
	})
	method("kill", 0, func(s *supervisor, _ goja.FunctionCall) goja.Value {
		for _, a := range s.apps {
			a.KillAll()
		}
		s.pump()
		return nil
	})
	method("status", 0, func(s *supervisor, _ goja.FunctionCall) goja.Value {
		b, _ := json.Marshal(s.status())
		return rt.VM().ToValue(string(b))
	})
	method("control", 1, func(s *supervisor, call goja.FunctionCall) goja.Value {
		s.must(s.control(call.Argument(0).String()))
		return nil
	})
	method("answer", 7, (*supervisor).admin)
	method("adminAt", 2, func(s *supervisor, call goja.FunctionCall) goja.Value {
		if s.token = nameOf(call.Argument(1)); s.token == "" {
			s.token = newToken()
		}
		s.pageAt = "http://" + call.Argument(0).String()
		return nil
	})
	return o
}

func nameOf(v goja.Value) string {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		return ""
	}
	return v.String()
}

// must throws an error.
func (s *supervisor) must(err error) {
	if err == nil {
		return
	}
	e := s.rt.NewPlainError("Error", err.Error())
	code := "ERR_SUPERVISOR"
	if _, running := err.(*supervise.RunningError); running {
		code = "ERR_SUPERVISOR_RUNNING"
	}
	e.Set("code", code)
	s.rt.Throw(e)
}

func newSupervisor(rt *runtime.Runtime, config, environment string, do *goja.Object) *supervisor {
	s := &supervisor{rt: rt, do: do, began: time.Now()}
	list, err := supervise.ReadValue([]byte(config), environment)
	s.must(err)
	for _, c := range list {
		c.Cwd = rt.Abs(c.Cwd)
		if c.Cwd == "" {
			c.Cwd, _ = rt.Cwd()
		}
		in := func(path string) string {
			if path == "" || filepath.IsAbs(path) {
				return path
			}
			return filepath.Join(c.Cwd, path)
		}
		c.Script, c.Log.File, c.LogErr = in(c.Script), in(c.Log.File), in(c.LogErr)
		for _, list := range [][]string{c.Watch, c.EnvFiles} {
			for i := range list {
				list[i] = in(list[i])
			}
		}
		_, err := readEnvFiles(c.EnvFiles)
		s.must(err)
		a := &app{App: supervise.NewApp(c.Name, c.Policy, &s.ids), config: c}
		a.out = supervise.NewLog(c.Name, c.Log, os.Stdout)
		a.err = a.out
		if c.LogErr != "" || c.Log.File == "" {
			other := c.Log
			other.File = c.LogErr
			a.err = supervise.NewLog(c.Name, other, os.Stderr)
		}
		s.apps = append(s.apps, a)
	}
	s.telemetry = supervise.NewTelemetry(telemetryOf(rt))
	s.timer = rt.Loop().NewTimer(func() { rt.Enter(s.tick) })
	s.sample = rt.Loop().NewTimer(func() { rt.Enter(s.look) })
	return s
}

// telemetryOf is what the environment says of OpenTelemetry, nil if nothing.
func telemetryOf(rt *runtime.Runtime) *otlp.Config {
	get := func(name string) string {
		v, _ := rt.Env().Get(name)
		return v
	}
	if on := get("GONODE_OTEL"); on != "" && on != "1" && !strings.EqualFold(on, "true") {
		return nil
	}
	c := otlp.FromEnv(get)
	if c != nil {
		for _, warning := range c.Warnings {
			fmt.Fprintf(os.Stderr, "[gonode serve] %s\n", warning)
		}
	}
	return c
}

// now is the time since the supervisor was made, as far as it was awake.
func (s *supervisor) now() time.Duration { return s.clock.At(time.Since(s.began)) }

func (s *supervisor) begin() {
	s.began = time.Now()
	s.sample.Start(sampleEvery)
	s.tick()
}

func (s *supervisor) tick() {
	for _, a := range s.apps {
		a.Tick(s.now())
	}
	s.pump()
}

// look reads what the system knows of the workers.
func (s *supervisor) look() {
	s.rt.Loop().UpdateTime()
	if !s.idle {
		s.sample.Start(sampleEvery)
	}
	for _, a := range s.apps {
		for _, w := range a.Workers() {
			if w.PID > 0 {
				w.Usage.Memory, w.Usage.CPU = sys.ProcessUsage(w.PID)
			}
		}
	}
	if s.pageAt != "" {
		s.history(time.Now())
	}
	s.telemetry.Look(time.Now(), s.status, func(err error) {
		fmt.Fprintf(os.Stderr, "[gonode serve] metrics are lost: %v\n", err)
	})
	s.rest.Look()
	supervise.Notify("WATCHDOG=1")
	s.tick()
}

// pump does what the apps ask for, tells of what happened, and waits for what is due next.
func (s *supervisor) pump() {
	if s.again = true; s.pumps {
		return
	}
	s.pumps = true
	for s.again {
		s.again = false
		for _, a := range s.apps {
			actions, events := a.Take()
			for _, e := range events {
				s.tell(a, e)
			}
			for _, action := range actions {
				s.act(a, action)
			}
		}
	}
	s.pumps = false
	s.arm()
	s.checkState()
}

func (s *supervisor) arm() {
	next := time.Duration(0)
	for _, a := range s.apps {
		if t := a.Next(); t > 0 && (next == 0 || t < next) {
			next = t
		}
	}
	if next == 0 {
		s.timer.Stop()
		return
	}
	s.rt.Loop().UpdateTime()
	s.timer.Start(max((next-s.now()).Milliseconds()+1, 1))
}

// checkState tells the system, and whoever waits, what has become of all apps together.
func (s *supervisor) checkState() {
	ready, idle, failed, reloading := true, true, false, false
	for _, a := range s.apps {
		ready = ready && (a.IsReady() || a.stopped || a.Idle())
		idle = idle && a.Idle()
		failed = failed || a.GivenUp() || a.Policy.NoRestart && a.Failure != "" && a.Failure != "status 0"
		reloading = reloading || a.Reloading()
	}
	if ready && !reloading && !s.steady && !idle {
		s.steady = true
		supervise.Notify(fmt.Sprintf("READY=1\nSTATUS=%d apps are ready", len(s.apps)))
	}
	if idle && !s.idle {
		s.idle = true
		s.sample.Stop()
		s.timer.Stop()
		status := 0
		if failed {
			status = 1
		}
		s.call("idle", s.rt.VM().ToValue(status))
	}
}

func (s *supervisor) call(name string, args ...goja.Value) { s.rt.CallMethod(s.do, name, args...) }

func (s *supervisor) tell(a *app, e supervise.Event) {
	b, _ := json.Marshal(e)
	o := s.rt.VM().NewObject()
	o.Set("app", e.App)
	o.Set("event", e.What)
	o.Set("worker", e.Worker)
	o.Set("pid", e.PID)
	o.Set("detail", e.Detail)
	switch e.What {
	case "start", "ready":
	default:
		text := string(b)
		if !a.config.Log.JSON {
			text = fmt.Sprintf("[gonode serve] %s: %s", e.App, e.What)
			if e.Worker > 0 {
				text += fmt.Sprintf(" of worker %d", e.Worker)
			}
			if e.Detail != "" {
				text += ": " + e.Detail
			}
		}
		a.err.Write(supervise.Line{Time: time.Now(), App: e.App, Worker: e.Worker, PID: e.PID, Stream: "supervisor", Text: text})
	}
	s.call("event", o)
}

func (s *supervisor) act(a *app, action supervise.Action) {
	id := s.rt.VM().ToValue(action.Worker.ID)
	switch action.Deed {
	case supervise.Start:
		s.start(a, action.Worker)
	case supervise.Drain:
		s.call("drain", id)
	case supervise.Terminate:
		s.call("kill", id, s.rt.VM().ToValue("SIGTERM"))
	case supervise.Kill:
		s.call("kill", id, s.rt.VM().ToValue("SIGKILL"))
	}
}

// start starts a worker's process, whose output goes through pipes to the app's logs.
func (s *supervisor) start(a *app, w *supervise.Worker) {
	fail := func(err error) {
		a.Exited(w, supervise.Exit{Code: 1, Failure: err.Error()}, s.now())
		s.again = true
	}
	fromFiles, err := readEnvFiles(a.config.EnvFiles)
	if err != nil {
		fail(err)
		return
	}
	pipes := [2][2]*os.File{}
	for i := range pipes {
		r, write, err := os.Pipe()
		if err != nil {
			for _, p := range pipes[:i] {
				p[0].Close()
				p[1].Close()
			}
			fail(err)
			return
		}
		pipes[i] = [2]*os.File{r, write}
	}
	vm, c := s.rt.VM(), &a.config
	o := vm.NewObject()
	for name, text := range map[string]string{"name": c.Name, "script": c.Script, "cwd": c.Cwd, "sticky": c.Sticky, "balance": c.Balance} {
		o.Set(name, text)
	}
	o.Set("instance", w.Instance)
	o.Set("args", array(vm, c.Args))
	o.Set("execArgv", array(vm, c.ExecArgv))
	s.rt.SetFunc(o, "stopped", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(a.stopped) })
	if c.Limits != nil {
		limits := vm.NewObject()
		for name, n := range c.Limits {
			limits.Set(name, n)
		}
		o.Set("limits", limits)
	}
	env := vm.NewObject()
	for _, pair := range fromFiles {
		env.Set(pair[0], pair[1])
	}
	for name, value := range c.Env {
		env.Set(name, value)
	}
	env.Set(runtime.SupervisedVar, "1")
	if name, ok := strings.CutPrefix(c.Sticky, "cookie="); ok {
		env.Set(runtime.SupervisedVar, fmt.Sprintf("%s=%d", name, w.Instance))
	}
	variable := c.InstanceVar
	if variable == "" {
		variable = "NODE_APP_INSTANCE"
	}
	env.Set(variable, fmt.Sprint(w.Instance))
	o.Set("env", env)
	fd := func(i int) goja.Value { return vm.ToValue(int(pipes[i][1].Fd())) }
	s.call("start", vm.ToValue(w.ID), o, fd(0), fd(1))
	for i, log := range []*supervise.Log{a.out, a.err} {
		pipes[i][1].Close()
		go func() {
			log.Pump(pipes[i][0], w.ID, w.PID, [...]string{"stdout", "stderr"}[i])
			pipes[i][0].Close()
		}()
	}
}

// readEnvFiles reads variables from files, anew for each worker.
func readEnvFiles(files []string) (pairs [][2]string, err error) {
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, runtime.ParseEnvFile(string(text))...)
	}
	return pairs, nil
}

func array(vm *goja.Runtime, list []string) *goja.Object {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	return vm.NewArray(items...)
}

// chosen gives the app of that name, or all for "".
func (s *supervisor) chosen(name string) ([]*app, error) {
	if name == "" {
		return s.apps, nil
	}
	if i := slices.IndexFunc(s.apps, func(a *app) bool { return a.Name == name }); i >= 0 {
		return s.apps[i : i+1], nil
	}
	var names []string
	for _, a := range s.apps {
		names = append(names, a.Name)
	}
	return nil, fmt.Errorf("there is no app %q, only %s", name, strings.Join(names, ", "))
}

// each does f to the app of that name, or to all that are not stopped.
func (s *supervisor) each(name string, f func(a *app)) error {
	list, err := s.chosen(name)
	for _, a := range list {
		switch {
		case !a.stopped:
			f(a)
		case name != "":
			err = fmt.Errorf("%s is stopped", name)
		}
	}
	s.pump()
	return err
}

func (s *supervisor) reload(name string) error {
	supervise.Notify(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", sys.Monotonic().Microseconds()))
	s.steady = false
	return s.each(name, func(a *app) { a.Reload(s.now()) })
}

func (s *supervisor) scale(name string, n int) error {
	return s.each(name, func(a *app) { a.Scale(n, s.now()) })
}

func (s *supervisor) stop(name string) error {
	if name == "" {
		supervise.Notify("STOPPING=1")
	}
	return s.each(name, func(a *app) {
		a.stopped = true
		a.Stop(s.now())
	})
}

func (s *supervisor) reopen() {
	for _, a := range s.apps {
		a.out.Reopen()
		a.err.Reopen()
	}
}
