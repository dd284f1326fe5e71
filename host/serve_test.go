package host_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"gonode/host"
)

const echoServer = `
	import { createServer } from 'node:http';
	const server = createServer((req, res) => {
		if (req.url === '/abort') return void req.socket.destroy();
		if (req.url === '/wait') { state = 'waits'; req.on('close', () => { state = 'gone' }); return }
		res.writeHead(207, { 'x-method': req.method, 'x-host': req.headers.host, 'x-for': req.headers['x-forwarded-for'] ?? '', 'x-url': req.url, trailer: 'x-end' });
		res.flushHeaders();
		req.on('data', (chunk) => res.write(String(chunk).toUpperCase()));
		req.on('end', () => { res.addTrailers({ 'x-end': req.trailers['x-start'] ?? 'none' }); res.end() });
	});
	server.on('upgrade', (req, socket) => {
		socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
		socket.pipe(socket);
	});
	server.listen(NAME);
	export const close = () => new Promise((resolve) => server.close(resolve));
	export const address = () => server.address();
	let state = '';
	export const is = (s) => state === s;`

// serving makes a program whose server listens by a name.
func serving(t *testing.T, before func(p *host.Program), name string) (*host.Program, *host.Object) {
	t.Helper()
	p := program(t, host.Config{Dir: "/"}, map[string]string{"server.mjs": strings.Replace(echoServer, "NAME", name, 1)})
	before(p)
	mod, err := p.Import(t.Context(), "./server.mjs")
	if err != nil {
		t.Fatal(err)
	}
	return p, mod
}

// A script's server answers requests of Go's, with bodies that are streams, trailers and the client's own names.
func TestHandler(t *testing.T) {
	var handler http.Handler
	p, mod := serving(t, func(p *host.Program) { handler = p.Handler(":8080") }, "8080")
	server := httptest.NewServer(handler)
	defer server.Close()

	in, body := io.Pipe()
	req, _ := http.NewRequest("PUT", server.URL+"/a%2Fb?x=1;y", in)
	req.Host, req.Trailer = "example.test", http.Header{"X-Start": nil}
	res, err := http.DefaultClient.Do(req) // answers before the body is there
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for _, word := range []string{"one\n", "two\n"} {
		io.WriteString(body, word)
		if got, err := lines.ReadString('\n'); got != strings.ToUpper(word) {
			t.Fatalf("%q, %v", got, err)
		}
	}
	req.Trailer.Set("X-Start", "over")
	body.Close()
	io.Copy(io.Discard, lines)
	if res.StatusCode != 207 || res.Trailer.Get("X-End") != "over" || res.Header.Get("X-Method") != "PUT" || res.Header.Get("X-Host") != "example.test" ||
		res.Header.Get("X-Url") != "/a%2Fb?x=1;y" || res.Header.Get("X-For") != "127.0.0.1" {
		t.Errorf("%d %v %v", res.StatusCode, res.Header, res.Trailer)
	}

	if res, err := http.Get(server.URL + "/abort"); err != nil || res.StatusCode != 502 {
		t.Errorf("%v, %v", res, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	state := func(is string) {
		for i, yes := 0, false; !yes; i++ {
			if err := mod.Call(t.Context(), &yes, "is", is); err != nil || i == 10_000 {
				t.Error(is, err)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	go func() {
		defer cancel()
		state("waits")
	}()
	req, _ = http.NewRequestWithContext(ctx, "GET", server.URL+"/wait", nil)
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	state("gone")

	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(c)
	if res, err := http.ReadResponse(r, nil); err != nil || res.StatusCode != 101 {
		t.Fatalf("%v, %v", res, err)
	}
	fmt.Fprint(c, "ping\n")
	if line, err := r.ReadString('\n'); line != "ping\n" {
		t.Errorf("%q, %v", line, err)
	}

	c.Close()
	if err := mod.Call(t.Context(), nil, "close"); err != nil {
		t.Error(err)
	}
	for _, end := range []func(){func() {}, func() { p.Close() }} {
		end()
		w := httptest.NewRecorder()
		if handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil)); w.Code != 503 {
			t.Error(w.Code)
		}
	}
}

// A hundred at a time, and a handler that nobody listens for.
func TestHandlerAtOnce(t *testing.T) {
	var handler, other http.Handler
	serving(t, func(p *host.Program) { handler, other = p.Handler("app"), p.Handler("nobody") }, "'app'")
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			body := fmt.Sprint("body ", i)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(body)))
			if w.Code != 207 || w.Body.String() != strings.ToUpper(body) {
				t.Error(w.Code, w.Body)
			}
		})
	}
	all.Wait()
	w := httptest.NewRecorder()
	if other.ServeHTTP(w, httptest.NewRequest("GET", "/", nil)); w.Code != 503 {
		t.Error(w.Code)
	}
}

