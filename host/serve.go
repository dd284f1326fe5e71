package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// errNoServer is why a Handler answers 503.
var errNoServer = errors.New("host: no server of the program's listens by that name")

// endpoint is a name by which a server of a script's listens to what comes from the host.
type endpoint struct {
	p        *Program
	name     string
	listener net.Listener // nil for a Handler alone

	// Of the program's goroutine:
	handle *goja.Object // of the server that listens, nil if none does
	alive  *loop.Handle
}

// Listen has a server of the script's that listens by a name take its connections from ln: the name is a port with a colon before it, ":8080", an
// address with a port, or any other text, which scripts give as a path: server.listen('gateway'). No policy is asked then. It must come before the script
// listens. ln belongs to the program, which closes it with the server or its own end. What is no *net.TCPListener or *net.UnixListener, TLS for
// example, costs two goroutines for each connection.
func (p *Program) Listen(ctx context.Context, name string, ln net.Listener) error {
	if p == nil || ln == nil {
		return errNil
	}
	return p.do(ctx, func() goja.Value {
		e := p.endpoint(name)
		if e.listener != nil {
			panic(p.rt.VM().NewGoError(fmt.Errorf("host: %s has a listener already", name)))
		}
		e.listener = ln
		p.atEnd(func() { ln.Close() })
		return nil
	}, nil)
}

// Handler gives a handler whose requests are answered by the script's http.Server that listens by a name; see Listen for names. It must come before
// the script listens. Bodies are streams both ways, with trailers, upgrades and informational responses; the end of the client's request is
// the end of the connection. The script finds the client's address in X-Forwarded-For. While nobody listens, and after the program's end, the answer is 503. Any goroutine.
func (p *Program) Handler(name string) http.Handler {
	if p == nil {
		return http.HandlerFunc(unavailable)
	}
	p.rt.Loop().Post(func() { p.endpoint(name) })
	transport := &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx, name) },
		DisableCompression:  true,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     2 * time.Second, // less than the five of a script's server
	}
	p.atEnd(transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "script"
			r.Out.Host, r.Out.URL.RawQuery = r.In.Host, r.In.URL.RawQuery
			r.Out.Trailer = r.In.Trailer // which has its values when the body has been read
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			switch {
			case errors.Is(err, errNoServer), errors.Is(err, ErrClosed), p.ctx.Err() != nil:
				unavailable(w, r)
			case r.Context().Err() == nil:
				http.Error(w, http.StatusText(http.StatusBadGateway), http.StatusBadGateway)
			}
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(inside{p}) != nil { // would wait for itself
			http.Error(w, "a program cannot be asked by itself", http.StatusLoopDetected)
			return
		}
		http.NewResponseController(w).EnableFullDuplex() // as Node's servers are
		proxy.ServeHTTP(w, r)
	})
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
}

// endpoint finds or makes one. Program's goroutine only.
func (p *Program) endpoint(name string) *endpoint {
	e := p.endpoints[name]
	if e == nil {
		e = &endpoint{p: p, name: name}
		if p.endpoints == nil {
			p.endpoints = map[string]*endpoint{}
			p.rt.ListenHook = p.listens
		}
		p.endpoints[name] = e
	}
	return e
}

// listens answers a script's listen by one of the endpoints; it is the runtime's ListenHook.
func (p *Program) listens(_, query *goja.Object, reply func(errno int, handle goja.Value)) bool {
	if kind := query.Get("addressType"); kind == nil || goja.IsString(kind) { // a datagram's
		return false
	}
	address, port := "", query.Get("port").String()
	if a := query.Get("address"); goja.IsString(a) {
		address = a.String()
	}
	e := p.endpoints[net.JoinHostPort(address, port)]
	if e == nil {
		e = p.endpoints[":"+port]
	}
	if query.Get("addressType").ToInteger() == -1 {
		e = p.endpoints[address]
	}
	switch {
	case e == nil:
		return false
	case e.handle != nil:
		reply(-int(syscall.EADDRINUSE), nil)
	default:
		reply(0, e.open())
	}
	return true
}

