package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/confine"
	"gonode/internal/rpc"
	"gonode/internal/sys"
	"gonode/runtime"
)

// cellMark is what runtime.ChildEnv holds in a cell's process, and channelFD the descriptor of its channel.
const (
	cellMark  = "cell"
	channelFD = 3
)

// What a host has its cell do, with what is written after each. The number of the call that a script waits for comes first, 0 for none.
const (
	opStart   byte = iota // a guestConfig: what is missing of what is to hold the process
	opRun                 // a file
	opImport              // a specifier: an object
	opEval                // name, text, shape: a value
	opExpose              // name, value
	opStats               //
	opCall                // a function's number, nothing, shape, arguments: a value
	opMethod              // an object's number, a method's name, shape, arguments: a value
	opGet                 // an object's number, name, shape: a value
	opFunc                // an object's number, name: a function
	opSet                 // an object's number, name, value
	opRelease             // a number
	opRead                // a reader's number, how much: bytes
	opWrite               // a writer's number, bytes
	opClose               // a stream's number
)

// guestConfig is what a cell's process has to know.
type guestConfig struct {
	Name, Dir           string
	Args, Env           []string
	Limits              Limits
	Rules               confine.Rules
	Longest             int
	FS, Access, Console bool
	Policy              bool
	Allow               []runtime.Access // of the Policy
}

// guest is a cell on its own side: a Program, and its host at the other end of the channel.
type guest struct {
	engine  *Engine
	conn    *rpc.Conn
	ready   chan struct{} // conn is there
	started chan struct{} // p is there, or will never be
	p       *Program
	longest int
	message int

	mu      sync.Mutex
	next    uint64
	kept    map[uint64]any // what the host has handles on
	waiting map[uint64]*waiter
}

// waiter is a script that waits for a function of the host's, on the program's goroutine: what this wants of the program meanwhile is done there.
type waiter struct {
	work chan func()
	over chan struct{}
}

// isCell tells whether this process was started to be a cell.
func isCell() bool { return os.Getenv(runtime.ChildEnv) == cellMark }

// serveCell is the main function of a cell's process.
func serveCell(e *Engine) (status int) {
	syscall.SetNonblock(channelFD, true)
	syscall.CloseOnExec(channelFD)
	os.Setenv(runtime.ChildEnv, "1") // for its children, which are no cells
	g := &guest{engine: e, ready: make(chan struct{}), started: make(chan struct{}), longest: 1 << 30, kept: map[uint64]any{}, waiting: map[uint64]*waiter{}}
	g.conn = rpc.New(os.NewFile(channelFD, "channel"), rpc.Options{Handle: g.handle, Longest: 1 << 30})
	close(g.ready)
	<-g.conn.Done() // the host has gone
	sys.Kill(0, int(syscall.SIGKILL))
	return 1
}

// start makes the program.
func (g *guest) start(text []byte) (missing string, err error) {
	var cfg guestConfig
	if err := json.Unmarshal(text, &cfg); err != nil || g.p != nil {
		return "", errGarbage
	}
	limits := confine.Limits{}
	if cfg.Limits.CPU > 0 {
		limits.CPU = 2*cfg.Limits.CPU + 2e9 // the program ends before that; the collector's time counts here, too
	}
	if cfg.Limits.Descriptors > 0 {
		limits.Files = cfg.Limits.Descriptors + 1024 // some are the runtime's, and the program ends before that, but not at once
	}
	if err := confine.Seal(cfg.Rules, limits); err != nil {
		missing = err.Error()
	}
	g.longest, g.message = cfg.Longest, cfg.Limits.Message
	if m := cfg.Limits.Memory; m > 0 {
		var now goruntime.MemStats
		goruntime.ReadMemStats(&now)
		debug.SetMemoryLimit(int64(now.Sys) + int64(m) + int64(m)/4)
	}
	own := Config{
		Name: cfg.Name, Args: cfg.Args, Env: cfg.Env, Dir: cfg.Dir, Limits: cfg.Limits,
		Stdin: &hostReader{g, streamStdin}, Stdout: &hostWriter{g, streamStdout}, Stderr: &hostWriter{g, streamStderr},
	}
	own.Limits.Wall = 0 // the host's clock
	if cfg.FS {
		own.FS = hostFiles{g}
	}
	if cfg.Policy {
		own.Policy = &runtime.Policy{Allow: cfg.Allow}
	}
	if cfg.Access {
		own.Access = g.access
	}
	if cfg.Console {
		own.Console = slog.New(hostLog{g})
	}
	if g.p, err = g.engine.New(context.Background(), own); err != nil {
		return "", err
	}
	go func() {
		<-g.p.ended
		w := g.packer(opEnded)
		err := g.p.end
		if err == nil {
			err = ErrClosed
		}
		g.packFailure(w, err)
		g.conn.Call(context.Background(), w.buf) // whereupon the host ends the process
	}()
	return missing, nil
}