// A script's server listens to what the host has opened: a socket, or TLS over one.
func TestListen(t *testing.T) {
	cert := httptest.NewTLSServer(nil)
	defer cert.Close()
	for name, wrap := range map[string]func(net.Listener) net.Listener{
		"tcp": func(ln net.Listener) net.Listener { return ln },
		"tls": func(ln net.Listener) net.Listener { return tls.NewListener(ln, cert.TLS) },
	} {
		t.Run(name, func(t *testing.T) {
			tcp, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			_, mod := serving(t, func(p *host.Program) {
				if err := p.Listen(t.Context(), "gateway", wrap(tcp)); err != nil {
					t.Fatal(err)
				}
				if err := p.Listen(t.Context(), "gateway", wrap(tcp)); err == nil {
					t.Error("two listeners by one name")
				}
			}, "'gateway'")
			client, scheme := cert.Client(), "https"
			if name == "tcp" {
				client, scheme = http.DefaultClient, "http"
			}
			res, err := client.Post(scheme+"://"+tcp.Addr().String()+"/p", "text/plain", strings.NewReader(strings.Repeat("abc", 100_000)))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil || string(text) != strings.Repeat("ABC", 100_000) || res.StatusCode != 207 {
				t.Errorf("%d, %d, %v", res.StatusCode, len(text), err)
			}
			client.CloseIdleConnections()
			var address struct{ Port int }
			if err := mod.Call(t.Context(), &address, "address"); err != nil || address.Port != tcp.Addr().(*net.TCPAddr).Port {
				t.Error(address, err)
			}
			if err := mod.Call(t.Context(), nil, "close"); err != nil {
				t.Error(err)
			}
			if c, err := net.Dial("tcp", tcp.Addr().String()); err == nil {
				c.Close()
				t.Error("the listener is open")
			}
		})
	}
}

// slow takes what it is given in its own time.
type slow struct {
	strings.Builder
	closed chan struct{}
}

func (s *slow) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Builder.Write(b)
}

func (s *slow) Close() error { close(s.closed); return nil }

// Go's readers and writers are streams in scripts, a script's streams readers and writers in Go; errors pass both ways.
func TestStreams(t *testing.T) { inBoth(t, testStreams) }

