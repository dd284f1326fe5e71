package host

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
	"gonode/runtime"
)

var (
	// ErrClosed is what calls to a program that has ended return, together with what it ended by, if that was no Close.
	ErrClosed = errors.New("host: the program has ended")
	errNil    = errors.New("host: a nil receiver")
	errLeft   = errors.New("host: a fault in Go code has ended the call")
)

// ExitError is the end of a program by process.exit, with its status.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("host: exit status %d", e.Code) }

// Program is one world of JavaScript. Its methods may be called from any goroutine; what they run, runs on the program's own, one after
// the other. Within a function that the host has exposed, calls must be given that function's context.
type Program struct {
	rt      *runtime.Runtime
	ctx     context.Context // of the program's life, and of the host's functions
	cancel  context.CancelCauseFunc
	closers closers
	ended   chan struct{} // closed when the program's goroutine has nothing more to do

	// Of the program's goroutine:
	runs []chan<- error // waiting for the loop to be quiet
	main bool           // a main script was run

	endpoints map[string]*endpoint
	message   int             // Limits.Message
	copied    int             // of it so far
	labels    context.Context // for Go's profiles

	mu      sync.Mutex
	failure *Exception // an error that nothing caught
	end     error      // why the program has ended
}

// start runs a program's goroutine.
func start(ctx context.Context, rt *runtime.Runtime, cfg Config) *Program {
	release := context.CancelFunc(func() {})
	if wall := cfg.Limits.Wall; wall > 0 {
		ctx, release = context.WithTimeoutCause(ctx, wall, &LimitError{Limit: "Wall"})
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p := &Program{labels: context.Background(), message: cfg.Limits.Message, rt: rt, ctx: ctx, cancel: cancel, ended: make(chan struct{})}
	rt.OnQuiet(p.quiet)
	rt.OnExceed(func(limit string) { cancel(&LimitError{limit}) })
	go func() {
		defer close(p.ended)
		defer rt.CloseAll()
		defer release()
		if cfg.Name != "" {
			p.labels = pprof.WithLabels(p.labels, pprof.Labels("program", cfg.Name))
		}
		p.unlabelled()
		err := rt.Serve(ctx, func() {
			rt.OnFatal(func(thrown goja.Value, _ string) {
				failure := p.exception(thrown)
				p.mu.Lock()
				defer p.mu.Unlock()
				p.failure = failure
			})
		})
		var exit *runtime.ExitError
		var beyond *runtime.LimitError
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case errors.As(err, &beyond): // whatever the script made of it
			err = &LimitError{beyond.Limit}
		case p.failure != nil:
			err = p.failure
		case errors.As(err, &exit) && exit.OutOfMemory:
			err = &LimitError{Limit: "Memory"}
		case errors.As(err, &exit):
			err = &ExitError{Code: exit.Code}
		case err == nil && ctx.Err() == nil:
			err = &ExitError{}
		case ctx.Err() != nil:
			if err = context.Cause(ctx); errors.Is(err, context.Canceled) {
				err = nil
			}
		}
		p.end = err
		cancel(nil)
	}()
	return p
}

// closers are functions that are called when the program ends.
type closers struct {
	mu   sync.Mutex
	left int
	none chan struct{} // closed when there are none left, for who waits
}

func (c *closers) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left += n; c.left == 0 && c.none != nil {
		close(c.none)
		c.none = nil
	}
}

// wait waits until all have returned, but not for long.
func (c *closers) wait() {
	c.mu.Lock()
	if c.left == 0 {
		c.mu.Unlock()
		return
	}
	if c.none == nil {
		c.none = make(chan struct{})
	}
	none := c.none
	c.mu.Unlock()
	select {
	case <-none:
	case <-time.After(100 * time.Millisecond):
	}
}

// atEnd has f called when the program ends, which may be now, unless what it returns is called before. Close waits for it. Any goroutine.
func (p *Program) atEnd(f func()) (forget func()) {
	p.closers.add(1)
	stop := context.AfterFunc(p.ctx, func() {
		defer p.closers.add(-1)
		f()
	})
	return func() {
		if stop() {
			p.closers.add(-1)
		}
	}
}

