package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// GONODE_HEAVY=1 go test ./cmd/gonode -run 'Soak|ParentDeath' -timeout 30m runs these in full: 10,000 operations, and
// the whole matrix with Node beside it. Without it they are a few.
func heavy() bool { return os.Getenv("GONODE_HEAVY") != "" }

func TestSoak(t *testing.T) {
	operations := 66
	if heavy() {
		operations = 10000
	}
	out, err := exec.Command(binary, "../../testdata/interop/soak.js", strconv.Itoa(operations)).CombinedOutput()
	want := fmt.Sprintf(`{"finished":%d,"descriptors":0,"children":0,"threads":true}`, operations)
	if err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("%v\n%s\nwant %s", err, out, want)
	}
}

// survives tells whether the child of a parent that dies is there a while later.
func survives(t *testing.T, runtime string, args ...string) bool {
	log, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(runtime, append([]string{"../../testdata/interop/death.js"}, args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Run()
	text, _ := os.ReadFile(log.Name())
	pid, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	if err != nil {
		t.Fatalf("%v: %s", args, text)
	}
	alive := true
	for deadline := time.Now().Add(1500 * time.Millisecond); alive && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		alive = running(pid)
	}
	syscall.Kill(pid, syscall.SIGKILL)
	return alive
}

// running tells a process that has not ended; a zombie has.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// Whichever way a parent dies, the same children are left as with Node: all but a cluster's workers, which go with their primary.
func TestParentDeath(t *testing.T) {
	node, _ := exec.LookPath("node")
	for i, way := range []string{"SIGKILL", "SIGTERM", "exit", "uncaught"} {
		for j, kind := range []string{"fork", "spawn", "detached", "cluster"} {
			for k, stdio := range []string{"pipe", "inherit", "ignore"} {
				if !heavy() && (i+j+k)%6 != 0 {
					continue
				}
				t.Run(way+" "+kind+" "+stdio, func(t *testing.T) {
					t.Parallel()
					got := survives(t, binary, way, kind, stdio)
					if want := kind != "cluster"; got != want {
						t.Errorf("survives: %v", got)
					}
					if heavy() && node != "" && survives(t, node, way, kind, stdio) != got {
						t.Error("not so with Node")
					}
				})
			}
		}
	}
}
