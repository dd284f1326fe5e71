package fs

import (
	_ "embed"
	"io"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/runtime"
)

//go:embed handle.js
var handleJS string

//go:embed dir.js
var dirJS string

//go:embed streams.js
var streamsJS string

//go:embed cp.js
var cpJS string

//go:embed utf8stream.js
var utf8StreamJS string

//go:embed pull.js
var pullJS string

// Private modules: the parts of fs that are JavaScript, loaded when first used.
var (
	Handle = &runtime.Module{Name: "internal/fs/handle", Private: true,
		Script:  engine.NewScript("node:internal/fs/promises", &handleJS),
		Binding: func(rt *runtime.Runtime) *goja.Object { return of(rt).handleBinding() }}
	Dir = &runtime.Module{Name: "internal/fs/dir", Private: true,
		Script:  engine.NewScript("node:internal/fs/dir", &dirJS),
		Binding: func(rt *runtime.Runtime) *goja.Object { return of(rt).dirBinding() }}
	Streams = &runtime.Module{Name: "internal/fs/streams", Private: true,
		Script:  engine.NewScript("node:internal/fs/streams", &streamsJS),
		Binding: func(rt *runtime.Runtime) *goja.Object { return of(rt).streamsBinding() }}
	Copy = &runtime.Module{Name: "internal/fs/cp", Private: true,
		Script:  engine.NewScript("node:internal/fs/cp", &cpJS),
		Binding: func(rt *runtime.Runtime) *goja.Object { return of(rt).copyBinding() }}
	Utf8Stream = &runtime.Module{Name: "internal/fs/utf8stream", Private: true,
		Script: engine.NewScript("node:internal/streams/fast-utf8-stream", &utf8StreamJS)}
	Pull = &runtime.Module{Name: "internal/fs/pull", Private: true, Script: engine.NewScript("node:internal/fs/pull", &pullJS)}
)

// handleMark is the hidden mark of a FileHandle.
type handleMark struct{ m *module }

// CanTransfer implements runtime.Transferable.
func (h *handleMark) CanTransfer(o *goja.Object) {
	rt, vm := h.m.rt, h.m.vm
	if rt.CallMethod(rt.Require("internal/fs/handle"), "inUse", o).ToBoolean() {
		rt.Throw(rt.Construct(rt.Intrinsic("DOMException"), vm.ToValue("Cannot transfer FileHandle while in use"), vm.ToValue("DataCloneError")))
	}
}

// Transfer implements runtime.Transferable: the descriptor goes to the other thread's handle.
func (h *handleMark) Transfer(o *goja.Object) (revive func(*runtime.Runtime) goja.Value, drop func()) {
	fd := int(h.m.rt.CallMethod(h.m.rt.Require("internal/fs/handle"), "release", o).ToInteger())
	h.m.rt.Files.Forget(fd)
	return func(rt *runtime.Runtime) goja.Value {
		rt.Files.Track(fd)
		rt.Require("fs")
		return rt.Construct(rt.Require("internal/fs/handle").Get("FileHandle"), rt.VM().ToValue(fd))
	}, func() { unix.Close(fd) }
}

// isHandle tells whether v is a FileHandle.
func (m *module) isHandle(v goja.Value) bool {
	_, ok := m.rt.Slot(v).(*handleMark)
	return ok
}

// handle makes a FileHandle of a descriptor.
func (m *module) handle(fd any) goja.Value {
	class := m.rt.Require("internal/fs/handle").Get("FileHandle")
	o, err := m.vm.New(class, m.vm.ToValue(fd))
	if err != nil {
		panic(err)
	}
	return o
}

