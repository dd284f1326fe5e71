package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/big"
	"os"
	"reflect"
	goruntime "runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"gonode/runtime"
)

// What a cell asks of its host, with what is written after each and what is answered.
const (
	opInvoke   byte = iota + 64 // a function's number, the caller's, arguments: what it returns
	opPull                      // a reader's number, how much: bytes, none at its end
	opPush                      // a writer's number, bytes
	opShut                      // a stream's number
	opForget                    // numbers of functions and errors that the cell has no more use for
	opAccess                    // the kind, the resource
	opLog                       // level, message, function, file, line
	opStat                      // a file's name: its kind
	opReadFile                  // a file's name: bytes
	opEnded                     // why the program has ended
)

// How an answer begins.
const (
	answerOK    byte = iota // what was asked for follows
	answerError             // a failure follows
)

// The kinds of failures.
const (
	failedOther     byte = iota // a text
	failedException             // an exception
	failedLimit                 // the limit's name
	failedExit                  // the status
	failedClosed                // the program has ended
	failedHost                  // an error of the host's: number, name, message, code
	failedErrno                 // a file's: the number
)

// The streams that a cell has from the start.
const (
	streamStdin uint64 = iota
	streamStdout
	streamStderr
	firstFree
)

const (
	// keptErrors is how many errors of the host's a cell may refer to; the oldest are forgotten.
	keptErrors = 1000
	// keptFunctions is how many functions may be given to a cell that has not forgotten them.
	keptFunctions = 100_000
)

// serving is what a host keeps for its cell's use.
type serving struct {
	c         *Cell
	lock      sync.Mutex
	next      uint64
	functions map[uint64]callable
	streams   map[uint64]*servedStream
	errors    map[uint64]error
	order     []uint64 // of errors
}

// servedStream is one that the cell reads from or writes to, one thing at a time.
type servedStream struct {
	mu     sync.Mutex
	r      io.Reader
	w      io.Writer
	closes func() error
	output bool // it counts for Limits.Output
}

func (s *serving) open(c *Cell) {
	s.c, s.next = c, firstFree
	s.functions, s.errors = map[uint64]callable{}, map[uint64]error{}
	out, err := c.cfg.Stdout, c.cfg.Stderr
	if out == nil {
		out = os.Stdout
	}
	if err == nil {
		err = os.Stderr
	}
	s.streams = map[uint64]*servedStream{
		streamStdin: {r: c.cfg.Stdin}, streamStdout: {w: out, output: true}, streamStderr: {w: err, output: true},
	}
}

func (s *serving) number() uint64 { s.next++; return s.next }

func (s *serving) addFunction(f callable) (uint64, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(s.functions) >= keptFunctions {
		return 0, errors.New("the cell keeps too many functions")
	}
	id := s.number()
	s.functions[id] = f
	return id, nil
}

func (s *serving) addStream(st *servedStream, x any) uint64 {
	st.closes = closing(func(f func()) func() {
		stop := context.AfterFunc(s.c.life, f)
		return func() { stop() }
	}, x)
	s.lock.Lock()
	defer s.lock.Unlock()
	id := s.number()
	s.streams[id] = st
	return id
}

func (s *serving) addError(err error) uint64 {
	s.lock.Lock()
	defer s.lock.Unlock()
	id := s.number()
	s.errors[id] = err
	if s.order = append(s.order, id); len(s.order) > keptErrors {
		delete(s.errors, s.order[0])
		s.order = s.order[1:]
	}
	return id
}

func (s *serving) forget(id uint64) {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.functions, id)
	if _, ok := s.errors[id]; ok {
		delete(s.errors, id)
		s.order = slices.DeleteFunc(s.order, func(n uint64) bool { return n == id })
	}
}

func find[T any](s *serving, all map[uint64]T, id uint64) (x T, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	x, ok := all[id]
	if !ok {
		err = errGarbage
	}
	return x, err
}

