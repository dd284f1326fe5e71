package host_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"

	"gonode/host"
)

// What a script does to the language does not keep the host from what it asks for.
func TestScriptsThatReplaceThings(t *testing.T) {
	p := program(t, host.Config{}, nil)
	if err := p.Eval(t.Context(), nil, "replace.js", `
		Promise.prototype.then = () => { throw new Error('replaced') };
		Object.defineProperty(Promise.prototype, 'constructor', { get() { throw new Error('replaced') } });
		Array.prototype[Symbol.iterator] = Object.keys = JSON.stringify = Date.prototype.getTime = Error.prototype.toString = () => { throw new Error('replaced') }`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var list []int
	if err := p.Eval(ctx, &list, "list.js", `(async () => { await 0; return [1, 2] })()`); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	var when struct{ At time.Time }
	if err := p.Eval(ctx, &when, "date.js", `Promise.resolve({ at: new Date(1000) })`); err != nil || !when.At.Equal(time.Unix(1, 0)) {
		t.Errorf("%v, %v", when, err)
	}
	var e *host.Exception
	if err := p.Eval(ctx, nil, "reject.js", `Promise.reject(new TypeError('no'))`); !errors.As(err, &e) || e.Name != "TypeError" || e.Message != "no" {
		t.Error(err)
	}
}

// A result that throws while it is looked at is the call's error, and the program goes on.
func TestResultsThatThrow(t *testing.T) {
	p := program(t, host.Config{}, nil)
	for _, script := range []string{
		`({ get x() { throw new RangeError('bad') } })`, `[1, { get x() { throw new RangeError('bad') } }]`,
		`new Proxy({}, { ownKeys() { throw new RangeError('bad') } })`, `new Proxy({}, { get() { throw new RangeError('bad') }, ownKeys: () => ['x'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) })`,
		`(async () => ({ get x() { throw new RangeError('bad') } }))()`,
	} {
		var out any
		var e *host.Exception
		if err := p.Eval(t.Context(), &out, "bad.js", script); !errors.As(err, &e) || e.Name != "RangeError" {
			t.Errorf("%s: %v, %v", script, out, err)
		}
	}
	var e *host.Exception
	err := p.Eval(t.Context(), nil, "thrown.js", `throw Object.defineProperties(new Error(), { message: { get() { throw 1 } }, stack: { get() { throw 2 } }, cause: { get() { throw 3 } } })`)
	if !errors.As(err, &e) || e.String() == "" {
		t.Error(err)
	}
	var n int
	if err := p.Eval(t.Context(), &n, "good.js", `2`); err != nil || n != 2 {
		t.Error(n, err)
	}
}

// Functions of the host's may panic, call the program again, and keep what they were given.
func TestHostFunctionsThatMisbehave(t *testing.T) {
	p := program(t, host.Config{}, nil)
	var kept []byte
	var fn *host.Func
	expose := func(name string, f any) {
		if err := p.Expose(t.Context(), name, f); err != nil {
			t.Fatal(err)
		}
	}
	expose("panics", func() { panic(errors.New("no")) })
	expose("keep", func(b []byte, f *host.Func) { kept, fn = b, f })
	expose("again", func(ctx context.Context, n int) (out int, err error) {
		err = p.Eval(ctx, &out, "again.js", `globalThis.depth = (globalThis.depth ?? 0) + 1; depth < 5 ? again(depth) : depth`)
		return out, err
	})
	expose("waits", func(ctx context.Context) (out int, err error) {
		err = p.Eval(ctx, &out, "waits.js", `new Promise((done) => setImmediate(done, 1))`)
		return out, err
	})
	expose("outside", func() (out int, err error) { // without the context: it would wait for itself
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		err = p.Eval(ctx, &out, "outside.js", `1`)
		return out, err
	})
	var failure *host.PanicError
	if err := p.Eval(t.Context(), nil, "panics.js", `panics()`); !errors.As(err, &failure) || !strings.Contains(string(failure.Stack), "TestHostFunctionsThatMisbehave") {
		t.Error(err)
	}
	var caught string
	if err := p.Eval(t.Context(), &caught, "caught.js", `try { panics() } catch (e) { e.message }`); err != nil || !strings.Contains(caught, "no") {
		t.Errorf("%q, %v", caught, err)
	}
	if err := p.Eval(t.Context(), nil, "keep.js", `var bytes = Buffer.from('kept'); keep(bytes, (n) => n + 1); bytes.fill('x')`); err != nil || string(kept) != "kept" {
		t.Errorf("%q, %v", kept, err)
	}
	var n int
	if err := fn.Call(t.Context(), &n, 1); err != nil || n != 2 {
		t.Error(n, err)
	}
	if err := p.Eval(t.Context(), &n, "again.js", `again(0)`); err != nil || n != 5 {
		t.Error(n, err)
	}
	if err := p.Eval(t.Context(), &n, "waits.js", `waits()`); err == nil {
		t.Error("a promise has been awaited on the program's own goroutine")
	}
	if err := p.Eval(t.Context(), &n, "outside.js", `outside()`); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	p.Close()
	if err := fn.Call(t.Context(), &n, 1); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
}

// badFiles is a file system in which things go wrong.
type badFiles struct{ fstest.MapFS }

type badFile struct {
	fs.File
	fail func() error
}

func (f badFile) Read([]byte) (int, error) { return 0, f.fail() }

func (b badFiles) Open(name string) (fs.File, error) {
	f, err := b.MapFS.Open(name)
	switch name {
	case "forbidden.js":
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	case "broken.js":
		return badFile{f, func() error { return errors.New("the disk is gone") }}, err
	case "panics.js":
		return badFile{f, func() error { panic("no disk") }}, err
	}
	return f, err
}

func (b badFiles) ReadFile(name string) ([]byte, error) {
	f, err := b.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// A file system's errors are errors of the import; a panic ends the program, and no more than that.
func TestFileSystemsThatFail(t *testing.T) {
	text := &fstest.MapFile{Data: []byte("export default 1")}
	p := program(t, host.Config{Dir: "/", FS: badFiles{fstest.MapFS{"forbidden.js": text, "broken.js": text, "panics.js": text, "good.mjs": text}}}, nil)
	for _, name := range []string{"./forbidden.js", "./broken.js", "./missing.js"} {
		if _, err := p.Import(t.Context(), name); err == nil {
			t.Errorf("%s is imported", name)
		} else if errors.Is(err, host.ErrClosed) {
			t.Errorf("%s ends the program: %v", name, err)
		}
	}
	if _, err := p.Import(t.Context(), "./good.mjs"); err != nil {
		t.Error(err)
	}
	var e *host.Exception
	if _, err := p.Import(t.Context(), "./panics.js"); !errors.As(err, &e) || !strings.Contains(e.Message, "no disk") {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

// Standard streams of the host's that fail are errors of the stream; those that block hold up no call for longer than its context.
func TestWritersThatFailOrBlock(t *testing.T) {
	p := program(t, host.Config{Stdout: failing{}}, nil)
	var message string
	if err := p.Eval(t.Context(), &message, "fail.js", `new Promise((done) => { process.stdout.on('error', (e) => done(e.code)); process.stdout.write('x') })`); err != nil || message == "" {
		t.Errorf("%q, %v", message, err)
	}
	r, w := io.Pipe() // which nobody reads
	defer r.Close()
	p = program(t, host.Config{Stdout: w}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := p.Eval(ctx, nil, "block.js", `console.log('x')`); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	closing := make(chan error)
	go func() { closing <- p.Close() }()
	select {
	case <-closing:
	case <-time.After(10 * time.Second):
		t.Error("Close waits for a writer that blocks")
	}
	t.Log(time.Since(begun))
}

// A standard input that the program shares with the host is left as it was.
func TestStdinIsLeftAsItWas(t *testing.T) {
	var fds [2]int
	if err := unix.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	in, out := os.NewFile(uintptr(fds[0]), "in"), os.NewFile(uintptr(fds[1]), "out")
	defer in.Close()
	defer out.Close()
	flags := func() int {
		n, err := unix.FcntlInt(uintptr(fds[0]), unix.F_GETFL, 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := flags()
	p := program(t, host.Config{Stdin: in}, nil)
	out.WriteString("line\n")
	var text string
	if err := p.Eval(t.Context(), &text, "stdin.js", `new Promise((done) => process.stdin.setEncoding('utf8').once('data', done))`); err != nil || text != "line\n" {
		t.Errorf("%q, %v", text, err)
	}
	p.Close()
	if after := flags(); after != before {
		t.Errorf("flags %x, were %x", after, before)
	}
	out.WriteString("more\n")
	b := make([]byte, 10)
	if n, err := in.Read(b); err != nil || string(b[:n]) != "more\n" {
		t.Errorf("%q, %v", b[:n], err)
	}
}