// open makes the handle of a server that listens.
func (e *endpoint) open() *goja.Object {
	rt := e.p.rt
	o := rt.VM().NewObject()
	e.handle, e.alive = o, rt.Loop().NewHandle("TCPServerWrap")
	alive := e.alive
	alive.Start()
	set := func(name string, f func(call goja.FunctionCall) goja.Value) { rt.SetFunc(o, name, 0, f) }
	zero := rt.VM().ToValue(0)
	set("listen", func(goja.FunctionCall) goja.Value {
		if e.listener != nil {
			go e.serve(e.listener)
		}
		return zero
	})
	set("close", func(call goja.FunctionCall) goja.Value {
		if alive.Closing() {
			return zero
		}
		if e.handle, e.alive = nil, nil; e.listener != nil {
			e.listener.Close()
			e.listener = nil
		}
		callback, ok := goja.AssertFunction(call.Argument(0))
		alive.Close(func() {
			if ok {
				rt.Callback(callback, o)
			}
		})
		return zero
	})
	set("ref", func(goja.FunctionCall) goja.Value { alive.Ref(); return zero })
	set("unref", func(goja.FunctionCall) goja.Value { alive.Unref(); return zero })
	set("hasRef", func(goja.FunctionCall) goja.Value { return rt.VM().ToValue(alive.HasRef()) })
	set("fchmod", func(goja.FunctionCall) goja.Value { return zero })
	if e.listener == nil {
		return o
	}
	if a, err := netip.ParseAddrPort(e.listener.Addr().String()); err == nil {
		set("getsockname", func(call goja.FunctionCall) goja.Value {
			out, family := call.Argument(0).ToObject(rt.VM()), "IPv6"
			if a.Addr().Unmap().Is4() {
				family = "IPv4"
			}
			out.Set("address", a.Addr().Unmap().String())
			out.Set("family", family)
			out.Set("port", a.Port())
			return zero
		})
	}
	return o
}

// serve gives the script's server what the host's listener accepts, one after the other.
func (e *endpoint) serve(ln net.Listener) {
	const longest = time.Second
	pause := 5 * time.Millisecond
	taken := make(chan struct{}, 1)
	for {
		c, err := ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || e.p.ctx.Err() != nil {
				return
			}
			errno := syscall.ECONNABORTED
			errors.As(err, &errno)
			e.p.rt.Loop().Post(func() { e.give(int(errno), -1, false) })
			select { // as long as it is the process that lacks descriptors, say
			case <-time.After(pause):
			case <-e.p.ended:
				return
			}
			pause = min(2*pause, longest)
			continue
		}
		pause = 5 * time.Millisecond
		fd, tcp, err := sys.Descriptor(c)
		if err != nil {
			continue
		}
		var once sync.Once
		e.p.rt.Loop().Post(func() {
			once.Do(func() { e.give(0, fd, tcp) })
			taken <- struct{}{}
		})
		select {
		case <-taken:
		case <-e.p.ended:
			once.Do(func() { sys.Close(fd) })
			return
		}
	}
}

// give tells the server of a connection, whose descriptor is the program's from now on. Program's goroutine only.
func (e *endpoint) give(errno, fd int, tcp bool) bool {
	rt := e.p.rt
	if e.handle == nil {
		if fd >= 0 {
			sys.Close(fd)
		}
		return false
	}
	rt.Enter(func() {
		listener, ok := goja.AssertFunction(e.handle.Get("onconnection"))
		client := goja.Undefined()
		if fd >= 0 {
			class := "Pipe"
			if tcp {
				class = "TCP"
			}
			o := rt.Construct(rt.Require("internal/handles").Get(class), rt.VM().ToValue(0))
			rt.Access.Grant(fd)
			rt.CallMethod(o, "open", rt.VM().ToValue(fd))
			client = o
		}
		if ok {
			rt.Call(listener, e.handle, rt.VM().ToValue(-errno), client)
		}
	})
	return true
}

// dial makes a connection between the host and the server that listens by a name.
func (p *Program) dial(ctx context.Context, name string) (net.Conn, error) {
	ours, theirs, err := sys.Conn()
	if err != nil {
		return nil, err
	}
	given := make(chan bool, 1)
	var once sync.Once
	p.rt.Loop().Post(func() { once.Do(func() { given <- p.endpoint(name).give(0, theirs, false) }) })
	select {
	case ok := <-given:
		if ok {
			return ours, nil
		}
		err = errNoServer
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-p.ended:
		err = p.closed()
	}
	once.Do(func() { sys.Close(theirs) })
	ours.Close()
	return nil, err
}
