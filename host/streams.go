package host

import (
	"errors"
	"io"
	"io/fs"
	"sync"

	"github.com/dop251/goja"
)

// incoming and outgoing are values that scripts get as streams.
type (
	incoming struct{ io.Reader }
	outgoing struct{ io.Writer }
)

// Reader makes an argument, result or exposed value of r that is a stream.Readable in scripts. It is read on a goroutine of its own, one piece at a
// time and only while the stream has room; its error is the stream's. A closer is closed when the stream is destroyed or the program ends.
func Reader(r io.Reader) any { return incoming{r} }

// Writer makes an argument, result or exposed value of w that is a stream.Writable in scripts. What is written there waits, with write() returning false,
// as long as w takes its time; its error is the stream's. A closer is closed when the stream has ended, is destroyed, or the program ends.
func Writer(w io.Writer) any { return outgoing{w} }

// pieceSize is how much is read at a time.
const pieceSize = 64 << 10

// construct makes a stream of a class of module stream.
func (p *Program) construct(class string, methods map[string]func(call goja.FunctionCall)) *goja.Object {
	options := p.rt.VM().NewObject()
	for name, f := range methods {
		p.rt.SetFunc(options, name, 0, func(call goja.FunctionCall) goja.Value { f(call); return goja.Undefined() })
	}
	return p.rt.Construct(p.rt.Require("stream").Get(class), options)
}

// tell calls a callback of a stream's with an error or null.
func (p *Program) tell(callback goja.Value, err error) {
	v := goja.Null()
	if err != nil {
		v = p.error(err)
	}
	if f, ok := goja.AssertFunction(callback); ok {
		p.rt.Call(f, goja.Undefined(), v)
	}
}

// closing makes a function that closes x, once, and at a program's end, of which atEnd knows.
func closing(atEnd func(f func()) (forget func()), x any) func() error {
	c, ok := x.(io.Closer)
	if !ok {
		return func() error { return nil }
	}
	closes := sync.OnceValue(c.Close)
	forget := atEnd(func() { guarded(closes) })
	return func() error {
		forget()
		return closes()
	}
}

// progress reads something: a Reader may give nothing, but not for ever.
func progress(r io.Reader, buf []byte) (n int, err error) {
	for range 100 {
		if n, err = r.Read(buf); n != 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// guarded calls the host's code, whose panic is an error.
func guarded(f func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = panicked(x)
		}
	}()
	return f()
}

func (p *Program) readable(r io.Reader) *goja.Object {
	closes := closing(p.atEnd, r)
	var buf []byte
	var stream *goja.Object
	ended := false
	stream = p.construct("Readable", map[string]func(goja.FunctionCall){
		"read": func(goja.FunctionCall) {
			if ended {
				return
			}
			if buf == nil {
				buf = make([]byte, pieceSize)
			}
			p.rt.Loop().Go(func() func() {
				n := 0
				err := guarded(func() (err error) {
					n, err = progress(r, buf)
					return err
				})
				return func() {
					p.rt.Enter(func() {
						push := func(v goja.Value) { p.rt.CallMethod(stream, "push", v) }
						if ended = err != nil; n > 0 {
							push(p.rt.NewBuffer(append([]byte(nil), buf[:n]...)))
						}
						switch {
						case errors.Is(err, io.EOF):
							push(goja.Null())
						case err != nil:
							p.rt.CallMethod(stream, "destroy", p.error(err))
						}
					})
				}
			})
		},
		"destroy": func(call goja.FunctionCall) {
			ended = true
			p.endStream(closes, call.Argument(0), call.Argument(1))
		},
	})
	return stream
}

// endStream closes what a stream stands for and tells the stream of it. Closing may take its time.
func (p *Program) endStream(closes func() error, failed, callback goja.Value) {
	p.rt.Loop().Go(func() func() {
		err := guarded(closes)
		return func() {
			p.rt.Enter(func() {
				if errors.Is(err, fs.ErrClosed) {
					err = nil
				}
				if f, ok := goja.AssertFunction(callback); ok && (failed != nil && !goja.IsNull(failed) || err == nil) {
					p.rt.Call(f, goja.Undefined(), failed)
				} else {
					p.tell(callback, err)
				}
			})
		}
	})
}

