package fs

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// disposable is what mkdtempDisposable gives: a directory that is removed with all that is in it when it is disposed of.
func (m *module) disposable(o *goja.Object, dispose string, path goja.Value, remove engine.Native) *goja.Object {
	o.Set("path", path)
	o.Set("remove", m.rt.Func("remove", 0, remove))
	if symbol, ok := m.rt.Intrinsic("Symbol").Get(dispose).(*goja.Symbol); ok {
		o.SetSymbol(symbol, m.rt.Func("[Symbol."+dispose+"]", 0, remove))
	}
	return o
}

// removeJob takes away what was made, whatever the working directory is by then.
func (m *module) removeJob(real, shown string) *job {
	return &job{syscall: "rm", path: shown, work: func() (any, error) { return nil, m.remove(removal{}, real, shown) }}
}

func (m *module) mkdtempOperation() operation {
	for _, op := range operations {
		if op.name == "mkdtemp" {
			return op
		}
	}
	panic("no mkdtemp")
}

// defineTemporary makes fs.mkdtempDisposableSync.
func (m *module) defineTemporary() {
	m.rt.SetFunc(m.exports, "mkdtempDisposableSync", 2, func(call goja.FunctionCall) goja.Value {
		j := m.mkdtempOperation().parse(m, append(args(nil), call.Arguments...), sync)
		cwd, _ := m.rt.Cwd()
		value := j.value
		j.value = func(v any) goja.Value {
			full := absolute(v.(string), cwd)
			return m.disposable(m.vm.NewObject(), "dispose", value(v), func(goja.FunctionCall) goja.Value {
				m.rt.Access.DemandFile(runtime.AccessWrite, full)
				return m.runSync(m.removeJob(full, full))
			})
		}
		return m.runSync(j)
	})
}

// temporaryPromise is fs.promises.mkdtempDisposable.
func (m *module) temporaryPromise() goja.Value {
	return m.rt.Method("mkdtempDisposable", 2, func(call goja.FunctionCall) goja.Value {
		a := append(args(nil), call.Arguments...)
		return m.promised(caller{}, func() *job {
			j := m.mkdtempOperation().parse(m, a, promise)
			cwd, _ := m.rt.Cwd()
			value := j.value
			j.value = func(v any) goja.Value {
				full := absolute(v.(string), cwd)
				return m.disposable(m.vm.CreateObject(nil), "asyncDispose", value(v), func(goja.FunctionCall) goja.Value {
					return m.promised(caller{}, func() *job {
						m.rt.Access.DemandFile(runtime.AccessWrite, full)
						return m.removeJob(full, full)
					})
				})
			}
			return j
		})
	})
}

// openAsBlob is fs.openAsBlob: the file is read when the Blob is.
func (m *module) openAsBlob(call goja.FunctionCall) goja.Value {
	kind := ""
	if v := call.Argument(1); !goja.IsUndefined(v) {
		o := m.rt.ValidateObject(v, "options")
		if t := o.Get("type"); truthy(t) {
			kind = m.rt.ValidateString(t, "options.type")
		}
	}
	p := m.path(call.Argument(0), "path", runtime.AccessRead)
	blob := m.rt.CallMethod(m.rt.Require("internal/blob"), "ofFile", m.vm.ToValue(m.real(p)), m.vm.ToValue(kind))
	done, resolve, _ := m.vm.NewPromise()
	resolve(blob)
	return m.vm.ToValue(done)
}
