package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"gonode/internal/confine"
	"gonode/internal/rpc"
	"gonode/internal/sys"
	"gonode/runtime"
)

// Cell is a Program in a process of its own, for strangers' code: what goes wrong there, whatever it is, goes wrong there. The process is the host's executable once more,
// so main must begin with RunChild. Its methods are those of Program and may be called from any goroutine; values are copied by the rules of Func.Call, and an *Object, a *Func
// or a stream is a handle on what stays there. Functions that are exposed are called here.
type Cell struct {
	conn      *rpc.Conn
	proc      *confine.Process
	cfg       Config
	isolation Isolation
	longest   int
	life      context.Context // of the cell, as the host wants it
	cancel    context.CancelCauseFunc
	ended     chan struct{} // closed when nothing of the process is left

	serving
	output  atomic.Int64 // bytes written to Stdout and Stderr
	room    atomic.Int64 // bytes of memory that may still be taken for what the cell's calls under way say
	crashed chan string  // what the process itself has written, when it has ended
	base    int64        // bytes of memory that it occupied before the first script

	mu     sync.Mutex
	reason error // why it has ended, or is to
	known  bool  // that: the reason is nil for Close, and for a context that was cancelled
}

// Sandbox is what a cell's process may use of the system, besides the processor and its memory: nothing, if it is the zero Sandbox.
type Sandbox struct {
	// Read, Write and Run are files, or folders with all that is in them, that may be read, that may be changed, too, and that may be run as children. If Config.FS is nil,
	// Config.Dir may be read.
	Read, Write, Run []string
	// Network allows connections and servers, and datagrams, of TCP and UDP. Which ones, Config.Access may decide. Sockets with a path are refused in any case.
	Network bool
	// BestEffort makes a cell also where the system lacks what is to hold it; Cell.Isolation says what does.
	BestEffort bool
}

// Isolation says what holds a cell's process.
type Isolation struct {
	// Landlock is the version of the system's Landlock, which keeps the process from files; 0 if there is none.
	Landlock int
	// Seccomp says that its system calls are filtered, which keeps it from the network, from other processes, from starting any, and from rarely used parts of the system.
	Seccomp bool
}

const (
	// longestMessage is what passes at a time where Limits.Message does not say.
	longestMessage = 64 << 20
	// callsAtATime is how many calls a cell may have under way. Its own side has fewer.
	callsAtATime = 1024
	// heldMessages is how many messages of the longest a cell's calls under way may be together, and the memory that is taken for them. Its own side has no more calls of
	// asynchronous functions at a time than half of that.
	heldMessages = 32
	// cellGrace is how long a cell may take to end a call that was given up. Then it is taken for one that does not listen, and is killed.
	cellGrace = 5 * time.Second
	// watchEvery is how often a cell's memory is looked at.
	watchEvery = 20 * time.Millisecond
)

// childReady tells that main has called RunChild: another process of this executable would serve as a cell.
var childReady atomic.Bool