func (g *guest) packer(op byte) *packer {
	w := &packer{peer: g, most: g.longest - 1024}
	w.byte(op)
	return w
}

// handle does what the host wants; it runs on a goroutine of its own.
func (g *guest) handle(ctx context.Context, body []byte) []byte {
	<-g.ready
	r := &unpacker{peer: g, in: body, room: 1 << 40, made: true}
	op, caller := r.byte(), r.uint()
	w := g.packer(answerOK)
	var err error
	if op == opStart {
		var missing string
		missing, err = g.start(r.bytes())
		close(g.started)
		w.string(missing)
	} else if <-g.started; g.p == nil {
		err = errGarbage
	} else {
		err = g.inside(ctx, caller, func(ctx context.Context) error { return g.serve(ctx, op, r, w) })
	}
	if err == nil && len(w.buf) > w.most {
		err = &LimitError{Limit: "Message"}
	}
	if err != nil {
		w = g.packer(answerError)
		if g.packFailure(w, err); len(w.buf) > w.most {
			w = g.packer(answerError)
			g.packFailure(w, &LimitError{Limit: "Message"})
		}
	}
	return w.buf
}

// inside runs f on the program's goroutine if that waits for the host within the call of that number.
func (g *guest) inside(ctx context.Context, caller uint64, f func(context.Context) error) error {
	g.mu.Lock()
	waits := g.waiting[caller]
	g.mu.Unlock()
	if waits == nil {
		return f(ctx)
	}
	done := make(chan error, 1)
	select {
	case waits.work <- func() {
		err := error(errLeft)
		defer func() { done <- err }()
		err = f(context.WithValue(ctx, inside{g.p}, true))
	}:
		return <-done
	case <-waits.over:
		return f(ctx)
	}
}

// serve does one thing.
func (g *guest) serve(ctx context.Context, op byte, r *unpacker, w *packer) error {
	p := g.p
	switch op {
	case opRun:
		return p.Run(ctx, r.string())
	case opImport:
		o, err := p.Import(ctx, r.string())
		if err != nil {
			return err
		}
		return w.any(o)
	case opEval:
		name, text := r.string(), r.string()
		return g.result(w, r.bytes(), func(settle func(goja.Value) error) error {
			return p.do(ctx, func() goja.Value { return p.rt.Scripts.Eval(name, text) }, settle)
		})
	case opExpose:
		name := r.string()
		v, _ := r.any()
		return p.Expose(ctx, name, v)
	case opStats:
		s, err := p.Stats(ctx)
		if err != nil {
			return err
		}
		return w.any(s)
	case opRelease:
		g.mu.Lock()
		delete(g.kept, r.uint())
		g.mu.Unlock()
		return nil
	}
	g.mu.Lock()
	kept := g.kept[r.uint()]
	g.mu.Unlock()
	switch op {
	case opRead:
		return g.read(kept, r, w)
	case opWrite:
		s, ok := kept.(io.Writer)
		if !ok {
			return errGarbage
		}
		_, err := s.Write(r.bytes())
		return err
	case opClose:
		s, ok := kept.(io.Closer)
		if !ok {
			return errGarbage
		}
		return s.Close()
	}
	name := r.string()
	switch x := kept.(type) {
	case *Func:
		shape, args := r.bytes(), r.arguments()
		return g.result(w, shape, func(settle func(goja.Value) error) error { return x.call(ctx, settle, args) })
	case *Object:
		switch op {
		case opMethod:
			shape, args := r.bytes(), r.arguments()
			return g.result(w, shape, func(settle func(goja.Value) error) error { return x.call(ctx, settle, name, args) })
		case opGet:
			return g.result(w, r.bytes(), func(settle func(goja.Value) error) error { return x.get(ctx, settle, name) })
		case opFunc:
			f, err := x.Func(name)
			if err != nil {
				return err
			}
			return w.any(f)
		case opSet:
			v, _ := r.any()
			return x.Set(ctx, name, v)
		}
	}
	return errGarbage
}