func testStreams(t *testing.T, start starter) {
	p := start(t, host.Config{}, nil)
	var upper, make_, fail *host.Func
	for out, text := range map[**host.Func]string{
		&upper: `async (input, output) => {
			const { pipeline } = process.getBuiltinModule('stream/promises');
			await pipeline(input, async function* (source) { for await (const c of source) yield String(c).toUpperCase() }, output);
		}`,
		&make_: `(kind) => {
			const { Readable, PassThrough } = process.getBuiltinModule('stream');
			const pieces = function* () { for (let i = 0; i < 1000; i++) yield 'piece ' + i + '\n' };
			if (kind === 'web') return new Blob([...pieces()]).stream();
			if (kind === 'duplex') return new PassThrough();
			return Readable.from(pieces());
		}`,
		&fail: `() => new (process.getBuiltinModule('stream').Readable)({ read() { this.destroy(new RangeError('no more')) } })`,
	} {
		if err := p.Eval(t.Context(), out, "streams.js", text); err != nil {
			t.Fatal(err)
		}
	}

	text := strings.Repeat("some text ", 50_000)
	out := &slow{closed: make(chan struct{})}
	if err := upper.Call(t.Context(), nil, host.Reader(iotest.HalfReader(strings.NewReader(text))), host.Writer(out)); err != nil {
		t.Fatal(err)
	}
	<-out.closed
	if out.String() != strings.ToUpper(text) {
		t.Errorf("%d bytes of %d", out.Len(), len(text))
	}

	// What goes wrong in Go is an error there, and comes back as what it was.
	broken := errors.New("broken")
	if err := upper.Call(t.Context(), nil, host.Reader(iotest.ErrReader(broken)), host.Writer(io.Discard)); !errors.Is(err, broken) {
		t.Error(err)
	}
	r, w := io.Pipe()
	r.CloseWithError(broken)
	if err := upper.Call(t.Context(), nil, host.Reader(strings.NewReader("x")), host.Writer(w)); !errors.Is(err, broken) {
		t.Error(err)
	}
	panics := writer(func([]byte) (int, error) { panic("no") })
	var failure *host.PanicError
	if err := upper.Call(t.Context(), nil, host.Reader(strings.NewReader("x")), host.Writer(panics)); !errors.As(err, &failure) {
		t.Error(err)
	}

	for _, kind := range []string{"node", "web"} {
		var in io.ReadCloser
		if err := make_.Call(t.Context(), &in, kind); err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(in)
		if err != nil || strings.Count(string(all), "\n") != 1000 {
			t.Errorf("%s: %d bytes, %v", kind, len(all), err)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
	var duplex *host.Object
	if err := make_.Call(t.Context(), &duplex, "duplex"); err != nil {
		t.Fatal(err)
	}
	var identity *host.Func
	if err := p.Eval(t.Context(), &identity, "identity.js", `(x) => x`); err != nil {
		t.Fatal(err)
	}
	var in io.ReadCloser
	var to io.WriteCloser
	if err := errors.Join(identity.Call(t.Context(), &in, duplex), identity.Call(t.Context(), &to, duplex)); err != nil {
		t.Fatal(err)
	}
	go func() {
		for range 100 {
			io.WriteString(to, strings.Repeat("x", 10_000))
		}
		to.Close()
	}()
	if all, err := io.ReadAll(in); len(all) != 1_000_000 || err != nil {
		t.Error(len(all), err)
	}
	var e *host.Exception
	if err := fail.Call(t.Context(), &in); err != nil {
		t.Fatal(err)
	} else if _, err := in.Read(make([]byte, 1)); !errors.As(err, &e) || e.Name != "RangeError" {
		t.Error(err)
	}
	if err := identity.Call(t.Context(), &in, 1); err == nil {
		t.Error("a number is read")
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// What the host reads from and writes to ends with the program, a stream that waits for it does not hold it up.
func TestStreamsEndWithProgram(t *testing.T) {
	p := program(t, host.Config{}, nil)
	r, w := io.Pipe()
	if err := p.Expose(t.Context(), "input", host.Reader(r)); err != nil {
		t.Fatal(err)
	}
	if err := p.Eval(t.Context(), nil, "read.js", `void input.on('data', () => {})`); err != nil {
		t.Fatal(err)
	}
	p.Close()
	var err error
	for err == nil { // a read that was under way may still take something
		_, err = w.Write([]byte("x"))
	}
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// An object stays where it is; its properties and methods are reached from Go.
func TestObject(t *testing.T) { inBoth(t, testObject) }

func testObject(t *testing.T, start starter) {
	p := start(t, host.Config{}, nil)
	var counter *host.Object
	if err := p.Eval(t.Context(), &counter, "counter.js", `new (class { n = 1; add(by) { return this.n += by } get bad() { throw new TypeError('bad') } })`); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := counter.Call(t.Context(), &n, "add", 2); err != nil || n != 3 {
		t.Error(n, err)
	}
	add, err := counter.Func("add")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(counter.Set(t.Context(), "n", 40), add.Call(t.Context(), &n, 2), counter.Get(t.Context(), &n, "n")); err != nil || n != 42 {
		t.Error(n, err)
	}
	if err := p.Expose(t.Context(), "same", counter); err != nil {
		t.Fatal(err)
	}
	if err := p.Eval(t.Context(), &n, "same.js", `same.n += 1`); err != nil || n != 43 {
		t.Error(n, err)
	}
	var e *host.Exception
	if err := counter.Get(t.Context(), &n, "bad"); !errors.As(err, &e) || e.Name != "TypeError" {
		t.Error(err)
	}
	if err := counter.Call(t.Context(), nil, "missing"); !errors.As(err, &e) || e.Name != "TypeError" {
		t.Error(err)
	}
	if p, ok := p.(*host.Program); ok {
		testPost(t, p)
	}
	p.Close()
	if err := counter.Get(t.Context(), &n, "n"); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
}

func testPost(t *testing.T, p *host.Program) {
	order := make(chan int, 4)
	p.Expose(t.Context(), "note", func(n int) { order <- n })
	if err := p.Post(func(ctx context.Context) {
		p.Eval(ctx, nil, "a.js", `setImmediate(note, 3); queueMicrotask(() => note(2)); note(0)`)
		p.Eval(ctx, nil, "b.js", `note(1)`)
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if got := <-order; got != i {
			t.Errorf("%d in place of %d", got, i)
		}
	}
	p.Close()
	if err := p.Post(func(context.Context) {}); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
}
