package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dop251/goja"

	"gonode/modules"
	"gonode/runtime"
)

// A script runs to its end; what it prints goes to the host's writer; its exit status is an error.
func Example() {
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Args: []string{"world"}, Stdout: printer{}})
	if err != nil {
		panic(err)
	}
	defer rt.Close()
	err = rt.RunScript(context.Background(), "hello.js", `
		setTimeout(() => {
			console.log('hello, ' + process.argv[1]);
			process.exitCode = 3;
		}, 1);
	`)
	var exit *runtime.ExitError
	if errors.As(err, &exit) {
		fmt.Println("exit status", exit.Code)
	}
	// Output:
	// hello, world
	// exit status 3
}

// A module of the host's own is a few lines: scripts get it by require.
func ExampleModule() {
	greeting := &runtime.Module{Name: "greeting", Binding: func(rt *runtime.Runtime) *goja.Object {
		exports := rt.VM().NewObject()
		rt.SetFunc(exports, "greet", 1, func(call goja.FunctionCall) goja.Value {
			return rt.VM().ToValue("good day, " + call.Argument(0).String())
		})
		// Work that blocks runs elsewhere and settles a promise on the loop.
		rt.SetFunc(exports, "later", 0, func(goja.FunctionCall) goja.Value {
			promise, resolve, _ := rt.Promise()
			rt.Loop().Go(func() func() {
				time.Sleep(time.Millisecond)
				return func() { rt.Enter(func() { resolve("done") }) }
			})
			return promise
		})
		return exports
	}}
	rt, err := runtime.New(runtime.Config{Modules: append([]*runtime.Module{greeting}, modules.All()...), Stdout: printer{}})
	if err != nil {
		panic(err)
	}
	defer rt.Close()
	rt.RunScript(context.Background(), "main.js", `
		const { greet, later } = require('greeting');
		console.log(greet('Ada'));
		later().then(console.log);
	`)
	// Output:
	// good day, Ada
	// done
}

// Serve keeps the runtime, Do calls into it from any goroutine and waits for promises.
func ExampleRuntime_Do() {
	rt, err := runtime.New(runtime.Config{Modules: modules.All()})
	if err != nil {
		panic(err)
	}
	defer rt.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- rt.Serve(ctx, nil) }()

	sum, err := rt.Do(ctx, func() goja.Value {
		return rt.Scripts.Eval("sum.js", `(async () => { await null; return 1 + 2 })()`)
	})
	fmt.Println(sum, err)
	_, err = rt.Do(ctx, func() goja.Value {
		return rt.Scripts.Eval("bad.js", `null.x`)
	})
	var script *runtime.ScriptError
	fmt.Println(errors.As(err, &script))

	cancel()
	fmt.Println(<-ended)
	// Output:
	// 3 <nil>
	// true
	// <nil>
}

// A script that never yields is stopped by its context.
func ExampleRuntime_Run_cancel() {
	rt, err := runtime.New(runtime.Config{Modules: modules.All()})
	if err != nil {
		panic(err)
	}
	defer rt.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	fmt.Println(rt.RunScript(ctx, "spin.js", `for (;;) {}`))
	// Output: context deadline exceeded
}

type printer struct{}

func (printer) Write(p []byte) (int, error) { return fmt.Print(string(p)) }