// pack implements peer.
func (c *Cell) pack(w *packer, v any) (bool, error) {
	var h *handle
	tag := packFunc
	switch x := v.(type) {
	case *Func:
		if x == nil {
			w.byte(packNull)
			return true, nil
		}
		h = x.cell
	case *Object:
		if x == nil {
			w.byte(packNull)
			return true, nil
		}
		h, tag = x.cell, packHandle
	case incoming:
		w.byte(packReader)
		w.uint(c.addStream(&servedStream{r: x.Reader}, x.Reader))
		return true, nil
	case outgoing:
		w.byte(packWriter)
		w.uint(c.addStream(&servedStream{w: x.Writer}, x.Writer))
		return true, nil
	case asynchronous:
		return true, c.packFunction(w, reflect.ValueOf(x.call), "", true)
	case error:
		w.byte(packError)
		c.packError(w, x)
		return true, nil
	default:
		if f := reflect.ValueOf(v); f.Kind() == reflect.Func && !f.IsNil() {
			return true, c.packFunction(w, f, "", false)
		} else if f.Kind() == reflect.Func {
			w.byte(packNull)
			return true, nil
		}
		return false, nil
	}
	if h == nil || h.c != c {
		return false, errors.New("a function or an object of another program")
	}
	w.byte(tag)
	w.uint(h.id)
	goruntime.KeepAlive(h)
	return true, nil
}

// packError writes an error of the host's as Program.error makes one.
func (c *Cell) packError(w *packer, err error) {
	name, message, code := "Error", err.Error(), ""
	var e *Exception
	if errors.As(err, &e) && e.Name != "" {
		name, message, code = e.Name, e.Message, e.Code
	}
	w.uint(c.addError(err))
	w.string(name)
	w.string(message)
	w.string(code)
}

func (c *Cell) packFunction(w *packer, f reflect.Value, name string, async bool) error {
	called, err := callableOf(f)
	if err != nil {
		return err
	}
	id, err := c.addFunction(called)
	if err != nil {
		return err
	}
	t := f.Type()
	w.byte(packFunction)
	w.uint(id)
	w.string(name)
	w.bool(async)
	w.bool(t.IsVariadic())
	w.uint(uint64(called.params()))
	for i := called.first; i < t.NumIn(); i++ {
		in := t.In(i)
		if t.IsVariadic() && i == t.NumIn()-1 {
			in = in.Elem()
		}
		w.bytes(shapeOf(in))
	}
	return nil
}

// packExposed writes a value with its methods as Program.exposed makes one.
func (c *Cell) packExposed(w *packer, value any) error {
	switch value.(type) {
	case *Func, *Object, *big.Int, error:
		return w.any(value)
	}
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || v.NumMethod() == 0 {
		return w.any(value)
	}
	w.byte(packObject)
	w.uint(uint64(v.NumMethod()))
	for i := range v.NumMethod() {
		method := v.Type().Method(i).Name
		w.string(scriptName(method))
		if err := c.packFunction(w, v.Method(i), scriptName(method), false); err != nil {
			return fmt.Errorf("method %s: %w", method, err)
		}
	}
	return nil
}

// unpack implements peer.
func (c *Cell) unpack(r *unpacker, tag byte) (any, error) {
	if tag == packException {
		return c.exception(r, 0), nil
	}
	h := &handle{c, r.uint()}
	goruntime.AddCleanup(h, c.release, h.id)
	switch tag {
	case packFunc:
		return &Func{cell: h}, nil
	case packHandle:
		return &Object{cell: h}, nil
	case packReader:
		return &cellReader{h: h}, nil
	case packWriter:
		return &cellWriter{h}, nil
	}
	return nil, errGarbage
}

// release tells the cell that nothing here stands for something any more.
func (c *Cell) release(id uint64) {
	go c.do(c.life, opRelease, func(w *packer) error { w.uint(id); return nil }, nil)
}

// exception reads one.
func (c *Cell) exception(r *unpacker, depth int) *Exception {
	if depth > maxCauses {
		r.fail(errGarbage)
	}
	r.takes(200)
	e := &Exception{Name: r.string(), Message: r.string(), Code: r.string(), text: r.string()}
	for n := r.number(); n > 0 && r.err == nil; n-- {
		r.takes(100)
		e.Frames = append(e.Frames, Frame{r.string(), r.string(), int(int32(r.int())), int(int32(r.int()))})
	}
	if r.bool() {
		e.Cause = c.exception(r, depth+1)
	}
	for n := r.number(); n > 0 && r.err == nil; n-- {
		e.Errors = append(e.Errors, c.exception(r, depth+1))
	}
	switch r.byte() {
	case packNull:
	case packError:
		e.Go, _ = find(&c.serving, c.errors, r.uint()) // none, if it was forgotten
		if e.Go == errGarbage {
			e.Go = nil
		}
	default:
		if text, limit := r.string(), r.bool(); limit {
			e.Go = &LimitError{Limit: text}
		} else {
			e.Go = errors.New(text)
		}
	}
	return e
}

