package fs

import "github.com/dop251/goja"

// define makes the module's exports, in the order in which Node lists them where that is cheap.
func (m *module) define() {
	vm, rt := m.vm, m.rt
	o := vm.NewObject()
	m.exports = o
	stats := m.defineStats()
	dirent := m.defineDirent()
	promises := vm.NewObject()
	for _, op := range operations {
		if op.callbacks > 0 {
			if op.name == "close" {
				rt.SetFunc(o, "close", 1, m.close)
			} else {
				o.Set(op.name, m.callbackForm(op))
			}
		}
		o.Set(op.name+"Sync", m.syncForm(op))
		promises.Set(op.name, m.promiseForm(op))
	}
	native := operation{"realpath", 3, 2, realpathNativeOf}
	o.Get("realpath").(*goja.Object).Set("native", m.callbackForm(native))
	o.Get("realpathSync").(*goja.Object).Set("native", m.syncForm(native))
	o.Set("Dirent", dirent)
	o.Set("Stats", stats)
	constants := m.constants()
	for _, name := range []string{"F_OK", "R_OK", "W_OK", "X_OK"} {
		o.DefineDataProperty(name, constants.Get(name), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	promises.Set("constants", constants)
	o.Set("promises", promises)
	o.DefineDataProperty("constants", constants, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
}

// close has no need of a callback: without one its error is thrown.
func (m *module) close(call goja.FunctionCall) goja.Value {
	var op operation
	for _, op = range operations {
		if op.name == "close" {
			break
		}
	}
	a := append(args(nil), call.Arguments...)
	if len(a) < 2 || goja.IsUndefined(a[1]) {
		j := op.parse(m, a[:min(len(a), 1)], callback)
		m.start(j, func(_, err goja.Value) {
			if err != nil {
				m.rt.Throw(err)
			}
		})
		return goja.Undefined()
	}
	fn := m.rt.ValidateFunction(a[1], "cb")
	m.call(op.parse(m, a[:1], callback), fn)
	return goja.Undefined()
}
