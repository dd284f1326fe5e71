package sys

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLinks(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	conn, err := net.FileConn(ours)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ours.Close()
	cmd := exec.Command("cat")
	cmd.ExtraFiles = []*os.File{theirs}
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	in.Write([]byte("x"))
	out.Read(make([]byte, 1)) // it runs
	self, child := os.Getpid(), cmd.Process.Pid
	links := Links([]int{self, child})
	for _, l := range []Link{{self, child, false}, {child, self, false}, {min(self, child), max(self, child), true}} {
		if !slices.Contains(links, l) {
			t.Errorf("there is no %+v in %+v", l, links)
		}
	}
	if Parent(child) != self || ProcessName(child) != "cat" {
		t.Error(Parent(child), ProcessName(child))
	}
	in.Close()
	cmd.Wait()
}