// NewCell starts a cell. cfg is what Engine.New takes, with these differences: Env nil is an empty environment and Stdin nil is at its end; FS, Access, Console and the streams stay here
// and are asked from there, Access from several goroutines; Limits.Message zero is 64 MB;
// of a Policy nothing but Allow may be set, and Inspect may not. Limits are kept twice: by the program as everywhere, and by the system or from here where it fails.
// The cell ends with ctx, at the latest. It is an error where the system lacks what is to hold it (see Sandbox.BestEffort), on systems other than Linux for example.
func NewCell(ctx context.Context, cfg Config, box Sandbox) (*Cell, error) {
	if os.Getenv(runtime.ChildEnv) == cellMark {
		return nil, errors.New("host: a cell cannot have cells")
	}
	if !childReady.Load() {
		return nil, errors.New("host: NewCell needs a main that begins with RunChild")
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if p := cfg.Policy; p != nil && (p.Root != nil || p.Dial != nil || p.Listen != nil || p.Resolve != nil) {
		return nil, errors.New("host: a cell takes nothing of a Policy but what it allows; what it is given is the Sandbox")
	}
	if cfg.Inspect != "" {
		return nil, errors.New("host: a cell has no Config.Inspect: debuggers reach programs by the network")
	}
	files := cfg.FS == nil && cfg.Policy == nil // scripts are the system's files
	if cfg.Dir == "" {
		cfg.Dir = "/"
		if files {
			var err error
			if cfg.Dir, err = os.Getwd(); err != nil {
				return nil, err
			}
		}
	}
	rules := confine.Rules{Read: box.Read, Write: box.Write, Run: box.Run, Network: box.Network}
	if files {
		rules.Read = append(rules.Read[:len(rules.Read):len(rules.Read)], cfg.Dir)
	}
	c := &Cell{cfg: cfg, longest: longestMessage, ended: make(chan struct{}), crashed: make(chan string, 1)}
	if m := cfg.Limits.Message; m > 0 {
		c.longest = max(4*m, 1<<20)
	}
	c.serving.open(c)
	c.room.Store(int64(heldMessages * c.longest))
	if err := c.spawn(rules, box.BestEffort); err != nil {
		if errors.Is(err, confine.ErrUnavailable) {
			err = errors.New("host: this system has no Landlock to hold a cell; Sandbox.BestEffort does without")
		}
		return nil, err
	}
	c.life, c.cancel = context.WithCancelCause(ctx)
	go c.live()
	if err := c.start(ctx, rules, box.BestEffort); err != nil {
		c.Close()
		return nil, err
	}
	if wall := cfg.Limits.Wall; wall > 0 {
		late := time.AfterFunc(wall, func() { c.finish(&LimitError{Limit: "Wall"}) })
		context.AfterFunc(c.life, func() { late.Stop() })
	}
	if cfg.Limits.Memory > 0 {
		go c.watchMemory(len(box.Run) > 0)
	}
	return c, nil
}

// spawn starts the process, with a channel as descriptor 3. What it writes to its own standard error is kept: its last words.
func (c *Cell) spawn(rules confine.Rules, bare bool) error {
	ours, theirs, errno := sys.SocketPair()
	if errno != 0 {
		return os.NewSyscallError("socketpair", errno)
	}
	here, there := os.NewFile(uintptr(ours), "channel"), os.NewFile(uintptr(theirs), "channel")
	defer there.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		here.Close()
		return err
	}
	defer null.Close()
	words, mouth, err := os.Pipe()
	if err != nil {
		here.Close()
		return err
	}
	defer mouth.Close()
	env := []string{runtime.ChildEnv + "=" + cellMark}
	for _, name := range []string{"TZ", "GORACE", "GOTRACEBACK"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	c.proc, err = confine.Start(confine.Command{
		Rules: rules, Args: []string{"cell"}, Env: env, Bare: bare,
		Files: []int{int(null.Fd()), int(null.Fd()), int(mouth.Fd()), theirs},
	})
	if err != nil {
		here.Close()
		words.Close()
		return err
	}
	c.isolation.Landlock = c.proc.Landlock
	go func() {
		defer words.Close()
		c.crashed <- lastWords(words)
	}()
	c.conn = rpc.New(here, rpc.Options{
		Handle: c.handle, Longest: c.longest, Calls: callsAtATime, Held: heldMessages * c.longest,
		Grace: cellGrace, Stuck: func() { c.finish(errors.New("host: the cell does not answer")) },
	})
	return nil
}

// lastWords reads all that a process writes, and keeps the beginning: Go says there what has happened.
func lastWords(r io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(r, 4<<10))
	io.Copy(io.Discard, r)
	return string(text)
}

// start has the process make its program.
func (c *Cell) start(ctx context.Context, rules confine.Rules, bare bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("host: the cell does not start"))
	defer cancel()
	env := c.cfg.Env
	if env == nil {
		env = []string{}
	}
	var allow []runtime.Access
	if c.cfg.Policy != nil {
		allow = c.cfg.Policy.Allow
	}
	text, err := json.Marshal(guestConfig{
		Name: c.cfg.Name, Args: c.cfg.Args, Env: env, Dir: c.cfg.Dir, Limits: c.cfg.Limits, Rules: rules, Longest: c.longest,
		FS: c.cfg.FS != nil, Access: c.cfg.Access != nil, Console: c.cfg.Console != nil, Policy: c.cfg.Policy != nil, Allow: allow,
	})
	if err != nil {
		return err
	}
	missing := ""
	err = c.do(ctx, opStart, func(w *packer) error { w.bytes(text); return nil }, func(r *unpacker) { missing = r.string() })
	if err != nil {
		return err
	}
	c.isolation.Seccomp = missing == ""
	if missing != "" && !bare {
		return fmt.Errorf("host: this system cannot filter a cell's system calls (%s); Sandbox.BestEffort does without", missing)
	}
	c.proc.Alive(func(pid int) { c.base, _ = sys.ProcessUsage(pid) })
	return nil
}

