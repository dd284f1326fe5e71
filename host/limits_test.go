package host_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"gonode/host"
)

// Each limit ends the program, wherever it is, with an error that names it.
func TestLimits(t *testing.T) { inBoth(t, testLimits) }

func testLimits(t *testing.T, start starter) {
	const node = `const need = (name) => process.getBuiltinModule(name); `
	for _, c := range []struct {
		limit  string
		limits host.Limits
		script string
	}{
		{"Memory", host.Limits{Memory: 32 << 20}, `const all = []; for (;;) all.push({ n: all.length, text: 'x'.repeat(100) + all.length })`},
		{"Turn", host.Limits{Turn: 50 * time.Millisecond}, `setTimeout(() => { for (;;); }, 1); new Promise(() => {})`},
		{"Turn", host.Limits{Turn: 50 * time.Millisecond, CPU: time.Hour}, `setImmediate(() => { try { for (;;); } finally { for (;;); } }); new Promise(() => {})`},
		{"CPU", host.Limits{CPU: 50 * time.Millisecond}, `for (;;);`},
		{"CPU", host.Limits{CPU: 50 * time.Millisecond, Turn: time.Hour}, `setInterval(() => { const until = Date.now() + 3; while (Date.now() < until); }, 1); new Promise(() => {})`},
		{"Wall", host.Limits{Wall: 50 * time.Millisecond}, `new Promise(() => {})`},
		{"Wall", host.Limits{Wall: 50 * time.Millisecond}, `for (;;);`},
		{"Output", host.Limits{Output: 1000}, `setInterval(() => console.log('x'.repeat(100)), 1); new Promise(() => {})`},
		{"Output", host.Limits{Output: 1000}, `for (;;) console.error('x')`},
		{"Descriptors", host.Limits{Descriptors: 10}, node + `for (;;) need('fs').openSync('/dev/null')`},
		{"Descriptors", host.Limits{Descriptors: 10}, node + `for (let i = 0; i < 20; i++) need('net').createServer().listen(0, '127.0.0.1'); new Promise(() => {})`},
		{"Descriptors", host.Limits{Descriptors: 10}, node + `for (let i = 0; i < 20; i++) need('fs').open('/dev/null', () => {}); new Promise(() => {})`},
		{"Timers", host.Limits{Timers: 10}, `const f = () => {}; for (;;) setTimeout(f, 1e6)`},
		{"Children", host.Limits{Children: 2}, node + `for (let i = 0; i < 3; i++) need('child_process').spawn('sleep', ['100']); new Promise(() => {})`},
		{"Workers", host.Limits{Workers: 2}, node + `for (let i = 0; i < 3; i++) new (need('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true }); new Promise(() => {})`},
	} {
		t.Run(c.limit, func(t *testing.T) {
			p := start(t, host.Config{Stdout: io.Discard, Stderr: io.Discard, Limits: c.limits}, nil)
			err := p.Eval(t.Context(), nil, "script.js", c.script)
			var beyond *host.LimitError
			if !errors.As(err, &beyond) || beyond.Limit != c.limit || !errors.Is(err, host.ErrClosed) {
				t.Errorf("%s: %v", c.script, err)
			}
		})
	}
}

// What stays within its limits goes on for as long as it likes.
func TestWithinLimits(t *testing.T) { inBoth(t, testWithinLimits) }

func testWithinLimits(t *testing.T, start starter) {
	var out bytes.Buffer
	p := start(t, host.Config{Stdout: &out, Limits: host.Limits{Turn: time.Minute, CPU: time.Minute, Wall: time.Hour, Output: 3000, Descriptors: 5, Timers: 5, Children: 1, Workers: 1}}, nil)
	err := p.Eval(t.Context(), nil, "script.js", `(async () => {
		const need = (name) => process.getBuiltinModule(name), fs = need('fs');
		for (let i = 0; i < 100; i++) {
			fs.closeSync(fs.openSync('/dev/null'));
			await new Promise((resolve) => { clearTimeout(setTimeout(() => {}, 1e6)); setTimeout(resolve, 0) });
			console.log('twenty bytes, or so');
		}
		for (let i = 0; i < 3; i++) {
			const server = need('net').createServer().listen(0, '127.0.0.1');
			await need('events').once(server, 'listening');
			await new Promise((resolve) => server.close(resolve));
			await need('events').once(need('child_process').spawn('true'), 'exit');
			await need('events').once(new (need('worker_threads').Worker)('', { eval: true }), 'exit');
		}
	})()`)
	if err != nil || strings.Count(out.String(), "\n") != 100 {
		t.Errorf("%v, %q", err, out.String())
	}
}

// A message that is too large fails the call; the program goes on.
func TestMessages(t *testing.T) { inBoth(t, testMessages) }

func testMessages(t *testing.T, start starter) {
	p := start(t, host.Config{Limits: host.Limits{Message: 10_000}}, nil)
	var echo *host.Func
	if err := p.Eval(t.Context(), &echo, "echo.js", `(x, n) => typeof x === 'string' ? x.repeat(n) : Array.isArray(x) ? Array(n).fill(x[0]) : Buffer.alloc(n)`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		arg any
		n   int
		ok  bool
	}{
		{"x", 9000, true}, {"x", 10_000, false}, {strings.Repeat("x", 10_000), 1, false}, {[]byte{1}, 9000, true}, {[]byte{1}, 10_000, false},
		{make([]byte, 10_000), 1, false}, {[]int{1}, 300, true}, {[]int{1}, 1_000_000, false}, {make([]int, 1000), 1, false},
	} {
		var out any
		err := echo.Call(t.Context(), &out, c.arg, c.n)
		var beyond *host.LimitError
		if c.ok != (err == nil) || !c.ok && (!errors.As(err, &beyond) || beyond.Limit != "Message") {
			t.Errorf("%.20v, %d: %v", c.arg, c.n, err)
		}
	}
}
