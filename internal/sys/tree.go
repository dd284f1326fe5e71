package sys

import (
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// KillTree sends a signal to a process, to its process group if it leads one, and to all that descends from it, wherever that
// has gone. With SIGKILL nothing that it starts meanwhile is left. The errno is that of the process's own. Any goroutine.
func KillTree(pid, sig int, leads bool) syscall.Errno {
	target := pid
	if leads {
		target = -pid
	}
	all := Descendants(pid)
	if sig == int(unix.SIGKILL) {
		// What has stopped starts nothing; then what is there is all.
		Kill(target, int(unix.SIGSTOP))
		for stopped := []int(nil); len(all) > len(stopped); all = Descendants(pid) {
			for _, p := range all {
				if !slices.Contains(stopped, p) {
					Kill(p, int(unix.SIGSTOP))
				}
			}
			stopped = all
		}
	}
	errno := Kill(target, sig)
	for _, p := range all {
		Kill(p, sig)
	}
	return errno
}
