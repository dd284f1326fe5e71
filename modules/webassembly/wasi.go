package webassembly

import (
	_ "embed"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine/guard"
	"gonode/internal/sys"
	"gonode/internal/wasm"
	"gonode/runtime"
)

//go:embed wasi.js
var wasiJS string

// wasiCalls are the functions, in the order in which Node has them.
const wasiCalls = `args_get args_sizes_get clock_res_get clock_time_get environ_get environ_sizes_get fd_advise fd_allocate fd_close fd_datasync
fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_get fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_get
fd_prestat_dir_name fd_pwrite fd_read fd_readdir fd_renumber fd_seek fd_sync fd_tell fd_write path_create_directory path_filestat_get
path_filestat_set_times path_link path_open path_readlink path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff proc_exit
proc_raise random_get sched_yield sock_accept sock_recv sock_send sock_shutdown`

// descriptor is a file that a program reads from or writes to. It waits, but not longer than the script runs.
type descriptor struct {
	rt *runtime.Runtime
	fd int
}

// wait lets a little time pass.
func (d descriptor) wait() {
	time.Sleep(time.Millisecond)
	guard.Poll(d.rt.VM())
}

func (d descriptor) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		ready := []unix.PollFd{{Fd: int32(d.fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(ready, 10); n == 0 || err != nil {
			guard.Poll(d.rt.VM())
			continue
		}
		switch n, errno := sys.Read(d.fd, p); {
		case errno == syscall.EAGAIN:
			d.wait()
		case errno != 0:
			return 0, errno
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (d descriptor) Write(p []byte) (int, error) {
	for done := 0; ; {
		n, errno := sys.Write(d.fd, p[done:])
		if n > 0 {
			done += n
		}
		switch {
		case done == len(p):
			return done, nil
		case errno == syscall.EAGAIN:
			d.wait()
		case errno != 0:
			return done, errno
		}
	}
}

// wasiBinding has what class WASI needs of the system.
func wasiBinding(rt *runtime.Runtime) *goja.Object {
	m := realmOf(rt)
	o := m.vm.NewObject()
	list := func(v goja.Value) (texts []string) {
		elements, _ := rt.Elements(v.(*goja.Object))
		for _, e := range elements {
			texts = append(texts, e.String())
		}
		return texts
	}
	refuse := func(errno int, code string) {
		e := rt.NewPlainError("Error", code+", uvwasi_init")
		e.Set("errno", errno)
		e.Set("code", code)
		e.Set("syscall", "uvwasi_init")
		rt.Throw(e)
	}
	// open(args, env, preopens, stdin, stdout, stderr) makes the functions and setMemory.
	rt.SetFunc(o, "open", 6, func(call goja.FunctionCall) goja.Value {
		rt.Access.Demand(runtime.AccessWASI, "", "")
		e := wasm.Environment{Args: list(call.Argument(0))}
		for _, kv := range list(call.Argument(1)) {
			key, value, _ := strings.Cut(kv, "=")
			e.Env = append(e.Env, [2]string{key, value})
		}
		var fds [3]descriptor
		for i := range fds {
			fds[i] = descriptor{rt, int(call.Argument(3 + i).ToInteger())}
			if i == 0 || fds[i].fd != i {
				rt.Access.DemandDescriptor(fds[i].fd)
			}
			var stat unix.Stat_t
			if unix.Fstat(fds[i].fd, &stat) != nil {
				refuse(8, "UVWASI_EBADF")
			}
		}
		e.Stdin, e.Stdout, e.Stderr = fds[0], fds[1], fds[2]
		// What an embedding program has given in place of the process's own streams is these programs', too.
		if fds[1].fd == 1 {
			e.Stdout = rt.Stdout()
		}
		if fds[2].fd == 2 {
			e.Stderr = rt.Stderr()
		}
		directories := list(call.Argument(2))
		for i := 0; i < len(directories); i += 2 {
			dir := rt.Abs(directories[i+1])
			rt.Access.DemandPath(runtime.AccessRead, dir)
			rt.Access.DemandOfHost(runtime.AccessWrite, dir)
			switch s, err := os.Stat(dir); {
			case err != nil:
				refuse(44, "UVWASI_ENOENT")
			case !s.IsDir():
				refuse(54, "UVWASI_ENOTDIR")
			}
			e.Preopens = append(e.Preopens, [2]string{directories[i], dir})
		}
		e.Sleep = func(d time.Duration) {
			for end := time.Now().Add(d); ; {
				left := time.Until(end)
				if left <= 0 {
					return
				}
				time.Sleep(min(left, 10*time.Millisecond))
				guard.Poll(m.vm)
			}
		}
		system, err := m.machine().NewSystem(e)
		if err != nil {
			rt.Throw(rt.NewPlainError("Error", err.Error()))
		}
		return m.wasiImport(system)
	})
	rt.SetFunc(o, "exit", 1, func(call goja.FunctionCall) goja.Value {
		rt.Exit(int(call.Argument(0).ToInteger()))
		return goja.Undefined()
	})
	return o
}

// wasiImport is the object with the functions, and with setMemory.
func (m *realm) wasiImport(system *wasm.System) *goja.Object {
	o := m.vm.NewObject()
	started := false
	for _, name := range strings.Fields(wasiCalls) {
		params, _ := system.Params(name)
		o.Set(name, m.rt.Method("bound "+name, len(params), func(call goja.FunctionCall) goja.Value {
			const invalid = 28
			if !started {
				m.rt.Throw(m.rt.NewError("ERR_WASI_NOT_STARTED"))
			}
			stack := make([]uint64, max(1, len(params)))
			if len(call.Arguments) < len(params) {
				return m.vm.ToValue(invalid)
			}
			for i, p := range params {
				v := call.Arguments[i]
				if p == wasm.I32 && !goja.IsNumber(v) || p == wasm.I64 && !goja.IsBigInt(v) {
					return m.vm.ToValue(invalid)
				}
				stack[i] = m.toWasm(v, p, nil)
			}
			errno := system.Call(name, stack)
			m.refresh()
			return m.vm.ToValue(errno)
		}))
	}
	m.rt.SetFunc(o, "setMemory", 1, func(call goja.FunctionCall) goja.Value {
		s, ok := state[*memoryState](m, call.Argument(0))
		if !ok {
			e := m.rt.NewPlainError("TypeError", `"instance.exports.memory" property must be a WebAssembly.Memory object`)
			m.rt.MarkNodeError(e)
			e.Set("code", "ERR_INVALID_ARG_TYPE")
			m.rt.Throw(e)
		}
		system.SetMemory(s.extern)
		started = true
		return goja.Undefined()
	})
	return o
}
