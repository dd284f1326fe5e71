// Package host is what Go programs embed: Node's JavaScript and TypeScript with functions that Go calls, and Go functions that scripts call.
//
// An Engine is made once; it knows the modules that scripts may require and shares compiled code between programs. A Program is one
// world of JavaScript with an event loop of its own: its scripts are run, its functions called and Go values exposed to it, from any
// goroutine.
//
//	eng := host.NewEngine()
//	p, err := eng.New(ctx, host.Config{Dir: "/srv/rules"})
//	defer p.Close()
//	mod, err := p.Import(ctx, "./rules.ts")
//	price, err := mod.Func("price")
//	var total float64
//	err = price.Call(ctx, &total, map[string]any{"items": 3})
//
// Contexts end the one call that they are given to, not the program. What scripts throw comes back as *Exception. RunChild is for programs whose
// scripts start children; packages runtime and modules are the layer below, for modules written in Go on the engine itself.
package host

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"strconv"
	"time"

	"gonode/internal/source"
	"gonode/modules"
	"gonode/runtime"
)

// Engine is what programs have in common: built-in modules and compiled code. Any goroutine may use it.
type Engine struct {
	modules []*runtime.Module
	sources *source.Cache
	child   *Config // of WithConfig
}

// An Option changes how NewEngine makes an Engine.
type Option func(*Engine)

// WithModules adds built-in modules of the host's own, which scripts require by name. Where a name is Node's, the host's is taken.
func WithModules(own ...*runtime.Module) Option {
	return func(e *Engine) { e.modules = append(e.modules, own...) }
}

// WithConfig has RunChild and Main make the process's runtime with the FS, the Access, the Policy and the Limits of a Config, so that what a program may not do its children may
// not either. Engine.New takes no notice of it.
func WithConfig(cfg Config) Option { return func(e *Engine) { e.child = &cfg } }

// restrict is what WithConfig does, nil for nothing.
func (e *Engine) restrict() func(*runtime.Config) {
	if e.child == nil {
		return nil
	}
	return func(to *runtime.Config) {
		to.FS, to.Access, to.Policy = e.child.FS, e.child.Access, e.child.Policy
		e.child.Limits.apply(to)
	}
}

// NewEngine makes an engine with all of Node's modules.
func NewEngine(options ...Option) *Engine {
	e := &Engine{modules: modules.All(), sources: new(source.Cache)}
	for _, o := range options {
		o(e)
	}
	return e
}

// Config is what a Program is made from. The zero value is usable: the process's environment, working directory and standard streams, and
// no limits.
type Config struct {
	// Name is what Go's profiles call the program, by the label "program"; empty for none.
	Name string
	// Args are process.argv from index 2 on.
	Args []string
	// Env is the environment as KEY=VALUE; nil means the process's own.
	Env []string
	// Dir is the working directory, and where Import and Run look for relative names; empty means the process's own.
	Dir string
	// FS, if set, is where scripts and their packages are read from, with Dir in it; nil means the system's files.
	FS fs.FS
	// Stdin, Stdout and Stderr are the standard streams; nil means the process's own.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Console, if set, gets what scripts tell console, in place of the standard streams: with the level of the method and the place of the call as source.
	Console *slog.Logger
	// Access, if set, is asked before a script touches what is outside, by one of the kinds of package runtime and the name of the
	// resource. An error refuses. It is called on the program's goroutine, and those of its worker threads.
	Access func(kind runtime.Access, resource string) error
	// Policy, if set, refuses whatever reaches outside, but for what it gives: the zero value is deny by default. Access is asked besides.
	Policy *runtime.Policy
	// Limits bound what the program may take.
	Limits Limits
	// Inspect, if set, is the address where debuggers find the program, as with --inspect: "127.0.0.1:9229", or port 0 for any. Its URL is written to Stderr. Who
	// reaches it may run anything in the program.
	Inspect string
}

// Limits bound what a program may take; what is zero is not limited. A program that goes beyond is stopped where it is, without catch and finally clauses of
// its scripts, and ends with a *LimitError; only CallDepth and Message are errors that it goes on after. Worker threads have the limits each for itself, but for Wall.
type Limits struct {
	// Memory is how many bytes of what the program has allocated may live; see docs/embedding.md for what counts.
	Memory uint64
	// CallDepth is how deep calls may nest before a RangeError; 10000 if it is zero.
	CallDepth int
	// Turn is how long a single turn of the event loop may take: where a call's own context does not reach, in what runs after an await, in timers and
	// listeners, this is what stops an endless loop. CPU is how long all turns together may take, by the clock, and Wall how long the program may live.
	Turn, CPU, Wall time.Duration
	// Output is how many bytes may be written to the standard streams.
	Output int64
	// Descriptors is how many files, sockets and pipes may be open at a time, Timers how many timers may be set, Children and Workers how many may run.
	Descriptors, Timers, Children, Workers int
	// Message is how many bytes may be copied between Go and the program at a time: the arguments of a call, or its result. A string, a Buffer or a name counts its length, each
	// value 16 bytes more. Beyond, the call fails with a *LimitError.
	Message int
}

// LimitError says which of its Limits a program has gone beyond, by the name of the field.
type LimitError struct{ Limit string }

func (e *LimitError) Error() string {
	return "host: the program has gone beyond its limit: " + e.Limit
}

// apply puts the limits that a runtime knows into its Config.
func (l *Limits) apply(to *runtime.Config) {
	to.MemoryLimit, to.MaxCallDepth = l.Memory, l.CallDepth
	to.Limits = runtime.Limits{
		Turn: l.Turn, CPU: l.CPU, Output: l.Output, Descriptors: l.Descriptors, Timers: l.Timers, Children: l.Children, Workers: l.Workers,
	}
}

// New starts a program: a goroutine that waits for work. It ends with ctx, at the latest.
func (e *Engine) New(ctx context.Context, cfg Config) (*Program, error) {
	if e == nil {
		return nil, errNil
	}
	made := runtime.Config{
		Modules: e.modules, Sources: e.sources,
		Args: cfg.Args, Env: cfg.Env, Dir: cfg.Dir, FS: cfg.FS,
		Stdin: cfg.Stdin, Stdout: cfg.Stdout, Stderr: cfg.Stderr, Console: logged(cfg.Console),
		Access: cfg.Access, Policy: cfg.Policy,
	}
	if cfg.Inspect != "" {
		at, port, err := net.SplitHostPort(cfg.Inspect)
		if err != nil {
			return nil, fmt.Errorf("host: Config.Inspect: %w", err)
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("host: Config.Inspect: %w", err)
		}
		made.Options.Inspect = runtime.Inspect{On: true, Host: at, Port: int(number), PortGiven: true}
	}
	cfg.Limits.apply(&made)
	rt, err := runtime.New(made)
	if err != nil {
		return nil, err
	}
	return start(ctx, rt, cfg), nil
}
