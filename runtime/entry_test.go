package runtime

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// order runs a script in which log(x) notes a line and nextTick(f) queues a tick, as one macrotask.
func order(t *testing.T, script string) (string, error) {
	t.Helper()
	var log []string
	var stderr strings.Builder
	rt, err := New(Config{Env: []string{}, Stderr: &stderr})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	rt.SetFunc(rt.vm.GlobalObject(), "log", 1, func(call goja.FunctionCall) goja.Value {
		log = append(log, call.Argument(0).String())
		return goja.Undefined()
	})
	rt.SetFunc(rt.vm.GlobalObject(), "nextTick", 1, func(call goja.FunctionCall) goja.Value {
		fn, _ := goja.AssertFunction(call.Argument(0))
		rt.NextTick(func() { rt.Call(fn, goja.Undefined()) })
		return goja.Undefined()
	})
	err = rt.Run(context.Background(), func() {
		if _, err := rt.vm.RunString(script); err != nil {
			rt.Rethrow(err)
		}
	})
	return strings.Join(log, " "), err
}

func TestOrder(t *testing.T) {
	for script, want := range map[string]string{
		`Promise.resolve().then(() => log('job')); nextTick(() => log('tick')); log('sync')`:                                          "sync tick job",
		`nextTick(() => { Promise.resolve().then(() => log('job')); nextTick(() => log('tick2')); log('tick1') })`:                    "tick1 tick2 job",
		`Promise.resolve().then(() => { nextTick(() => log('tick')); }).then(() => log('job2'))`:                                      "job2 tick",
		`nextTick(() => { nextTick(() => log('b')); log('a') }); Promise.resolve().then(() => nextTick(() => log('c')))`:              "a b c",
		`Promise.reject(1).catch(() => log('caught'))`:                                                                                "caught",
		`let p = Promise.reject(1); nextTick(() => p.catch(() => log('in time')))`:                                                    "in time",
		`(async () => { await null; log('1'); await null; log('2') })(); Promise.resolve().then(() => log('a')).then(() => log('b'))`: "1 a 2 b",
	} {
		got, err := order(t, script)
		if err != nil || got != want {
			t.Errorf("%s\n got %q, %v\nwant %q", script, got, err, want)
		}
	}
}

func TestJobsGoOnAfterAnError(t *testing.T) {
	got, err := order(t, `
		Promise.resolve().then(() => log('job1')); Promise.resolve().then(() => log('job2'))
		nextTick(() => { log('tick1'); recurse() }); nextTick(() => log('tick2'))
		function recurse() { throwing() }`)
	if got != "tick1" || err == nil {
		t.Errorf("an uncaught error ends the script: got %q, %v", got, err)
	}
}

func TestUncaughtEndsWithStatus1(t *testing.T) {
	for _, script := range []string{
		`throw new Error('x')`,
		`nextTick(() => { throw 1 })`,
		`Promise.resolve().then(() => { nextTick(() => { throw null }) })`,
		`function f() { f() }; f()`,
	} {
		_, err := order(t, script)
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Code != 1 {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestCancelStopsARunningScript(t *testing.T) {
	rt, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	ctx, cancel := context.WithCancel(context.Background())
	err = rt.Run(ctx, func() {
		cancel()
		if _, err := rt.vm.RunString(`for (;;) {}`); err != nil {
			rt.Rethrow(err)
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkCallback(b *testing.B) {
	rt, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	v, _ := rt.vm.RunString(`(function(a, b) { return a })`)
	fn, _ := goja.AssertFunction(v)
	arg := rt.vm.ToValue(1)
	b.ReportAllocs()
	rt.OnBase(func() {
		for b.Loop() {
			rt.Callback(fn, goja.Undefined(), arg)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		rt, err := New(Config{})
		if err != nil {
			b.Fatal(err)
		}
		rt.Close()
	}
}