// live waits for the end of the process, which it brings about when the cell is to end.
func (c *Cell) live() {
	select {
	case <-c.conn.Done():
		switch err := c.conn.Err(); {
		case errors.Is(err, rpc.ErrTooLong):
			c.finish(&LimitError{Limit: "Message"})
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, rpc.ErrClosed), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET), errors.Is(err, os.ErrClosed):
			// It has ended, or is about to.
			select {
			case <-c.proc.Ended():
			case <-time.After(time.Second):
				c.finish(errGarbage)
			}
		default:
			c.finish(fmt.Errorf("%w: %w", errGarbage, err))
		}
	case <-c.life.Done():
		c.mu.Lock()
		if !c.known {
			c.known = true
			if cause := context.Cause(c.life); !errors.Is(cause, context.Canceled) {
				c.reason = cause
			}
		}
		c.mu.Unlock()
	case <-c.proc.Ended():
	}
	c.proc.Kill()
	<-c.proc.Ended()
	c.conn.Close()
	c.cancel(nil)
	words := <-c.crashed
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		c.known, c.reason = true, c.died(words)
	}
	close(c.ended)
}

// died says why a process has ended that nobody has ended from here.
func (c *Cell) died(words string) error {
	status, signal := c.proc.Status()
	switch {
	case strings.Contains(words, "out of memory"), strings.Contains(words, "cannot allocate memory"):
		return &LimitError{Limit: "Memory"}
	case signal == syscall.SIGXCPU, signal == syscall.SIGKILL && c.cfg.Limits.CPU > 0:
		return &LimitError{Limit: "CPU"}
	case signal == syscall.SIGKILL && c.cfg.Limits.Memory > 0:
		return &LimitError{Limit: "Memory"} // by the system, which was short of it
	}
	how := fmt.Sprintf("exit status %d", status)
	if signal != 0 {
		how = signal.String()
	}
	line, _, _ := strings.Cut(strings.TrimSpace(words), "\n")
	if line != "" {
		how += ": " + line
	}
	return fmt.Errorf("host: the cell's process has ended: %s", how)
}

// finish ends the cell for a reason, unless there is one already.
func (c *Cell) finish(reason error) {
	c.mu.Lock()
	if !c.known {
		c.known, c.reason = true, reason
	}
	c.mu.Unlock()
	c.proc.Kill()
}

// watchMemory ends a cell that occupies far more than it may: the program itself ends at its limit, if it can.
func (c *Cell) watchMemory(tree bool) {
	most := c.base + 2*int64(c.cfg.Limits.Memory) + 64<<20
	c.proc.Alive(func(pid int) { sys.LimitData(pid, 3*c.cfg.Limits.Memory+256<<20) })
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-c.ended:
			return
		}
		var used int64
		c.proc.Alive(func(pid int) {
			used, _ = sys.ProcessUsage(pid)
			if tree {
				for _, p := range sys.Descendants(pid) {
					more, _ := sys.ProcessUsage(p)
					used += more
				}
			}
		})
		if used > most {
			c.finish(&LimitError{Limit: "Memory"})
		}
	}
}

// gone is the error of calls to a cell that has ended.
func (c *Cell) gone() error {
	<-c.ended
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return fmt.Errorf("%w: %w", ErrClosed, c.reason)
	}
	return ErrClosed
}

// Close kills the cell's process with all that it has started and returns when nothing is left of it. To close a cell again does nothing. Any goroutine, also a function's that
// a script has called.
func (c *Cell) Close() error {
	if c == nil {
		return nil
	}
	c.cancel(nil)
	<-c.ended
	return nil
}

// Isolation says what holds the cell's process.
func (c *Cell) Isolation() Isolation {
	if c == nil {
		return Isolation{}
	}
	return c.isolation
}

// within marks the contexts of functions of the host's that a script of the cell's waits for: what is called with them runs there at once.
type within struct{ c *Cell }

func (c *Cell) packer() *packer {
	return &packer{peer: c, limit: c.cfg.Limits.Message, most: c.longest - 1024}
}

// unpacker reads what the cell says.
func (c *Cell) unpacker(body []byte) *unpacker {
	return &unpacker{peer: c, in: body, room: 4 * c.longest}
}

