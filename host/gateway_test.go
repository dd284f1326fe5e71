package host_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"gonode/host"
)

// attacks are what strangers' handlers do besides answering.
var attacks = []string{
	`for (;;);`, `await 0; for (;;);`, `(function f() { try { f() } finally { f() } })()`, `'x'.repeat(2 ** 24).replace(/x*x*y/, '')`,
	`const all = []; for (;;) all.push(new Array(1000).fill(all.length))`, `setInterval(() => { for (;;); })`, `for (;;) setTimeout(() => {}, 1e6)`,
	`for (;;) console.log('x'.repeat(1000))`, `process.exit(1)`, `Promise.reject(new Error('nobody'))`, `Promise.prototype.then = () => { for (;;); }`,
	`return { get x() { for (;;); } }`, `return new Proxy({}, { ownKeys() { throw 1 } })`, `return 'x'.repeat(2 ** 28)`, `for (let o = {};;) o = { o }`,
	`process.nextTick(function f() { process.nextTick(f) })`, `return new Promise(() => {})`, `throw { toString() { for (;;); } }`,
}

// A gateway of many scripts, some of them strangers' that attack it, answers those who behave. GONODE_ATTACK is for how long, a second if it is not set, and
// with it the times are looked at.
func TestGatewayUnderAttack(t *testing.T) {
	length, programs, patience := time.Second, 60, time.Minute // no machine is that slow
	if s := os.Getenv("GONODE_ATTACK"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
		programs, patience = 1000, 200*time.Millisecond
	}
	g := &gateway{engine: host.NewEngine(), tenants: make([]tenant, programs), patience: patience}
	for i := range g.tenants {
		body := fmt.Sprintf("return { answer: req.n + %d }", i)
		if i%20 == 0 {
			body = attacks[i/20%len(attacks)]
		}
		g.tenants[i].files = fstest.MapFS{"handler.mjs": {Data: []byte("export async function handle(req) { " + body + " }")}}
	}
	defer g.close()
	server := httptest.NewServer(g)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	until := time.Now().Add(length)
	var served, attacked atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	ask := func(i, n int) (int, string) {
		res, err := client.Get(fmt.Sprintf("%s/%d/%d", server.URL, i, n))
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(text)
	}
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			var own []time.Duration
			for n := w; time.Now().Before(until) && !t.Failed(); n += 7 {
				i := n % programs
				if i%20 == 0 {
					continue
				}
				began := time.Now()
				status, text := ask(i, n)
				own = append(own, time.Since(began))
				if want := fmt.Sprint(n + i); status != 200 || text != want {
					t.Errorf("program %d: %d %q, not %s", i, status, text, want)
				}
				served.Add(1)
				time.Sleep(time.Millisecond)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
		})
	}
	all.Go(func() { // one attack after the other
		for n := 0; time.Now().Before(until); n += 20 {
			if status, _ := ask(n%programs/20*20, n); status != 500 && status != 200 {
				t.Errorf("an attack gives %d", status)
			}
			attacked.Add(1)
		}
	})
	all.Wait()
	slices.Sort(took)
	if len(took) == 0 || attacked.Load() == 0 {
		t.Fatal("nothing was served")
	}
	p99 := took[len(took)*99/100]
	if patience < time.Minute && p99 > 20*time.Millisecond {
		t.Errorf("p99 is %v", p99)
	}
	t.Logf("%d served, %d attacks; median %v, p99 %v, longest %v", served.Load(), attacked.Load(), took[len(took)/2], p99, took[len(took)-1])
}

// gateway answers requests by the scripts of many tenants. A program that has ended is made anew when it is asked next.
type gateway struct {
	engine  *host.Engine
	tenants []tenant

	patience time.Duration // with one call
}

type tenant struct {
	files fstest.MapFS

	mu      sync.Mutex
	program *host.Program
	handle  *host.Func
}

// function gives the tenant's handler.
func (g *gateway) function(tn *tenant) (*host.Func, error) {
	tn.mu.Lock()
	defer tn.mu.Unlock()
	if tn.handle != nil {
		return tn.handle, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p, err := g.engine.New(context.Background(), host.Config{
		FS: tn.files, Dir: "/", Env: []string{}, Stdout: io.Discard, Stderr: io.Discard,
		Limits: host.Limits{Memory: 64 << 20, CallDepth: 500, Turn: g.patience / 2, Output: 1 << 20, Timers: 100, Descriptors: 10, Message: 1 << 20},
	})
	if err != nil {
		return nil, err
	}
	mod, err := p.Import(ctx, "./handler.mjs")
	if err == nil {
		tn.handle, err = mod.Func("handle")
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	tn.program = p
	return tn.handle, nil
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var i, n int
	if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d", &i, &n); err != nil || i >= len(g.tenants) {
		http.NotFound(w, r)
		return
	}
	tn := &g.tenants[i]
	handle, err := g.function(tn)
	var out struct{ Answer int }
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), g.patience)
		defer cancel()
		err = handle.Call(ctx, &out, map[string]int{"n": n})
	}
	if errors.Is(err, host.ErrClosed) {
		tn.mu.Lock()
		if tn.handle == handle && tn.program != nil {
			tn.program.Close()
			tn.program, tn.handle = nil, nil
		}
		tn.mu.Unlock()
	}
	if err != nil {
		http.Error(w, strings.ToValidUTF8(err.Error(), "?"), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, out.Answer)
}

func (g *gateway) close() {
	for i := range g.tenants {
		if p := g.tenants[i].program; p != nil {
			p.Close()
		}
	}
}