// arguments reads those of a call.
func (r *unpacker) arguments() []any {
	args := make([]any, r.number())
	for i := range args {
		args[i] = r.plain(0)
	}
	return args
}

// result runs something that gives its result to settle on the program's goroutine, and writes it when that is over: who is given up meanwhile must not have written half of it.
func (g *guest) result(w *packer, wanted []byte, run func(settle func(goja.Value) error) error) error {
	if len(wanted) == 0 {
		return run(nil)
	}
	s := readShape(wanted)
	var sent []byte
	err := run(func(v goja.Value) error {
		g.p.copied = 0
		to := &packer{peer: g, limit: g.message, most: w.most}
		if err := g.p.send(to, s, 0, v, 0); err != nil {
			return fmt.Errorf("host: the result: %w", err)
		}
		sent = to.buf
		return nil
	})
	if err == nil {
		w.buf = append(w.buf, sent...)
	}
	return err
}

func (g *guest) read(kept any, r *unpacker, w *packer) error {
	s, ok := kept.(io.Reader)
	if !ok {
		return errGarbage
	}
	buf := make([]byte, min(r.uint(), pieceSize))
	n, err := s.Read(buf)
	w.bytes(buf[:n])
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return err
}

// keep gives a number for the host to have.
func (g *guest) keep(x any) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next++
	g.kept[g.next] = x
	return g.next
}

// pack implements peer.
func (g *guest) pack(w *packer, v any) (bool, error) {
	tag := packNull
	switch x := v.(type) {
	case *Exception:
		if x != nil {
			w.byte(packException)
			g.packException(w, x)
			return true, nil
		}
	case *Func:
		if x != nil {
			tag = packFunc
		}
	case *Object:
		if x != nil {
			tag = packHandle
		}
	case io.ReadCloser:
		tag = packReader
	case io.WriteCloser:
		tag = packWriter
	default:
		return false, nil
	}
	w.byte(tag)
	if tag != packNull {
		w.uint(g.keep(v))
	}
	return true, nil
}

func (g *guest) packException(w *packer, e *Exception) {
	w.string(e.Name)
	w.string(e.Message)
	w.string(e.Code)
	w.string(e.text)
	w.uint(uint64(len(e.Frames)))
	for _, f := range e.Frames {
		w.string(f.Function)
		w.string(f.File)
		w.int(int64(f.Line))
		w.int(int64(f.Column))
	}
	w.bool(e.Cause != nil)
	if e.Cause != nil {
		g.packException(w, e.Cause)
	}
	w.uint(uint64(len(e.Errors)))
	for _, one := range e.Errors {
		g.packException(w, one)
	}
	var beyond *LimitError
	var theirs *hostError
	switch {
	case e.Go == nil:
		w.byte(packNull)
	case errors.As(e.Go, &theirs):
		w.byte(packError)
		w.uint(theirs.ref.id)
	case errors.As(e.Go, &beyond):
		w.byte(packList)
		w.string(beyond.Limit)
		w.bool(true)
	default:
		w.byte(packList)
		w.string(e.Go.Error())
		w.bool(false)
	}
}

// packFailure writes why something did not succeed.
func (g *guest) packFailure(w *packer, err error) {
	var thrown *Exception
	var beyond *LimitError
	var exit *ExitError
	switch {
	case errors.Is(err, ErrClosed):
		w.byte(failedClosed)
	case errors.As(err, &thrown):
		w.byte(failedException)
		g.packException(w, thrown)
	case errors.As(err, &beyond):
		w.byte(failedLimit)
		w.string(beyond.Limit)
	case errors.As(err, &exit):
		w.byte(failedExit)
		w.int(int64(exit.Code))
	default:
		w.byte(failedOther)
		w.string(err.Error())
	}
}

// hostRef is a number of the host's, which is told when nothing here has it any more.
type hostRef struct{ id uint64 }

func (g *guest) ref(id uint64) *hostRef {
	ref := &hostRef{id}
	goruntime.AddCleanup(ref, g.forget, id)
	return ref
}

func (g *guest) forget(id uint64) {
	w := g.packer(opForget)
	w.uint(id)
	go g.conn.Call(context.Background(), w.buf)
}

// hostError is an error of the host's.
type hostError struct {
	ref     *hostRef
	e       *Exception
	message string
}

func (e *hostError) Error() string { return e.message }

// Unwrap gives the exception that it was, if it was one.
func (e *hostError) Unwrap() error {
	if e.e == nil {
		return nil
	}
	return e.e
}

