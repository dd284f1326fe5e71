package main

import (
	"os/exec"
	"testing"
	"time"
)

// A gonode parent with a Node child, the reverse, and gonode with itself do what Node does with itself: each kind of
// message and handle, in both serializations, and a cluster under both policies.
func TestInterop(t *testing.T) {
	node := realNode(t)
	runtimes := map[string]string{"node": node, "gonode": binary}
	run := func(t *testing.T, parent string, args ...string) string {
		cmd := exec.Command(parent, args...)
		timer := time.AfterFunc(60*time.Second, func() { cmd.Process.Kill() })
		defer timer.Stop()
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	compare := func(t *testing.T, script string, args ...string) {
		t.Parallel()
		want := run(t, node, append([]string{"../../testdata/interop/" + script, node}, args...)...)
		for _, pair := range [][2]string{{"gonode", "gonode"}, {"gonode", "node"}, {"node", "gonode"}} {
			got := run(t, runtimes[pair[0]], append([]string{"../../testdata/interop/" + script, runtimes[pair[1]]}, args...)...)
			if got != want {
				t.Errorf("%s with a child %s:\n%s\nnode with itself:\n%s", pair[0], pair[1], got, want)
			}
		}
	}
	for _, mode := range []string{"json", "advanced"} {
		for _, kind := range []string{"message", "socket", "unix socket", "keep open", "many sockets", "server", "unix server", "http", "dgram", "order"} {
			t.Run(mode+" "+kind, func(t *testing.T) { compare(t, "parent.js", mode, kind) })
		}
	}
	t.Run("http2", func(t *testing.T) { compare(t, "http2.js") })
	for _, policy := range []string{"rr", "none"} {
		t.Run("cluster "+policy, func(t *testing.T) { compare(t, "cluster.js", policy) })
	}
}

// What was on its way to a child that dies is closed, what waited stays with its owner, and each callback comes once. (In
// Node itself the socket leaks, 'disconnect' never comes, and getConnections does not call back.)
func TestHandlesToDeadChild(t *testing.T) {
	const want = `true true
sent 1 null
true false
false false
sent 2 ERR_IPC_CHANNEL_CLOSED
sent 3 ERR_IPC_CHANNEL_CLOSED
exit null SIGKILL
closed [ 1 ] [ [ false, true ], [ false, false ], [ false, false ] ]
null 2
`
	child := []string{binary}
	if node, err := exec.LookPath("node"); err == nil {
		child = append(child, node)
	}
	for _, execPath := range child {
		for _, mode := range []string{"json", "advanced"} {
			out, err := exec.Command(binary, "../../testdata/interop/parent.js", execPath, mode, "killed").CombinedOutput()
			if err != nil || string(out) != want {
				t.Errorf("%s %s: %v\n%s", execPath, mode, err, out)
			}
		}
	}
}
