package modules_test

import (
	"context"
	"testing"

	"gonode/modules"
	"gonode/runtime"
)

// Embedded JavaScript costs 0.04 to 0.06 ms a kilobyte in every process that loads it; a child is worth forking because
// it loads next to none.
func TestStartUpBudget(t *testing.T) {
	for _, c := range []struct {
		script string
		limit  int
	}{
		{"0", 0},
		{"process.nextTick(() => {}); setTimeout(() => {}, 1)", 0},
		{"process.on('message', () => {}); process.emitWarning", 0},
		{"console.log('')", 1 << 10},
		{"Buffer.from('a'); new URL('http://a/'); require('fs'); require('path'); require('stream'); require('util')", 0},
		{"require('http'); require('child_process'); require('cluster'); require('net')", 0},
		{"require('child_process').fork", 15 << 10},
		{"require('cluster').fork", 9 << 10},
		{"require('net').createServer()", 17 << 10},
		{"require('http').createServer(() => {})", 60 << 10},
		{"require('https')", 0},
		{"require('tls')", 5 << 10},
		{"require('https').createServer(() => {})", 112 << 10},
	} {
		rt, err := runtime.New(runtime.Config{Modules: modules.All()})
		if err != nil {
			t.Fatal(err)
		}
		if err := rt.RunScript(context.Background(), "budget.js", c.script); err != nil {
			t.Errorf("%s: %v", c.script, err)
		}
		if n := rt.ScriptBytes(); n > c.limit {
			t.Errorf("%s: loads %d bytes of embedded JavaScript, the budget is %d", c.script, n, c.limit)
		} else {
			t.Logf("%s: %d bytes of %d", c.script, n, c.limit)
		}
		rt.Close()
	}
}
