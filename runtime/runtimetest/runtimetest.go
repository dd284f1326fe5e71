// Package runtimetest runs scripts in tests of modules that a Go program adds to Node's:
//
//	func TestGreeting(t *testing.T) {
//		runtimetest.Run(t, `assert.equal(require('greeting').greet('you'), 'good day, you')`, greeting.Module)
//	}
package runtimetest

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"gonode/modules"
	"gonode/runtime"
)

// patience is how long a script may take that waits for something which does not come.
const patience = time.Minute

// Run runs a CommonJS script in a runtime with Node's modules and those given, until nothing is left to happen, and gives what it has printed. assert is
// node:assert/strict, the working directory a folder of its own. A script that fails, exits with another status than 0, or leaves something open for a minute fails the
// test, with the report as Node prints it. Tests may run side by side.
func Run(t testing.TB, script string, own ...*runtime.Module) (printed string) {
	t.Helper()
	var out, report output
	rt, err := runtime.New(runtime.Config{Modules: append(modules.All(), own...), Dir: t.TempDir(), Stdout: &out, Stderr: &report})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.CloseAll()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := rt.RunScript(ctx, t.Name()+".js", "const assert = require('node:assert/strict');"+script); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), report.String())
	}
	if report.String() != "" {
		t.Log(report.String())
	}
	return out.String()
}

// output is what a script and its worker threads print.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
