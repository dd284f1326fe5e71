package tls

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/secure"
)

// wrap is what the slot of a TLS handle holds: the protocol between the parent handle, whose bytes are sealed, and the
// socket, whose bytes are not. The parent is a handle of internal/handles, or an object with the same methods.
type wrap struct {
	m       *module
	object  *goja.Object
	parent  *goja.Object
	stream  *handle.Stream // of a parent that is native
	release func()
	async   any

	ctx      *secure.Context // that the peer's certificates are verified with
	config   *tls.Config
	conn     *secure.Conn
	sessions secure.Sessions
	session  []byte // the latest of them
	server   bool
	refused  error // no version is left to speak
	heard    bool  // the client has said something
	begun    bool
	settled  func() // waits for the handshake, see whenSettled
	asks     bool   // the client's hello goes to a script
	keylog   bool
	// The client's order of suites is followed, not the server's.
	clientsOrder bool
	staples      bool // a server whose script answers for its certificate
	ocsp         bool
	fragment     int

	// Of a server whose script keeps the sessions, see storeSessions.
	wrapSession   func(*tls.SessionState) ([]byte, error)
	unwrapSession func([]byte) (*tls.SessionState, error)

	hello   hello
	chain   []*x509.Certificate
	verdict *secure.Verdict

	consumer  handle.ReadFunc  // see channel.go
	room      handle.Allocator // of the consumer
	reading   bool
	draining  bool
	ended     bool          // the end was delivered
	parentEOF syscall.Errno // how the parent's bytes ended
	closed    bool
	user      []byte

	pending []request // writes that wait for the handshake
	queued  int       // bytes written and not yet taken by the parent

	bytesRead, bytesWritten uint64
}

// request is a write and its callback, which gets the errno and a text.
type request struct {
	data []byte
	done func(errno int, detail string)
}

// eproto is the errno of a write that fails by the protocol.
const eproto = -int(syscall.EPROTO)

// begin starts the handshake.
func (w *wrap) begin() {
	if w.begun || w.closed {
		return
	}
	w.begun = true
	if w.keylog || w.m.rt.Config().Options.TLSKeylog != "" {
		w.config.KeyLogWriter = keylogger{w}
	}
	if err := w.ctx.ErrNoProtocols(); err != nil {
		if w.server {
			// Its client is told when it has said something.
			w.refused = err
			w.startParent()
			return
		}
		loop := w.m.rt.Loop()
		loop.AddRequest()
		loop.Defer(func() {
			loop.DoneRequest()
			w.conn.Refuse(70)
			w.handshaken(err)
		})
		return
	}
	w.m.open[w] = struct{}{}
	w.conn.Handshake(w.handshaken)
	w.startParent()
}

func (w *wrap) startParent() {
	if w.stream != nil {
		w.stream.ReadStart(nil)
	} else {
		w.callParent("readStart")
	}
}

func (w *wrap) stopParent() {
	if w.stream != nil {
		w.stream.ReadStop()
	} else {
		w.callParent("readStop")
	}
}

func (w *wrap) callParent(name string, args ...goja.Value) goja.Value {
	fn, ok := goja.AssertFunction(w.parent.Get(name))
	if !ok {
		return goja.Undefined()
	}
	return w.m.rt.Call(fn, w.parent, args...)
}

// emit calls one of the object's callbacks, as a task of its own.
func (w *wrap) emit(name string, args ...goja.Value) {
	fn, ok := goja.AssertFunction(w.object.Get(name))
	if !ok {
		return
	}
	w.m.rt.Async.Callback(w.async, fn, w.object, args...)
}

// sealed takes what the parent has read.
func (w *wrap) sealed(buf []byte, errno syscall.Errno, _ []int) {
	if w.closed {
		return
	}
	if errno != 0 {
		w.parentEOF = errno
		w.conn.FeedEOF()
		switch {
		case w.conn.Established():
			w.drain()
		case !w.begun:
			w.end(errno)
		}
		return
	}
	if w.refused != nil {
		w.conn.Refuse(70) // protocol_version
		w.handshaken(w.refused)
		return
	}
	if w.server && !w.heard {
		// What is no hello is turned away before more of it is read.
		w.heard = true
		if err := secure.CheckFirst(buf); err != nil {
			w.conn.Abort()
			w.handshaken(err)
			return
		}
	}
	w.conn.Feed(buf)
	if w.conn.Established() {
		w.drain()
	}
}

// handshaken goes on after the handshake.
func (w *wrap) handshaken(err error) {
	if w.closed {
		return
	}
	defer func() {
		if f := w.settled; f != nil {
			w.settled = nil
			f()
		}
	}()
	if err != nil {
		w.flush(nil)
		if w.parentEOF != 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
			w.end(w.parentEOF)
			return
		}
		w.fail(err)
		return
	}
	w.newSessions()
	if w.ocsp && !w.server {
		var response goja.Value = goja.Null()
		if r := w.conn.State().OCSPResponse; len(r) > 0 {
			response = w.m.rt.NewBuffer(bytes.Clone(r))
		}
		w.emit("onocspresponse", response)
	}
	w.emit("onhandshakedone")
	if !w.closed {
		w.flush(nil)
	}
	pending := w.pending
	w.pending = nil
	for _, r := range pending {
		if w.closed {
			r.done(-int(syscall.ECANCELED), "")
			continue
		}
		w.queued -= len(r.data)
		if errno := w.write(r); errno < 0 {
			r.done(errno, "")
		}
	}
	if w.closed {
		return
	}
	if !w.reading {
		w.stopParent()
	}
	w.drain()
}