// failure reads how an answer begins: nil for what follows.
func (c *Cell) failure(r *unpacker) error {
	if r.byte() == answerOK {
		return c.honest(r)
	}
	err := c.failed(r)
	if r.err != nil {
		return c.honest(r)
	}
	return err
}

func (c *Cell) failed(r *unpacker) error {
	switch r.byte() {
	case failedException:
		return c.exception(r, 0)
	case failedLimit:
		return &LimitError{Limit: r.string()}
	case failedExit:
		return &ExitError{Code: int(int32(r.int()))}
	case failedClosed:
		if r.err == nil {
			c.wait()
		}
		return c.gone()
	}
	return errors.New(r.string())
}

// wait gives a cell whose program has ended time to end itself.
func (c *Cell) wait() {
	select {
	case <-c.ended:
	case <-time.After(cellGrace):
		c.finish(errGarbage)
	}
}

// handle answers what the cell asks; it runs on a goroutine of its own.
func (c *Cell) handle(ctx context.Context, body []byte) []byte {
	r := c.unpacker(body)
	r.shared = &c.room
	defer func() { c.room.Add(r.taken) }()
	w := c.packer()
	w.byte(answerOK)
	if err := c.answer(ctx, r, w); err != nil {
		w.buf = append(w.buf[:0], answerError)
		var errno syscall.Errno
		if errors.As(err, &errno) {
			w.byte(failedErrno)
			w.uint(uint64(errno))
		} else {
			w.byte(failedHost)
			c.packError(w, err)
		}
	}
	if r.err != nil {
		c.finish(r.err)
	}
	if len(w.buf) > w.most {
		w.buf = append(w.buf[:0], answerError, failedLimit)
		w.string("Message")
	}
	return w.buf
}

func (c *Cell) answer(ctx context.Context, r *unpacker, w *packer) error {
	switch r.byte() {
	case opInvoke:
		return c.invoke(ctx, r, w)
	case opPull:
		return c.pull(r, w)
	case opPush:
		return c.push(r)
	case opShut:
		return c.shut(r)
	case opForget:
		for r.err == nil && len(r.in) > 0 {
			c.forget(r.uint())
		}
	case opAccess:
		kind, resource := runtime.Access(r.byte()), r.string()
		if r.err == nil && c.cfg.Access != nil {
			return guarded(func() error { return c.cfg.Access(kind, resource) })
		}
	case opLog:
		c.log(r)
	case opStat:
		return c.stat(r, w)
	case opReadFile:
		return c.readFile(r, w)
	case opEnded:
		err := c.failed(r)
		if r.err == nil {
			c.finish(err)
		}
	default:
		r.fail(errGarbage)
	}
	return nil
}

// invoke calls a function of the host's.
func (c *Cell) invoke(ctx context.Context, r *unpacker, w *packer) error {
	f, err := find(&c.serving, c.functions, r.uint())
	if err != nil {
		r.fail(err)
		return err
	}
	caller := r.uint()
	t := f.f.Type()
	in := make([]reflect.Value, 0, f.params())
	given := r.number()
	for i := range f.params() {
		pt := t.In(f.first + i)
		if t.IsVariadic() && i == f.params()-1 {
			for ; given > 0 && r.err == nil; given-- {
				v := reflect.New(pt.Elem()).Elem()
				r.into(v, 0)
				in = append(in, v)
			}
			break
		}
		v := reflect.New(pt).Elem()
		if given > 0 {
			r.into(v, 0)
			given--
		}
		in = append(in, v)
	}
	if r.err != nil {
		return r.err
	}
	if caller != 0 {
		ctx = context.WithValue(ctx, within{c}, caller)
	}
	result, err := f.invoke(ctx, in)
	if err != nil {
		return err
	}
	return w.any(result)
}

func (c *Cell) stream(r *unpacker) *servedStream {
	st, err := find(&c.serving, c.streams, r.uint())
	if err != nil {
		r.fail(err)
		return &servedStream{}
	}
	return st
}

func (c *Cell) pull(r *unpacker, w *packer) error {
	st, most := c.stream(r), r.uint()
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.r == nil {
		w.bytes(nil)
		return nil
	}
	buf := make([]byte, min(most, pieceSize, uint64(w.most)/2))
	n := 0
	err := guarded(func() (err error) {
		n, err = progress(st.r, buf)
		return err
	})
	if n > 0 || errors.Is(err, io.EOF) { // the error will come again
		err = nil
	}
	w.bytes(buf[:n])
	return err
}