// handleBinding has the operations on descriptors, as functions that return promises.
func (m *module) handleBinding() *goja.Object {
	b := m.vm.NewObject()
	for _, op := range operations {
		switch op.name {
		case "close", "fchmod", "fchown", "fdatasync", "fsync", "fstat", "ftruncate", "futimes", "read", "readv", "write",
			"writev", "readFile", "writeFile":
			b.Set(op.name, m.rt.Func(op.name, op.sync, func(call goja.FunctionCall) goja.Value {
				a := append(args(nil), call.Arguments...)
				return m.promised(caller{}, func() *job { return op.parse(m, a, descriptor) })
			}))
		}
	}
	b.Set("streamIter", m.rt.Config().Options.StreamIter)
	m.rt.SetFunc(b, "adopt", 1, func(call goja.FunctionCall) goja.Value {
		m.rt.SetSlot(call.Argument(0).(*goja.Object), &handleMark{m})
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "asyncId", 1, func(goja.FunctionCall) goja.Value { return m.vm.ToValue(0) })
	return b
}

// openDir is an open directory. One read runs at a time.
type openDir struct {
	path   string
	file   *os.File
	closed atomic.Bool
}

func (m *module) dir(v goja.Value) *openDir {
	d, ok := m.rt.Slot(v).(*openDir)
	if !ok {
		m.rt.ThrowArgType("handle", v, "Object")
	}
	return d
}

func (m *module) openDirJob(p string) *job {
	real := m.real(p)
	return &job{syscall: "opendir", path: p, work: func() (any, error) {
		f, err := m.openDir(real)
		if p == "" {
			err = syscall.ENOENT
		}
		if err != nil {
			return nil, err
		}
		if st, err := f.Stat(); err == nil && !st.IsDir() {
			f.Close()
			return nil, syscall.ENOTDIR
		}
		return &openDir{path: p, file: f}, nil
	}, value: func(v any) goja.Value {
		o := m.vm.NewObject()
		m.rt.SetSlot(o, v)
		return o
	}}
}

func (m *module) readDirJob(handle, options goja.Value) *job {
	d := m.dir(handle)
	o := m.options(options)
	n := int(o.get("bufferSize").ToInteger())
	return &job{syscall: "scandir", path: d.path, work: func() (any, error) {
		list, err := d.file.ReadDir(max(n, 1))
		if err == io.EOF {
			return nil, nil
		}
		return list, err
	}, value: func(v any) goja.Value {
		if v == nil {
			return goja.Null()
		}
		list := v.([]os.DirEntry)
		items := make([]any, len(list))
		for i, e := range list {
			items[i] = m.direntValue(entry{e.Name(), d.path, direntKind(e.Type())}, o.encoding, nil)
		}
		return m.vm.NewArray(items...)
	}}
}

func (m *module) closeDirJob(handle goja.Value) *job {
	d := m.dir(handle)
	return &job{syscall: "closedir", work: func() (any, error) {
		if d.closed.Swap(true) {
			return nil, syscall.EBADF
		}
		return nil, d.file.Close()
	}}
}

func (m *module) dirBinding() *goja.Object {
	b := m.vm.NewObject()
	m.rt.SetFunc(b, "opendirSync", 1, func(call goja.FunctionCall) goja.Value {
		return m.runSync(m.openDirJob(m.path(call.Argument(0), "path", runtime.AccessRead)))
	})
	m.rt.SetFunc(b, "readSync", 2, func(call goja.FunctionCall) goja.Value {
		return m.runSync(m.readDirJob(call.Argument(0), call.Argument(1)))
	})
	m.rt.SetFunc(b, "closeSync", 1, func(call goja.FunctionCall) goja.Value {
		return m.runSync(m.closeDirJob(call.Argument(0)))
	})
	m.rt.SetFunc(b, "read", 3, func(call goja.FunctionCall) goja.Value {
		m.call(m.readDirJob(call.Argument(0), call.Argument(1)), m.rt.ValidateFunction(call.Argument(2), "cb"))
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "close", 2, func(call goja.FunctionCall) goja.Value {
		m.call(m.closeDirJob(call.Argument(0)), m.rt.ValidateFunction(call.Argument(1), "cb"))
		return goja.Undefined()
	})
	return b
}

// opendir gives a Dir in the three forms.
func opendirOf(m *module, a args, form form) *job {
	path, options := a.at(0), a.at(1)
	p := m.path(path, "path", runtime.AccessRead)
	m.options(options)
	j := m.openDirJob(p)
	if form == sync {
		j.path = "" // its error does not name it
	}
	handle := j.value
	j.value = func(v any) goja.Value {
		d, err := m.vm.New(m.rt.Require("internal/fs/dir").Get("Dir"), handle(v), path, options)
		if err != nil {
			v.(*openDir).file.Close()
			panic(err)
		}
		return d
	}
	return j
}

// streamsBinding has the checks of fs that streams.js shares.
func (m *module) streamsBinding() *goja.Object {
	b := m.vm.NewObject()
	m.rt.SetFunc(b, "toPath", 1, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.Argument(0).(*goja.Object); ok && isURL(o) {
			return m.rt.CallMethod(m.rt.Require("url"), "fileURLToPath", o)
		}
		return call.Argument(0)
	})
	m.rt.SetFunc(b, "validatePath", 1, func(call goja.FunctionCall) goja.Value {
		m.plainPath(call.Argument(0), "path")
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "getOptions", 1, func(call goja.FunctionCall) goja.Value {
		o := m.options(call.Argument(0))
		if o.object == nil && o.encoding != "" {
			o.object = m.vm.NewObject()
			o.object.Set("encoding", call.Argument(0))
		}
		if o.object == nil {
			return m.vm.NewObject()
		}
		return o.object
	})
	m.definePulling(b)
	m.rt.SetFunc(b, "handle", 0, func(goja.FunctionCall) goja.Value { return m.rt.Require("internal/fs/handle") })
	return b
}

// copyBinding is the native half of cp.js.
func (m *module) copyBinding() *goja.Object {
	b := m.vm.NewObject()
	m.rt.SetFunc(b, "path", 2, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(m.plainPath(call.Argument(0), call.Argument(1).String()))
	})
	// mayCopy throws if the permission model forbids to copy from the one path to the other.
	m.rt.SetFunc(b, "mayCopy", 2, func(call goja.FunctionCall) goja.Value {
		m.rt.Access.DemandFile(runtime.AccessRead, call.Argument(0).String())
		m.rt.Access.DemandFile(runtime.AccessWrite, call.Argument(1).String())
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "contextError", 5, func(call goja.FunctionCall) goja.Value {
		e, _ := errs.ByName(call.Argument(1).String())
		return m.rt.NewContextError(call.Argument(0).String(), engine.SystemError{
			Errno: -e.Number, Syscall: call.Argument(2).String(), Path: call.Argument(3).String(),
		}, call.Argument(4).String())
	})
	return b
}
