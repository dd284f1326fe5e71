package runtime

import (
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The variables by which a parent tells its child of their IPC channel, and a cluster's primary its worker of its
// number. They are for this process only: its children do not see them.
const (
	channelFDVar   = "NODE_CHANNEL_FD"
	channelModeVar = "NODE_CHANNEL_SERIALIZATION_MODE"
	uniqueIDVar    = "NODE_UNIQUE_ID"
)

// TraceVar names the file that a whole tree of processes writes its trace to; TraceModule, which knows how, is loaded where it is set.
const (
	TraceVar    = "GONODE_TRACE_IPC"
	TraceModule = "internal/child_process/trace"
)

// TracePath is the file that TraceVar has named, "" if there is none. Loop goroutine only.
func (rt *Runtime) TracePath() string { return rt.tracePath }

// JoinParent opens the channel to the parent process and makes a cluster's worker known to its primary, before any
// script runs.
func (rt *Runtime) JoinParent() {
	if !rt.cfg.OwnsProcess {
		return
	}
	rt.dropNodeDir()
	if path, ok := rt.env.Get(TraceVar); ok && rt.builtins[TraceModule] != nil {
		rt.env.Delete(TraceVar)
		rt.tracePath = path
		rt.Require(TraceModule)
	}
	if number, ok := rt.env.Get(channelFDVar); ok {
		mode, _ := rt.env.Get(channelModeVar)
		rt.env.Delete(channelFDVar)
		rt.env.Delete(channelModeVar)
		fd, err := strconv.Atoi(number)
		if _, notSocket := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || notSocket != nil {
			rt.Throw(rt.NewPlainError("Error", channelFDVar+"="+number+" is not a socket"))
		}
		if rt.builtins["internal/child_process/channel"] != nil {
			process := rt.Require("process")
			rt.CallMethod(rt.Require("internal/child_process/channel"), "setup", process, rt.vm.ToValue(fd), rt.vm.ToValue(mode))
		}
	}
	if _, ok := rt.env.Get(uniqueIDVar); ok && rt.builtins["cluster"] != nil {
		rt.CallMethod(rt.Require("cluster"), "_setupWorker")
		rt.env.Delete(uniqueIDVar)
	}
}

// dropNodeDir takes the directory that a gonode parent put at the head of PATH out of it again: scripts see the PATH
// that the first of them had.
func (rt *Runtime) dropNodeDir() {
	head, rest, _ := strings.Cut(rt.pathVar(), ":")
	dir, name := path.Split(head)
	if strings.HasPrefix(name, "node-") && len(name) == len("node-")+16 && strings.HasPrefix(path.Base(dir), "gonode") {
		rt.env.Set("PATH", rest)
	}
}

func (rt *Runtime) pathVar() string {
	v, _ := rt.env.Get("PATH")
	return v
}
