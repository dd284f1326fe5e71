package host_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gonode/host"
)

// program makes one over files of a file system in memory.
func program(t *testing.T, cfg host.Config, files map[string]string) *host.Program {
	t.Helper()
	if files != nil {
		tree := fstest.MapFS{}
		for name, text := range files {
			tree[name] = &fstest.MapFile{Data: []byte(text)}
		}
		cfg.FS, cfg.Dir = tree, "/"
	}
	p, err := host.NewEngine().New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

type order struct {
	Items   int               `json:"items"`
	Note    *string           `json:"note,omitempty"`
	Placed  time.Time         `gonode:"placed"`
	Data    []byte            `json:"data"`
	Extra   map[string]any    `json:"extra"`
	Tags    []string          `json:"tags"`
	private int               //lint:ignore U1000 not for scripts
	Rates   map[string]uint16 `json:"rates"`
}

func TestValuesBothWays(t *testing.T) { inBoth(t, testValuesBothWays) }

func testValuesBothWays(t *testing.T, start starter) {
	p := start(t, host.Config{}, map[string]string{"same.mjs": `
		export const same = (v) => v;
		export const kinds = (...all) => all.map((v) => Object.prototype.toString.call(v) + (v?.constructor?.name ?? ''));
		export default async function later(v) { await null; return v; }`})
	mod, err := p.Import(t.Context(), "./same.mjs")
	if err != nil {
		t.Fatal(err)
	}
	note := "läßt"
	in := order{Items: 3, Note: &note, Placed: time.UnixMilli(1700000000123), Data: []byte{0, 255}, Tags: []string{"a", "b"},
		Extra: map[string]any{"__proto__": true, "n": 1.5, "list": []any{"x", nil}}, Rates: map[string]uint16{"x": 65535}}
	for _, name := range []string{"same", "default"} {
		f, err := mod.Func(name)
		if err != nil {
			t.Fatal(err)
		}
		var out order
		if err := f.Call(t.Context(), &out, in); err != nil {
			t.Fatal(err)
		}
		if !out.Placed.Equal(in.Placed) {
			t.Errorf("%v became %v", in.Placed, out.Placed)
		}
		out.Placed = in.Placed
		if !reflect.DeepEqual(in, out) {
			t.Errorf("%s: %+v became %+v", name, in, out)
		}
	}
	same, _ := mod.Func("same")
	for _, v := range []any{nil, true, 1.5, "text", big.NewInt(5), []byte{1}, []any{1.0}, map[string]any{"a": "b"}} {
		var out any
		if err := same.Call(t.Context(), &out, v); err != nil || !reflect.DeepEqual(out, v) {
			t.Errorf("%v became %v, %v", v, out, err)
		}
	}
	var n int8
	for v, want := range map[any]string{300: "300 is no int8", 1.5: "1.5 is no int8", "1": `"1" is no int8`, int64(1 << 60): "is no int8"} {
		if err := same.Call(t.Context(), &n, v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", v, err)
		}
	}
	kinds, _ := mod.Func("kinds")
	var list []string
	if err := kinds.Call(t.Context(), &list, uint64(1<<63), []byte{}, time.Now(), errors.New("x"), func() {}, [2]int{}, struct{}{}); err != nil {
		t.Fatal(err)
	}
	if want := "[object BigInt]BigInt [object Uint8Array]Buffer [object Date]Date [object Error]Error [object Function]Function [object Array]Array [object Object]Object"; strings.Join(list, " ") != want {
		t.Errorf("got %s", strings.Join(list, " "))
	}
	loop := map[string]any{}
	loop["self"] = loop
	if err := same.Call(t.Context(), nil, loop); err == nil || !strings.Contains(err.Error(), "refers to itself") {
		t.Errorf("a circular map: %v", err)
	}
	var out any
	if err := p.Eval(t.Context(), &out, "circle.js", `const circle = {}; circle.self = circle; circle`); err == nil || !strings.Contains(err.Error(), "refers to itself") {
		t.Errorf("a circular object: %v", err)
	}
	if err := p.Eval(t.Context(), &out, "getter.js", `({ get x() { throw new RangeError('no') } })`); err == nil || err.Error() != "RangeError: no" {
		t.Errorf("a getter that throws: %v", err)
	}
}

func TestExceptions(t *testing.T) { inBoth(t, testExceptions) }

func testExceptions(t *testing.T, start starter) {
	p := start(t, host.Config{}, map[string]string{"bad.ts": `
		interface Wrong { why: string }
		export function fail(w: Wrong): never {
			throw Object.assign(new TypeError(w.why, { cause: new Error('below') }), { code: 'ERR_WHY' });
		}
		export const all = () => Promise.any([Promise.reject(new RangeError('a')), Promise.reject(5)]);
		export const text = () => { throw 'text' };`})
	mod, err := p.Import(t.Context(), "./bad.ts")
	if err != nil {
		t.Fatal(err)
	}
	call := func(name string, args ...any) *host.Exception {
		f, err := mod.Func(name)
		if err != nil {
			t.Fatal(err)
		}
		var e *host.Exception
		if err := f.Call(t.Context(), nil, args...); !errors.As(err, &e) {
			t.Fatalf("%s: %v", name, err)
		}
		return e
	}
	e := call("fail", map[string]string{"why": "so"})
	if e.Name != "TypeError" || e.Message != "so" || e.Code != "ERR_WHY" || e.Cause == nil || e.Cause.Message != "below" || e.Error() != "TypeError: so" {
		t.Errorf("%+v", e)
	}
	if len(e.Frames) == 0 || e.Frames[0].Function != "fail" || !strings.HasSuffix(e.Frames[0].File, "/bad.ts") || e.Frames[0].Line != 4 {
		t.Errorf("%+v", e.Frames)
	}
	if !strings.Contains(e.String(), "code: 'ERR_WHY'") {
		t.Error(e.String())
	}
	if e = call("all"); e.Name != "AggregateError" || len(e.Errors) != 2 || e.Errors[0].Name != "RangeError" || e.Errors[1].Message != "5" {
		t.Errorf("%+v", e)
	}
	if e = call("text"); e.Name != "" || e.Message != "text" && e.Message != "'text'" {
		t.Errorf("%+v", e)
	}
	if _, err := mod.Func("absent"); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Error(err)
	}
	if _, err := p.Import(t.Context(), "./none.js"); err == nil || !strings.Contains(err.Error(), "none.js") {
		t.Error(err)
	}
}

