package host_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gonode/host"
	"gonode/runtime"
)

// What a program has opened ends with it.
func TestCloseEndsWhatIsOpen(t *testing.T) {
	p := program(t, host.Config{}, nil)
	var opened struct{ Port, Child, Grandchild int }
	err := p.Eval(t.Context(), &opened, "open.js", `(async () => {
		const { spawn } = process.getBuiltinModule('child_process');
		const server = process.getBuiltinModule('http').createServer(() => {}).listen(0, '127.0.0.1');
		await new Promise((r) => server.once('listening', r));
		const child = spawn('sleep', ['60']);
		await new Promise((r) => child.once('spawn', r));
		setInterval(() => {}, 1000);
		const { Worker } = process.getBuiltinModule('worker_threads');
		const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
		await new Promise((r) => worker.once('online', r));
		return { port: server.address().port, child: child.pid };
	})()`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Stats(t.Context())
	if err != nil || s.Uptime <= 0 || !slices.Contains(s.Resources, "Timeout") || !slices.Contains(s.Resources, "ProcessWrap") {
		t.Errorf("%+v, %v", s, err)
	}
	p.Close()
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", opened.Port)); err == nil {
		c.Close()
		t.Error("the server still listens")
	}
	for i := 0; syscall.Kill(opened.Child, 0) == nil; i++ {
		if i == 500 {
			syscall.Kill(opened.Child, syscall.SIGKILL)
			t.Fatal("the child still runs")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A function that a script has called may close the program: the call that led there ends with it.
func TestCloseFromInside(t *testing.T) {
	p := program(t, host.Config{}, nil)
	if err := p.Expose(t.Context(), "leave", func() { p.Close() }); err != nil {
		t.Fatal(err)
	}
	if err := p.Eval(t.Context(), nil, "leave.js", `leave()`); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
}

func TestAccessIsAsked(t *testing.T) { inBoth(t, testAccessIsAsked) }

func testAccessIsAsked(t *testing.T, start starter) {
	refused := errors.New("not here")
	p := start(t, host.Config{Access: func(kind runtime.Access, resource string) error {
		if strings.HasSuffix(resource, "secret") {
			return refused
		}
		return nil
	}}, nil)
	var e *host.Exception
	if err := p.Eval(t.Context(), nil, "read.js", `process.getBuiltinModule('fs').readFileSync('/tmp/secret')`); !errors.As(err, &e) || e.Code != "ERR_ACCESS_DENIED" {
		t.Error(err)
	}
}

// Close waits for what closes the host's own things, but not for ever.
func TestCloseWaitsForClosers(t *testing.T) {
	for _, takes := range []time.Duration{20 * time.Millisecond, time.Hour} {
		p := program(t, host.Config{}, nil)
		closed := make(chan bool, 1)
		late := &closer{func() {
			select {
			case <-time.After(takes):
				closed <- true
			case <-t.Context().Done():
			}
		}}
		if err := p.Expose(t.Context(), "input", host.Reader(late)); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- p.Close() }()
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			t.Fatal("Close waits for ever")
		}
		select {
		case <-closed:
		default:
			if takes < time.Second {
				t.Error("Close does not wait")
			}
		}
	}
}

type closer struct{ f func() }

func (c *closer) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closer) Close() error             { c.f(); return nil }