func (c *Cell) push(r *unpacker) error {
	st, data := c.stream(r), r.bytes()
	if st.w == nil {
		return errGarbage
	}
	if limit := c.cfg.Limits.Output; st.output && limit > 0 && c.output.Add(int64(len(data))) > limit {
		err := &LimitError{Limit: "Output"}
		c.finish(err)
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return guarded(func() error { return writeAll(st.w, data) })
}

func (c *Cell) shut(r *unpacker) error {
	id := r.uint()
	st, err := find(&c.serving, c.streams, id)
	if err != nil || st.closes == nil { // of standard streams, nothing
		return nil
	}
	c.lock.Lock()
	delete(c.streams, id)
	c.lock.Unlock()
	if err := guarded(st.closes); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

// log tells Config.Console what a script has told its console.
func (c *Cell) log(r *unpacker) {
	level, message := slog.Level(r.int()), r.string()
	from := &slog.Source{Function: r.string(), File: r.string(), Line: int(int32(r.int()))}
	if r.err != nil || c.cfg.Console == nil || !c.cfg.Console.Handler().Enabled(context.Background(), level) {
		return
	}
	record := slog.NewRecord(time.Now(), level, message, 0)
	if from.File != "" {
		record.AddAttrs(slog.Any(slog.SourceKey, from))
	}
	guarded(func() error { return c.cfg.Console.Handler().Handle(context.Background(), record) })
}

// name reads a file's name, which must be one by the rules of package fs.
func (c *Cell) name(r *unpacker) (string, error) {
	name := r.string()
	if c.cfg.FS == nil || !fs.ValidPath(name) {
		return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
	}
	return name, nil
}

// What stands at a path.
const (
	fileThere byte = iota
	folderThere
)

func (c *Cell) stat(r *unpacker, w *packer) error {
	name, err := c.name(r)
	if err != nil {
		return err
	}
	var st fs.FileInfo
	if err := guarded(func() (err error) { st, err = fs.Stat(c.cfg.FS, name); return err }); err != nil {
		return known(err)
	}
	if st.IsDir() {
		w.byte(folderThere)
	} else {
		w.byte(fileThere)
	}
	return nil
}

func (c *Cell) readFile(r *unpacker, w *packer) error {
	name, err := c.name(r)
	if err != nil {
		return err
	}
	var data []byte
	if err := guarded(func() (err error) { data, err = fs.ReadFile(c.cfg.FS, name); return err }); err != nil {
		return known(err)
	}
	if len(data) > w.most-16 {
		return &fs.PathError{Op: "read", Path: name, Err: syscall.EFBIG}
	}
	w.bytes(data)
	return nil
}

// known gives the errors of package fs the numbers that scripts know them by.
func known(err error) error {
	for of, errno := range map[error]syscall.Errno{fs.ErrNotExist: syscall.ENOENT, fs.ErrPermission: syscall.EACCES, fs.ErrInvalid: syscall.EINVAL} {
		if errors.Is(err, of) {
			return errno
		}
	}
	return err
}

// cellReader reads a script's stream.
type cellReader struct {
	h    *handle
	mu   sync.Mutex
	done error
}

// Read implements io.Reader.
func (s *cellReader) Read(b []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done != nil || len(b) == 0 {
		return 0, s.done
	}
	c := s.h.c
	err = c.do(c.life, opRead, func(w *packer) error {
		w.uint(s.h.id)
		w.uint(uint64(min(len(b), pieceSize)))
		return nil
	}, func(r *unpacker) {
		n = copy(b, r.bytes())
	})
	if err == nil && n == 0 {
		err = io.EOF
	}
	s.done = err
	return n, err
}

// Close ends the stream, which is destroyed.
func (s *cellReader) Close() error { return s.h.close() }

// cellWriter writes to a script's stream.
type cellWriter struct{ h *handle }

// Write implements io.Writer.
func (s *cellWriter) Write(b []byte) (n int, err error) {
	c := s.h.c
	for len(b) > 0 && err == nil {
		piece := b[:min(len(b), pieceSize)]
		err = c.do(c.life, opWrite, func(w *packer) error {
			w.uint(s.h.id)
			w.bytes(piece)
			return nil
		}, nil)
		if err == nil {
			n, b = n+len(piece), b[len(piece):]
		}
	}
	return n, err
}

// Close ends the stream and waits until it has finished.
func (s *cellWriter) Close() error { return s.h.close() }

func (h *handle) close() error {
	return h.c.do(h.c.life, opClose, func(w *packer) error { w.uint(h.id); return nil }, nil)
}
