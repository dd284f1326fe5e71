package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path"
	"regexp"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"gonode/host"
)

// What scripts tell console comes to the host's logger, with a level and the place.
func TestConsole(t *testing.T) { inBoth(t, testConsole) }

func testConsole(t *testing.T, start starter) {
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey:
			return slog.Attr{}
		case slog.SourceKey:
			s := a.Value.Any().(*slog.Source)
			a.Value = slog.AnyValue(struct {
				Function, File string
				Line           int
			}{s.Function, path.Base(s.File), s.Line})
		}
		return a
	}}))
	p := start(t, host.Config{Console: logger}, map[string]string{"main.ts": `interface A { a: 1 }
function work(a: A) { console.log('value', a); console.debug('unseen') }
work({ a: 1 });
console.group('group'); console.warn('in\nit'); console.groupEnd();
console.error(new Set([1])); console.assert(false, 'no'); console.count();
new console.Console(process.stdout).log('');`})
	if err := p.Run(t.Context(), "main.ts"); err != nil {
		t.Fatal(err)
	}
	const want = `level=INFO msg="value { a: 1 }" source="{Function:work File:main.ts Line:2}"
level=INFO msg=group source="{Function:Object.<anonymous> File:main.ts Line:4}"
level=WARN msg="  in\n  it" source="{Function:Object.<anonymous> File:main.ts Line:4}"
level=ERROR msg="Set(1) { 1 }" source="{Function:Object.<anonymous> File:main.ts Line:5}"
level=ERROR msg="Assertion failed: no" source="{Function:Object.<anonymous> File:main.ts Line:5}"
level=INFO msg="default: 1" source="{Function:Object.<anonymous> File:main.ts Line:5}"
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

// A profile of the scripts names their functions; Go's has them as labels.
func TestProfile(t *testing.T) {
	p := program(t, host.Config{Name: "spinner"}, nil)
	var spin *host.Func
	if err := p.Eval(t.Context(), &spin, "spin.js", `(function spin(ms) { const until = Date.now() + ms; while (Date.now() < until); })`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	done := make(chan error)
	go func() { done <- p.Profile(ctx, &out) }()
	time.Sleep(20 * time.Millisecond)
	var labels bytes.Buffer
	seen := false
	for i := 0; i < 100 && !seen; i++ {
		called := make(chan error)
		go func() { called <- spin.Call(t.Context(), nil, 100) }()
		time.Sleep(30 * time.Millisecond)
		labels.Reset()
		pprof.Lookup("goroutine").WriteTo(&labels, 1)
		if err := <-called; err != nil {
			t.Fatal(err)
		}
		seen = strings.Contains(labels.String(), `{"function":"spin", "program":"spinner"}`)
	}
	if !seen {
		t.Errorf("no label in\n%s", labels.String())
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var profile struct {
		Nodes []struct {
			CallFrame struct{ FunctionName string }
			HitCount  int
		}
	}
	if err := json.Unmarshal(out.Bytes(), &profile); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range profile.Nodes {
		names = append(names, n.CallFrame.FunctionName)
	}
	if !slices.Contains(names, "spin") {
		t.Error(names)
	}
}

// Debuggers reach a program where its Config says, and do not hold up its end.
func TestInspect(t *testing.T) {
	out := &buffer{}
	p := program(t, host.Config{Inspect: "127.0.0.1:0", Stderr: out}, nil)
	if err := p.Eval(t.Context(), nil, "begin.js", `globalThis.answer = 42`); err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`ws://\S+`).FindString(out.String())
	ws, err := websocket.Dial(url, "", "http://127.0.0.1/")
	if err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	defer ws.Close()
	if _, err := ws.Write([]byte(`{"id":1,"method":"Runtime.evaluate","params":{"expression":"answer + 1"}}`)); err != nil {
		t.Fatal(err)
	}
	var reply struct {
		Result struct {
			Result struct {
				Value int `json:"value"`
			} `json:"result"`
		} `json:"result"`
	}
	if err := websocket.JSON.Receive(ws, &reply); err != nil || reply.Result.Result.Value != 43 {
		t.Errorf("%+v, %v", reply, err)
	}
	closed := make(chan error)
	go func() { closed <- p.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("Close waits for the debugger")
	}
	for _, bad := range []string{"nowhere", "127.0.0.1:x", "127.0.0.1:70000"} {
		if _, err := host.NewEngine().New(t.Context(), host.Config{Inspect: bad}); err == nil {
			t.Error(bad)
		}
	}
}

// buffer may be written to while it is read.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