func (g *guest) hostError(r *unpacker) *hostError {
	e := &hostError{ref: g.ref(r.uint())}
	name := r.string()
	e.message = r.string()
	code := r.string()
	if name != "Error" || code != "" {
		e.e = &Exception{Name: name, Message: e.message, Code: code}
	}
	return e
}

// unpack implements peer.
func (g *guest) unpack(r *unpacker, tag byte) (any, error) {
	switch tag {
	case packError:
		return g.hostError(r), nil
	case packFunction:
		return g.function(r), nil
	case packFunc, packHandle:
		g.mu.Lock()
		defer g.mu.Unlock()
		if x, ok := g.kept[r.uint()]; ok {
			return x, nil
		}
		return nil, errors.New("a function or an object that was released")
	case packReader:
		return incoming{&hostReader{g, r.uint()}}, nil
	case packWriter:
		return outgoing{&hostWriter{g, r.uint()}}, nil
	}
	return nil, errGarbage
}

// function makes a function of scripts of one of the host's.
func (g *guest) function(r *unpacker) maker {
	ref, name, async, variadic := g.ref(r.uint()), r.string(), r.bool(), r.bool()
	wants := make([]shape, r.uint())
	for i := range wants {
		wants[i] = readShape(r.bytes())
	}
	return func(p *Program, _ int) (goja.Value, error) {
		return p.rt.Func(name, len(wants), func(call goja.FunctionCall) goja.Value {
			p.copied = 0
			given := len(call.Arguments)
			if !variadic {
				given = min(given, len(wants))
			}
			args := &packer{peer: g, limit: g.message, most: g.longest - 1024}
			args.uint(uint64(given))
			for i := range given {
				if err := p.send(args, wants[min(i, len(wants)-1)], 0, call.Arguments[i], 0); err != nil {
					p.rt.Throw(p.rt.VM().NewTypeError("argument %d: %s", i+1, err.Error()))
				}
			}
			if async {
				return p.promised(func() (any, error) {
					return g.invoke(p.ctx, ref, 0, args.buf)
				})
			}
			return p.answer(g.invokeHere(p, ref, args.buf))
		}), nil
	}
}

// invoke has the host call one of its functions.
func (g *guest) invoke(ctx context.Context, ref *hostRef, caller uint64, args []byte) (any, error) {
	w := g.packer(opInvoke)
	w.uint(ref.id)
	w.uint(caller)
	w.buf = append(w.buf, args...)
	r, err := g.ask(ctx, w)
	goruntime.KeepAlive(ref)
	if err != nil {
		return nil, err
	}
	return r.any()
}

// ask has the host do something.
func (g *guest) ask(ctx context.Context, w *packer) (*unpacker, error) {
	body, err := g.conn.Call(ctx, w.buf)
	if err != nil {
		return nil, err
	}
	r := &unpacker{peer: g, in: body, room: 1 << 40, made: true}
	if r.byte() == answerOK {
		return r, nil
	}
	switch r.byte() {
	case failedHost:
		return nil, g.hostError(r)
	case failedErrno:
		return nil, syscall.Errno(r.uint())
	case failedLimit:
		return nil, &LimitError{Limit: r.string()}
	}
	return nil, errGarbage
}

// invokeHere does that on the program's goroutine, which serves the function's own wishes while it waits.
func (g *guest) invokeHere(p *Program, ref *hostRef, args []byte) (any, error) {
	waits := &waiter{work: make(chan func()), over: make(chan struct{})}
	g.mu.Lock()
	if len(g.waiting) >= callsAtATime/4 {
		g.mu.Unlock()
		return nil, errors.New("calls between the program and its host nest too deep")
	}
	g.next++
	caller := g.next
	g.waiting[caller] = waits
	g.mu.Unlock()
	defer func() {
		close(waits.over)
		g.mu.Lock()
		delete(g.waiting, caller)
		g.mu.Unlock()
	}()
	type answer struct {
		v   any
		err error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := g.invoke(p.ctx, ref, caller, args)
		done <- answer{v, err}
	}()
	for {
		select {
		case a := <-done:
			return a.v, a.err
		case f := <-waits.work:
			f()
		}
	}
}

// access asks Config.Access of the host.
func (g *guest) access(kind runtime.Access, resource string) error {
	w := g.packer(opAccess)
	w.byte(byte(kind))
	w.string(resource)
	_, err := g.ask(context.Background(), w)
	return err
}