// fail reports an error of the protocol: to a write that waits, or else to onerror.
func (w *wrap) fail(err error) {
	e := secure.Explain(err)
	if len(w.pending) > 0 {
		pending := w.pending
		w.pending, w.queued = nil, 0
		for _, r := range pending {
			r.done(eproto, e.Error())
		}
		return
	}
	w.emit("onerror", w.m.openssl(e))
}

// end delivers the end of what the peer sends, once.
func (w *wrap) end(errno syscall.Errno) {
	if w.ended || w.closed {
		return
	}
	w.ended = true
	w.emit("onread", w.m.vm.ToValue(-int(errno)), goja.Undefined())
}

const recordSize = 16 << 10

// drain opens records as long as the socket reads.
func (w *wrap) drain() {
	if w.draining {
		return
	}
	w.draining = true
	defer func() { w.draining = false }()
	for w.reading && !w.closed && !w.ended && w.conn.Established() {
		if w.consumer != nil {
			w.consume()
			if w.consumer != nil {
				return
			}
			continue
		}
		buf := w.user
		if buf == nil {
			buf = make([]byte, recordSize)
		}
		n, err := w.conn.Read(buf)
		w.flush(nil)
		w.newSessions()
		if !w.opened(n, err) {
			return
		}
		var data goja.Value = goja.Undefined()
		if w.user == nil {
			if n < recordSize/2 {
				buf = bytes.Clone(buf[:n])
			}
			data = w.m.rt.NewBuffer(buf[:n:n])
		}
		w.emit("onread", w.m.vm.ToValue(n), data)
	}
}

// InputWaits tells whether the peer has sent something that the socket has not been given.
func (w *wrap) InputWaits() bool {
	return w.conn.Buffered() || w.stream != nil && w.stream.InputWaits()
}

// newSessions reports what the server has given to come back with.
func (w *wrap) newSessions() {
	for _, s := range w.sessions.Received() {
		w.session = s
		if !w.closed {
			w.emit("onnewsession", goja.Undefined(), w.m.rt.NewBuffer(bytes.Clone(s)))
		}
	}
}

// flush sends what the protocol has to say; done, if any, is called later.
func (w *wrap) flush(done func(errno int)) int {
	out := w.conn.Output()
	loop := w.m.rt.Loop()
	later := func(errno int) {
		if done != nil {
			loop.Check(func() { done(errno) })
		}
	}
	if len(out) == 0 {
		later(0)
		return 0
	}
	if w.stream != nil {
		async, errno := w.stream.Write(out, func(errno syscall.Errno) {
			if done != nil {
				done(-int(errno))
			}
		})
		if errno != 0 {
			return -int(errno)
		}
		if !async {
			w.conn.Reuse(out)
			// A write of TLS never completes before it returns, as in Node.
			later(0)
		}
		return 0
	}
	callback := w.m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		if done != nil {
			done(int(call.Argument(0).ToInteger()))
		}
		return goja.Undefined()
	})
	result := goja.Value(goja.Undefined())
	w.m.rt.Enter(func() {
		result = w.callParent("write", w.m.rt.NewBuffer(out), goja.Undefined(), callback)
	})
	switch r := int(result.ToInteger()); {
	case r < 0:
		return r
	case r == 0:
		later(0)
	}
	return 0
}

// write seals and sends; the result is negative if that fails at once, and the request's done is not called then.
func (w *wrap) write(r request) int {
	switch {
	case w.closed:
		return -int(syscall.EBADF)
	case w.begun && !w.conn.Established() && !w.conn.Handshaking():
		return -int(syscall.EPIPE)
	case !w.conn.Established():
		w.pending = append(w.pending, r)
		w.queued += len(r.data)
		w.begin()
		return 0
	}
	if err := w.conn.Write(r.data, w.fragment); err != nil {
		return -int(syscall.EPIPE)
	}
	n := len(r.data)
	w.queued += n
	w.bytesWritten += uint64(n)
	errno := w.flush(func(errno int) {
		w.queued -= n
		r.done(errno, "")
	})
	if errno < 0 {
		w.queued -= n
	}
	return errno
}

// abort ends everything under way; the parent is closed by the script.
func (w *wrap) abort() {
	if w.closed {
		return
	}
	w.closed = true
	delete(w.m.open, w)
	w.conn.Abort()
	if w.release != nil {
		w.release()
	}
	pending := w.pending
	w.pending = nil
	loop := w.m.rt.Loop()
	for _, r := range pending {
		loop.OnClose(func() { r.done(-int(syscall.ECANCELED), "") })
	}
}

// keylogger passes the lines of secrets on to the loop.
type keylogger struct{ w *wrap }

func (k keylogger) Write(line []byte) (int, error) {
	line = bytes.Clone(line)
	k.w.conn.Post(func() {
		k.w.m.rt.Enter(func() { k.w.m.logKey(line) })
		if k.w.keylog && !k.w.closed {
			k.w.emit("onkeylog", k.w.m.rt.NewBuffer(line))
		}
	})
	return len(line), nil
}

// of finds the state of a handle.
func (m *module) of(v goja.Value) *wrap {
	w, ok := m.rt.Slot(v).(*wrap)
	if !ok {
		m.rt.Throw(m.rt.NewPlainError("TypeError", "Illegal invocation"))
	}
	return w
}

// chunk gives the bytes of what is to be written, which stay as they are.
func (m *module) chunk(v, encoding goja.Value) []byte { return m.rt.BytesIn(v, encoding) }
