package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	goruntime "runtime"
	"testing"

	"github.com/dop251/goja"

	"gonode/modules"
	"gonode/runtime"
)

// Run returns when its context has ended, even though a function of the host's that the script called does not.
func TestRunLeavesWhatDoesNotEnd(t *testing.T) {
	entered, release, written := make(chan bool), make(chan bool), make(chan error, 1)
	block := &runtime.Module{Name: "block", Binding: func(rt *runtime.Runtime) *goja.Object {
		o := rt.VM().NewObject()
		rt.SetFunc(o, "block", 0, func(goja.FunctionCall) goja.Value {
			close(entered)
			<-release
			_, err := rt.Stdout().Write([]byte("late"))
			written <- err
			return goja.Undefined()
		})
		return o
	}}
	var out bytes.Buffer
	rt, err := runtime.New(runtime.Config{Modules: append(modules.All(), block), Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-entered; cancel() }()
	err = rt.RunScript(ctx, "x.js", "console.log(1); require('block').block(); console.log(2)")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	rt.CloseAll()
	close(release)
	if err := <-written; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a write after that: %v", err)
	}
	<-rt.Ended()
	if out.String() != "1\n" {
		t.Errorf("output %q", out.String())
	}
}

// What a function of the host's does to its goroutine reaches the one that called Run.
func TestGoexitLeavesRun(t *testing.T) {
	exit := &runtime.Module{Name: "exit", Binding: func(rt *runtime.Runtime) *goja.Object {
		o := rt.VM().NewObject()
		rt.SetFunc(o, "exit", 0, func(goja.FunctionCall) goja.Value {
			goruntime.Goexit()
			return nil
		})
		return o
	}}
	done := make(chan bool)
	go func() {
		defer close(done)
		rt, err := runtime.New(runtime.Config{Modules: append(modules.All(), exit)})
		if err != nil {
			t.Error(err)
			return
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		err = rt.RunScript(ctx, "x.js", "require('exit').exit()")
		t.Errorf("Run returned: %v", err)
	}()
	<-done
}