type store struct{ values sync.Map }

func (s *store) Put(key string, value any) { s.values.Store(key, value) }
func (s *store) Get(key string) (any, error) {
	if v, ok := s.values.Load(key); ok {
		return v, nil
	}
	return nil, os.ErrNotExist
}

func TestExpose(t *testing.T) { inBoth(t, testExpose) }

func testExpose(t *testing.T, start starter) {
	p := start(t, host.Config{}, nil)
	ctx := t.Context()
	var again *host.Func
	for name, v := range map[string]any{
		"db": &store{},
		"sum": func(all ...int) (n int) {
			for _, x := range all {
				n += x
			}
			return n
		},
		"slow":  host.Async(func(ctx context.Context, n int) (int, error) { time.Sleep(time.Millisecond); return 2 * n, nil }),
		"fails": host.Async(func(ctx context.Context, n int) (int, error) { return 0, os.ErrPermission }),
		"crash": func() { var m map[string]int; m["x"]++ },
		"keep":  func(f *host.Func) { again = f },
		"call": func(ctx context.Context, f *host.Func, n int) (out int, err error) {
			err = f.Call(ctx, &out, n)
			return out, err
		},
	} {
		if err := p.Expose(ctx, name, v); err != nil {
			t.Fatal(err)
		}
	}
	for source, want := range map[string]any{
		`db.put('a', [1]); JSON.stringify(db.get('a'))`:                             "[1]",
		`sum(1, 2, 3) + sum()`:                                                      6.0,
		`slow(21)`:                                                                  42.0,
		`fails(1).catch((e) => e.message)`:                                          "permission denied",
		`try { db.get('b') } catch (e) { e.message }`:                               "file does not exist",
		`try { sum('x') } catch (e) { e.name + ' ' + e.message }`:                   `TypeError argument 1: "x" is no int`,
		`try { crash() } catch (e) { e.message }`:                                   "host: a function of the host's panicked: assignment to entry in nil map",
		`call((n) => n + 1, 1)`:                                                     2.0,
		`try { call(() => { throw new RangeError('r') }, 1) } catch (e) { e + '' }`: "RangeError: r",
		`keep((x) => x * 2); typeof db.put + db.put.name`:                           "functionput",
	} {
		var out any
		if err := p.Eval(ctx, &out, "x.js", source); err != nil || out != want {
			t.Errorf("%s: %v, %v", source, out, err)
		}
	}
	var n int
	if err := again.Call(ctx, &n, 4); err != nil || n != 8 {
		t.Error(n, err)
	}
	if err := p.Eval(ctx, nil, "x.js", `db.get('b')`); !errors.Is(err, os.ErrNotExist) {
		t.Error("what a function of the host's returned is lost:", err)
	}
	var crash *host.PanicError
	if err := p.Eval(ctx, nil, "x.js", `crash()`); !errors.As(err, &crash) || !strings.Contains(string(crash.Stack), "testExpose") {
		t.Error(err)
	}
}

func TestContextEndsOneCall(t *testing.T) { inBoth(t, testContextEndsOneCall) }

