package sys

import (
	"os"
	"os/exec"
	"slices"
	"testing"
)

func TestLinks(t *testing.T) {
	ours, fd, errno := SocketPair()
	if errno != 0 {
		t.Fatal(errno)
	}
	defer Close(ours)
	theirs := os.NewFile(uintptr(fd), "theirs")
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