// closed is the error of calls to a program that has ended.
func (p *Program) closed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end != nil {
		return fmt.Errorf("%w: %w", ErrClosed, p.end)
	}
	return ErrClosed
}

// Close ends the program: what runs is stopped, its sockets, files and timers are closed, its workers end and its children are killed. It waits
// for that, but for no more than some 100 ms for functions of the host's that do not return. To close a program again does nothing. Any goroutine, also a
// function's that a script has called: the call that led there ends.
func (p *Program) Close() error {
	if p == nil {
		return nil
	}
	p.cancel(nil)
	<-p.ended
	p.closers.wait()
	return nil
}

// inside marks the contexts of the host's functions that a script has called on the program's goroutine.
type inside struct{ p *Program }

// do runs f on the program's goroutine and gives what it returns to settle there; if that is a promise, what it comes to. Errors of JavaScript
// are *Exception.
func (p *Program) do(ctx context.Context, f func() goja.Value, settle func(goja.Value) error) error {
	if p == nil {
		return errNil
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	done := make(chan error, 2) // what ends the macrotask may come after the result
	run := func(begun context.Context) {
		returned, waits := false, false
		var failed error
		err := p.rt.EnterWithin(begun, func() {
			var v goja.Value
			ex := p.rt.Attempt(func() { v = f() })
			if ex != nil {
				failed = p.exception(ex.Value())
			} else if promise, ok := promiseOf(v); ok {
				waits = true
				p.rt.Await(promise, func(v goja.Value) { done <- p.settled(settle, v) }, func(reason goja.Value) { done <- p.exception(reason) })
			} else {
				failed = p.settled(settle, v)
			}
			returned = true
		})
		switch {
		case p.ctx.Err() != nil: // f has closed the program, or somebody has meanwhile: what f came to is no result
		case err != nil:
			done <- err
		case returned && !waits: // only now: what f has queued belongs to the call
			done <- failed
		case !returned && !p.rt.Loop().Stopped(): // the program lives on, as after a fault that a script's listener has taken
			done <- errLeft
		}
	}
	if ctx.Value(inside{p}) != nil {
		run(context.Background())
		if p.ctx.Err() != nil {
			return p.closed()
		}
		select {
		case err := <-done:
			return err
		default:
			return errors.New("host: a promise cannot be awaited on the program's own goroutine")
		}
	}
	p.rt.Loop().Post(func() { run(ctx) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.ended:
	}
	select {
	case err := <-done:
		return err
	default:
		return p.closed()
	}
}

// settled converts a result on the program's goroutine, where getters of it may throw.
func (p *Program) settled(settle func(goja.Value) error, v goja.Value) (err error) {
	if settle == nil {
		return nil
	}
	if ex := p.rt.Attempt(func() { err = settle(v) }); ex != nil {
		return p.exception(ex.Value())
	}
	return err
}

func promiseOf(v goja.Value) (*goja.Promise, bool) {
	o, ok := v.(*goja.Object)
	if !ok || engine.KindOf(o) != engine.PromiseObject {
		return nil, false
	}
	promise, ok := o.Export().(*goja.Promise)
	return promise, ok
}

// Run runs a script file as the main module, as the command gonode does, and returns when nothing is left to happen: no timer, no open
// server, no request. What the script has made stays for later calls. When ctx is done Run returns, and the script is stopped if it
// computes at that moment. The error is an *Exception for what nothing caught, an *ExitError after process.exit and for process.exitCode, except for status 0,
// a *LimitError for a limit.
func (p *Program) Run(ctx context.Context, file string) error {
	return p.run(ctx, func() error {
		if p.main {
			return errors.New("host: a program has one main script; Import loads further ones")
		}
		p.main = true
		p.rt.LoadMain(file)
		return nil
	})
}

func (p *Program) run(ctx context.Context, load func() error) error {
	over := make(chan error, 1)
	err := p.do(ctx, func() goja.Value {
		if err := load(); err != nil {
			over <- err
			return nil
		}
		p.runs = append(p.runs, over)
		return nil
	}, nil)
	if err == nil {
		select {
		case err = <-over:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.ended:
			err = p.closed()
		}
	}
	return ran(err)
}

// ran is what Run returns of what a program has ended by.
func ran(err error) error {
	var exit *ExitError
	if errors.As(err, &exit) && exit.Code == 0 {
		return nil
	}
	var thrown *Exception
	if errors.As(err, &thrown) {
		return thrown
	}
	if exit != nil {
		return exit
	}
	var beyond *LimitError
	if errors.As(err, &beyond) {
		return beyond
	}
	return err
}

// quiet is called when only calls can make something happen.
func (p *Program) quiet() {
	if len(p.runs) == 0 {
		return
	}
	p.rt.BeforeExit()
	if p.rt.Loop().Alive() || p.rt.Exiting() {
		return
	}
	var err error
	if p.rt.ESModules().Unsettled() {
		err = &ExitError{Code: runtime.StatusUnsettled}
	}
	if code := p.exitCode(); code != 0 {
		err = &ExitError{Code: code}
	}
	for _, over := range p.runs {
		over <- err
	}
	p.runs = nil
}

// exitCode is process.exitCode: the status with which a script ends that does not call process.exit.
func (p *Program) exitCode() (code int) {
	if !p.rt.Loaded("process") {
		return 0
	}
	p.rt.Enter(func() {
		if v := p.rt.Require("process").Get("exitCode"); v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) {
			code = int(v.ToInteger())
		}
	})
	return code
}

// Import loads a module as an import in a script of Config.Dir does: "./handler.ts", a package, "node:fs". It returns when the module has been
// evaluated, its awaits included.
func (p *Program) Import(ctx context.Context, specifier string) (*Object, error) {
	m := &Object{p: p, name: specifier}
	err := p.do(ctx, func() goja.Value {
		promise, resolve, reject := p.rt.Promise()
		dir, err := p.rt.Cwd()
		if err != nil {
			p.rt.Throw(p.error(err))
		}
		p.rt.ESModules().Import(specifier, loader.FileURL(path.Join(dir, "[host]")), func(namespace *goja.Object, thrown goja.Value) {
			if thrown != nil {
				reject(thrown)
				return
			}
			m.o = namespace
			resolve(goja.Undefined())
		})
		return promise
	}, nil)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Eval evaluates a script's text in the global scope and stores what it comes to in out, if that is not nil; see Func.Call for how. name is what
// stacks show.
func (p *Program) Eval(ctx context.Context, out any, name, source string) error {
	return p.do(ctx, func() goja.Value { return p.rt.Scripts.Eval(name, source) }, p.store(out))
}

// Expose makes a Go value a global of the program's: a function, a pointer to a struct whose methods scripts may call, a map or whatever else
// converts; see Func.Call. Functions get their arguments converted to what they declare, first a context.Context if they ask for one, and throw the
// error that they return last; Async makes one whose result is a promise. What scripts give must not be kept by reference: there is none.
func (p *Program) Expose(ctx context.Context, name string, value any) error {
	return p.do(ctx, func() goja.Value {
		v, err := p.exposed(value)
		if err != nil {
			p.rt.Throw(p.error(err))
		}
		p.rt.VM().GlobalObject().DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		return nil
	}, nil)
}

// Post has f called on the program's goroutine, and does not wait for it. What f calls of the program with the context that it gets runs at once, and in
// one turn of the event loop; promises cannot be waited for there. A program that has ended calls nothing. Any goroutine.
func (p *Program) Post(f func(ctx context.Context)) error {
	if p == nil || f == nil {
		return errNil
	}
	if p.ctx.Err() != nil {
		return p.closed()
	}
	p.rt.Post(func() { f(context.WithValue(p.ctx, inside{p}, true)) })
	return nil
}

// Stats tells what a program has and does at the moment.
type Stats struct {
	// Uptime is how long ago it was started.
	Uptime time.Duration
	// Resources are what keeps its event loop busy, by the names of process.getActiveResourcesInfo: "Timeout", "TCPServerWrap".
	Resources []string
}

// Stats asks the program for its figures.
func (p *Program) Stats(ctx context.Context) (s Stats, err error) {
	err = p.do(ctx, func() goja.Value {
		s = Stats{Uptime: p.rt.Uptime(), Resources: p.rt.ActiveResources()}
		return nil
	}, nil)
	return s, err
}