func (p *Program) writable(w io.Writer) *goja.Object {
	closes := closing(p.atEnd, w)
	return p.construct("Writable", map[string]func(goja.FunctionCall){
		"write": func(call goja.FunctionCall) {
			data, _ := p.rt.Bytes(call.Argument(0))
			data = append([]byte(nil), data...)
			callback := call.Argument(2)
			p.rt.Loop().Go(func() func() {
				err := guarded(func() error { return writeAll(w, data) })
				return func() { p.rt.Enter(func() { p.tell(callback, err) }) }
			})
		},
		"destroy": func(call goja.FunctionCall) { p.endStream(closes, call.Argument(0), call.Argument(1)) },
	})
}

// writeAll writes, and takes it for an error if that was not all.
func writeAll(w io.Writer, data []byte) error {
	n, err := w.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	return err
}

// pulled reads a script's stream: anything that can be iterated over asynchronously.
type pulled struct {
	p        *Program
	iterator *goja.Object

	mu   sync.Mutex // of Read
	rest []byte
	err  error
}

// reader makes a reader of a stream, nil of what is none. Program's goroutine only.
func (p *Program) reader(o *goja.Object) io.ReadCloser {
	name, _ := p.rt.Intrinsic("Symbol").Get("asyncIterator").(*goja.Symbol)
	method, ok := goja.AssertFunction(o.GetSymbol(name))
	if !ok {
		return nil
	}
	iterator, ok := p.rt.Call(method, o).(*goja.Object)
	if !ok {
		return nil
	}
	return &pulled{p: p, iterator: iterator}
}

// Read implements io.Reader. Chunks are bytes or strings.
func (r *pulled) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if len(b) == 0 {
			return 0, nil
		}
		if err := r.next(); err != nil {
			r.err = err
		}
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *pulled) next() error {
	done := false
	var chunk any
	err := r.p.do(r.p.ctx, func() goja.Value { return r.p.rt.CallMethod(r.iterator, "next") }, func(v goja.Value) error {
		step, ok := v.(*goja.Object)
		if !ok {
			return errors.New("host: a stream's step is no object")
		}
		if flag := step.Get("done"); flag != nil && flag.ToBoolean() {
			done = true
			return nil
		}
		return r.p.store(&chunk)(step.Get("value"))
	})
	if err != nil {
		return err
	}
	switch c := chunk.(type) {
	case []byte:
		r.rest = c
	case string:
		r.rest = []byte(c)
	default:
		if !done {
			return errors.New("host: a stream's chunk is neither bytes nor a string")
		}
		return io.EOF
	}
	return nil
}

// Close ends the stream, which is destroyed. It does not wait for a Read.
func (r *pulled) Close() error {
	return r.p.do(r.p.ctx, func() goja.Value {
		if end, ok := goja.AssertFunction(r.iterator.Get("return")); ok {
			return r.p.rt.Call(end, r.iterator)
		}
		return nil
	}, nil)
}

// pushed writes to a script's Writable.
type pushed struct {
	p      *Program
	stream *goja.Object
}

// writer makes a writer of a stream, nil of what is none. Program's goroutine only.
func (p *Program) writer(o *goja.Object) io.WriteCloser {
	for _, name := range []string{"write", "end"} {
		if _, ok := goja.AssertFunction(o.Get(name)); !ok {
			return nil
		}
	}
	return &pushed{p, o}
}

// Write implements io.Writer: it returns when the stream has dealt with the bytes.
func (w *pushed) Write(b []byte) (int, error) {
	if err := w.call("write", b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close ends the stream and waits until it has finished.
func (w *pushed) Close() error { return w.call("end") }

// call calls a method with a callback.
func (w *pushed) call(method string, args ...any) error {
	p := w.p
	return p.do(p.ctx, func() goja.Value {
		promise, resolve, reject := p.rt.Promise()
		values := make([]goja.Value, 0, 2)
		for _, a := range args {
			v, err := p.value(a)
			if err != nil {
				p.rt.Throw(p.error(err))
			}
			values = append(values, v)
		}
		p.rt.CallMethod(w.stream, method, append(values, p.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			if failed := call.Argument(0); goja.IsUndefined(failed) || goja.IsNull(failed) {
				resolve(goja.Undefined())
			} else {
				reject(failed)
			}
			return goja.Undefined()
		}))...)
		return promise
	}, nil)
}