// do has the cell do something: write adds what it has to know, read takes the result.
func (c *Cell) do(ctx context.Context, op byte, write func(*packer) error, read func(*unpacker)) error {
	if c == nil {
		return errNil
	}
	if ctx.Err() != nil && ctx.Value(within{c}) == nil {
		return context.Cause(ctx)
	}
	caller, _ := ctx.Value(within{c}).(uint64)
	w := c.packer()
	w.byte(op)
	w.uint(caller)
	if err := write(w); err != nil {
		return &Exception{Name: "Error", Message: err.Error(), Go: err, text: "Error: " + err.Error()}
	}
	body, err := c.conn.Call(ctx, w.buf)
	switch {
	case err == nil:
	case errors.Is(err, rpc.ErrTooLong) && c.conn.Err() == nil:
		return &LimitError{Limit: "Message"}
	case c.conn.Err() != nil:
		return c.gone()
	default:
		return err
	}
	r := c.unpacker(body)
	if err := c.failure(r); err != nil {
		return err
	}
	if read != nil {
		read(r)
	}
	return c.honest(r)
}

// honest ends a cell that has sent nonsense; what is too much for one result is an error of that call.
func (c *Cell) honest(r *unpacker) error {
	if errors.Is(r.err, errGarbage) {
		c.finish(errGarbage)
		return c.gone()
	}
	return r.err
}

// result writes what the cell has to know of where a result goes, and gives the function that stores it.
func result(out any) (shape []byte, read func(*unpacker), err error) {
	if out == nil {
		return nil, nil, nil
	}
	to := reflect.ValueOf(out)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return nil, nil, fmt.Errorf("host: a result cannot be stored in a %T: a pointer is needed", out)
	}
	return shapeOf(to.Type().Elem()), func(r *unpacker) { r.into(to.Elem(), 0) }, nil
}

// Run runs a script file as the main module; see Program.Run.
func (c *Cell) Run(ctx context.Context, file string) error {
	return ran(c.do(ctx, opRun, func(w *packer) error { w.string(file); return nil }, nil))
}

// Import loads a module; see Program.Import.
func (c *Cell) Import(ctx context.Context, specifier string) (o *Object, err error) {
	err = c.do(ctx, opImport, func(w *packer) error { w.string(specifier); return nil }, func(r *unpacker) {
		v, _ := r.any()
		if o, _ = v.(*Object); o == nil {
			r.fail(errGarbage)
		}
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// Eval evaluates a script's text; see Program.Eval.
func (c *Cell) Eval(ctx context.Context, out any, name, source string) error {
	shape, read, err := result(out)
	if err != nil {
		return err
	}
	return c.do(ctx, opEval, func(w *packer) error {
		w.string(name)
		w.string(source)
		w.bytes(shape)
		return nil
	}, read)
}

// Expose makes a Go value a global of the program's; see Program.Expose. A function is called here while the script waits there, or with Async while it goes on. Its context ends with
// the cell, and when what called the script gives up.
func (c *Cell) Expose(ctx context.Context, name string, value any) error {
	return c.do(ctx, opExpose, func(w *packer) error {
		w.string(name)
		return c.packExposed(w, value)
	}, nil)
}

// Stats asks the program for its figures; see Program.Stats.
func (c *Cell) Stats(ctx context.Context) (s Stats, err error) {
	err = c.do(ctx, opStats, func(*packer) error { return nil }, func(r *unpacker) { r.into(reflect.ValueOf(&s).Elem(), 0) })
	return s, err
}

// handle is what stands here for something of the cell's.
type handle struct {
	c  *Cell
	id uint64
}

// call calls a function or a method, or reads a property; each is an operation on what the handle stands for.
func (h *handle) call(ctx context.Context, op byte, name string, out any, args []any) error {
	shape, read, err := result(out)
	if err != nil {
		return err
	}
	return h.c.do(ctx, op, func(w *packer) error {
		w.uint(h.id)
		w.string(name)
		w.bytes(shape)
		w.uint(uint64(len(args)))
		for i, a := range args {
			if err := w.any(a); err != nil {
				return fmt.Errorf("argument %d: %w", i+1, err)
			}
		}
		return nil
	}, read)
}

func (c *Cell) set(ctx context.Context, h *handle, name string, value any) error {
	return c.do(ctx, opSet, func(w *packer) error {
		w.uint(h.id)
		w.string(name)
		if err := c.packExposed(w, value); err != nil {
			return fmt.Errorf("property %s: %w", name, err)
		}
		return nil
	}, nil)
}