func testContextEndsOneCall(t *testing.T, start starter) {
	p := start(t, host.Config{}, nil)
	for i, source := range []string{`for (;;);`, `(function f() { try { for (;;); } catch { f() } finally { for (;;); } })()`, `new Promise(() => {})`,
		`Promise.resolve().then(() => { for (;;); })`, `process.nextTick(() => { for (;;); })`, `'x'.repeat(2 ** 22).replace(/x*x*y/, '')`} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := p.Eval(ctx, nil, "endless.js", source); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", source, err)
		}
		cancel()
		var n int
		if err := p.Eval(t.Context(), &n, "after.js", fmt.Sprint(i, " + 1")); err != nil || n != i+1 {
			t.Fatalf("after %s: %v, %v", source, n, err)
		}
	}
}

func TestRun(t *testing.T) { inBoth(t, testRun) }

func testRun(t *testing.T, start starter) {
	var out strings.Builder
	files := map[string]string{
		"main.js":  `console.log('one'); setTimeout(() => console.log('two'), 5); process.once('beforeExit', () => setImmediate(() => console.log('three'))); globalThis.made = 7`,
		"exit.js":  `process.exit(3)`,
		"zero.js":  `process.exit(0)`,
		"bad.js":   `setTimeout(() => { null.x })`,
		"wait.mjs": `await new Promise(() => {})`,
	}
	p := start(t, host.Config{Stdout: &out}, files)
	if err := p.Run(t.Context(), "main.js"); err != nil || out.String() != "one\ntwo\nthree\n" {
		t.Errorf("%q %v", out.String(), err)
	}
	var n int
	if err := p.Eval(t.Context(), &n, "x.js", "made"); err != nil || n != 7 {
		t.Error(n, err)
	}
	if err := p.Run(t.Context(), "main.js"); err == nil {
		t.Error("a second main script ran")
	}
	var exit *host.ExitError
	if err := start(t, host.Config{}, files).Run(t.Context(), "exit.js"); !errors.As(err, &exit) || exit.Code != 3 {
		t.Error(err)
	}
	if err := start(t, host.Config{}, files).Run(t.Context(), "zero.js"); err != nil {
		t.Error(err)
	}
	p = start(t, host.Config{Stderr: &out}, files)
	var e *host.Exception
	if err := p.Run(t.Context(), "bad.js"); !errors.As(err, &e) || e.Name != "TypeError" {
		t.Error(err)
	}
	if err := p.Eval(t.Context(), nil, "x.js", "1"); !errors.Is(err, host.ErrClosed) || !errors.As(err, &e) {
		t.Error(err)
	}
	if err := start(t, host.Config{}, files).Run(t.Context(), "wait.mjs"); !errors.As(err, &exit) || exit.Code != 13 {
		t.Error(err)
	}
}

func TestMisuse(t *testing.T) {
	var eng *host.Engine
	if _, err := eng.New(t.Context(), host.Config{}); err == nil {
		t.Error("a nil engine makes programs")
	}
	var p *host.Program
	if err := p.Eval(t.Context(), nil, "x.js", "1"); err == nil || p.Close() != nil {
		t.Error(err)
	}
	var f *host.Func
	if err := f.Call(t.Context(), nil); err == nil {
		t.Error("a nil function is called")
	}
	p = program(t, host.Config{}, nil)
	q := program(t, host.Config{}, nil)
	if err := p.Eval(t.Context(), &f, "x.js", "() => 1"); err != nil {
		t.Fatal(err)
	}
	if err := q.Expose(t.Context(), "f", f); err == nil {
		t.Error("a function goes from one program to another")
	}
	if err := p.Expose(t.Context(), "f", func() (int, int, error) { return 0, 0, nil }); err == nil {
		t.Error("two results")
	}
	if err := p.Eval(t.Context(), 5, "x.js", "1"); err == nil {
		t.Error("a result is stored in no pointer")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { p.Close() })
		all.Go(func() { p.Eval(context.Background(), nil, "x.js", "new Promise(() => {})") })
	}
	all.Wait()
	if err := f.Call(t.Context(), nil); !errors.Is(err, host.ErrClosed) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Eval(ctx, nil, "x.js", "1"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestManyCallers(t *testing.T) { inBoth(t, testManyCallers) }

func testManyCallers(t *testing.T, start starter) {
	p := start(t, host.Config{}, map[string]string{"count.mjs": `let n = 0; export const add = async (k) => { await null; return n += k }; export const total = () => n`})
	mod, err := p.Import(t.Context(), "./count.mjs")
	if err != nil {
		t.Fatal(err)
	}
	add, _ := mod.Func("add")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if err := add.Call(t.Context(), nil, 2); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	total, _ := mod.Func("total")
	var n int
	if err := total.Call(t.Context(), &n); err != nil || n != 1600 {
		t.Error(n, err)
	}
}
