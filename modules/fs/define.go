package fs

import (
	"github.com/dop251/goja"
	"golang.org/x/sys/unix"
)

// define makes the module's exports.
func (m *module) define() {
	vm, rt := m.vm, m.rt
	o := vm.NewObject()
	m.exports = o
	stats := m.defineStats()
	dirent := m.defineDirent()
	for _, op := range operations {
		if op.name == "close" {
			rt.SetFunc(o, "close", 1, func(call goja.FunctionCall) goja.Value { return m.close(op, call) })
		} else {
			o.Set(op.name, m.callbackForm(op))
		}
		o.Set(op.name+"Sync", m.syncForm(op))
	}
	m.read = o.Get("read")
	native := operation{"realpath", 3, 2, realpathNativeOf}
	o.Get("realpath").(*goja.Object).Set("native", m.callbackForm(native))
	o.Get("realpathSync").(*goja.Object).Set("native", m.syncForm(native))
	m.definePromisified()
	o.Set("lchmod", goja.Undefined())
	o.Set("lchmodSync", goja.Undefined())
	rt.SetFunc(o, "_toUnixTimestamp", 1, func(call goja.FunctionCall) goja.Value {
		var t unix.Timespec
		refused := vm.Try(func() { t = m.time(call.Argument(0), "time") })
		if name := call.Argument(1); refused != nil && !goja.IsUndefined(name) && !m.isString(name) {
			rt.Throw(rt.NewError("ERR_INTERNAL_ASSERTION", "'name' must be a string"))
		} else if refused != nil {
			panic(refused)
		}
		return vm.ToValue(float64(t.Nano()) / 1e9)
	})
	o.Set("Dirent", dirent)
	o.Set("Stats", stats)
	// Old scripts call these with new.
	for _, kind := range []string{"ReadStream", "WriteStream"} {
		create, _ := rt.FactoryClass("create"+kind, 2, func(call goja.ConstructorCall) *goja.Object { return m.create(kind, call.Arguments) })
		o.Set("create"+kind, create)
	}
	// The stream classes may be replaced by scripts, and are then what createReadStream makes.
	for _, name := range []string{"ReadStream", "WriteStream"} {
		rt.DefineLazy(o, name, true, func() goja.Value { return rt.Require("internal/fs/streams").Get(name) })
		rt.DefineLazy(o, "File"+name, true, func() goja.Value { return rt.Require("internal/fs/streams").Get(name) })
	}
	for _, f := range []struct {
		name   string
		length int
	}{{"watch", 3}, {"watchFile", 3}, {"unwatchFile", 2}} {
		rt.SetFunc(o, f.name, f.length, func(call goja.FunctionCall) goja.Value {
			return rt.CallMethod(rt.Require("internal/fs/watchers"), f.name, call.Arguments...)
		})
	}
	for _, f := range []struct {
		name, export string
		length       int
	}{{"cp", "cpCallback", 4}, {"cpSync", "cpSync", 3}} {
		rt.SetFunc(o, f.name, f.length, func(call goja.FunctionCall) goja.Value {
			return rt.CallMethod(rt.Require("internal/fs/cp"), f.export, call.Arguments...)
		})
	}
	rt.DefineLazy(o, "Dir", true, func() goja.Value { return rt.Require("internal/fs/dir").Get("Dir") })
	rt.DefineLazy(o, "promises", true, func() goja.Value { return m.promises() })
	constants := m.constants()
	for _, name := range []string{"F_OK", "R_OK", "W_OK", "X_OK"} {
		get := rt.Func("deprecated", 0, func(goja.FunctionCall) goja.Value {
			m.warn("DEP0176", "fs."+name+" is deprecated, use fs.constants."+name+" instead")
			return constants.Get(name)
		})
		o.DefineAccessorProperty(name, get, nil, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	m.defineGlob()
	m.defineTemporary()
	rt.SetFunc(o, "openAsBlob", 1, func(call goja.FunctionCall) goja.Value { return m.openAsBlob(call) })
	rt.DefineLazy(o, "Utf8Stream", true, func() goja.Value { return rt.Require("internal/fs/utf8stream").Get("Utf8Stream") })
	o.DefineDataProperty("constants", constants, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
}

// definePromisified gives util.promisify the forms of the functions whose callbacks take more than a result, or no error.
func (m *module) definePromisified() {
	custom := m.rt.SymbolFor("nodejs.util.promisify.custom")
	for name, names := range map[string][]string{
		"read": {"bytesRead", "buffer"}, "readv": {"bytesRead", "buffers"},
		"write": {"bytesWritten", "buffer"}, "writev": {"bytesWritten", "buffers"}, "exists": nil,
	} {
		fn := m.exports.Get(name).(*goja.Object)
		call, _ := goja.AssertFunction(fn)
		form := m.rt.Func(name, 0, func(c goja.FunctionCall) goja.Value {
			p, resolve, reject := m.vm.NewPromise()
			done := m.rt.Func("", 0, func(c goja.FunctionCall) goja.Value {
				switch err := c.Argument(0); {
				case names == nil:
					resolve(err)
				case truthy(err):
					reject(err)
				default:
					o := m.vm.NewObject()
					o.Set(names[0], c.Argument(1))
					o.Set(names[1], c.Argument(2))
					resolve(o)
				}
				return goja.Undefined()
			})
			given := append(args(nil), c.Arguments...)
			if names == nil {
				given = args{c.Argument(0)} // exists
			}
			if ex := m.vm.Try(func() { m.rt.Call(call, goja.Undefined(), append(given, done)...) }); ex != nil {
				reject(ex.Value())
			}
			return m.vm.ToValue(p)
		})
		fn.DefineDataPropertySymbol(custom, form, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
}

// create makes a stream of the class that the exports hold now.
func (m *module) create(class string, a args) *goja.Object {
	o, err := m.vm.New(m.exports.Get(class), a.at(0), a.at(1))
	if err != nil {
		panic(err)
	}
	return o
}

// close has no need of a callback: without one its error is thrown.
func (m *module) close(op operation, call goja.FunctionCall) goja.Value {
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

// promises makes fs.promises.
func (m *module) promises() goja.Value {
	o := m.vm.NewObject()
	forms := map[string]operation{}
	for _, op := range operations {
		forms[op.name] = op
	}
	forms["realpath"] = operation{"realpath", 3, 2, realpathNativeOf}
	for _, name := range []string{"access", "copyFile", "cp", "glob", "open", "opendir", "rename", "truncate", "rm", "rmdir", "mkdir",
		"readdir", "readlink", "symlink", "lstat", "stat", "statfs", "link", "unlink", "chmod", "lchmod", "lchown", "chown",
		"utimes", "lutimes", "realpath", "mkdtemp", "mkdtempDisposable", "writeFile", "appendFile", "readFile", "watch", "constants"} {
		op, ok := forms[name]
		switch {
		case name == "constants":
			o.Set(name, m.exports.Get(name))
		case name == "lchmod":
			m.rt.SetOperation(o, name, 2, func(goja.FunctionCall) goja.Value {
				return m.promised(caller{}, func() *job {
					m.rt.Throw(m.rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "lchmod()"))
					return nil
				})
			})
		case name == "readFile" || name == "writeFile" || name == "appendFile":
			o.Set(name, m.onHandles(op))
		case name == "watch":
			m.rt.SetOperation(o, name, 1, func(call goja.FunctionCall) goja.Value {
				return m.rt.CallMethod(m.rt.Require("internal/fs/watchers"), "changes", call.Arguments...)
			})
		case name == "cp":
			m.rt.SetOperation(o, name, 3, func(call goja.FunctionCall) goja.Value {
				return m.rt.CallMethod(m.rt.Require("internal/fs/cp"), name, call.Arguments...)
			})
		case name == "glob":
			m.rt.SetOperation(o, name, 2, func(call goja.FunctionCall) goja.Value {
				return m.rt.CallMethod(m.rt.Require("internal/fs/glob"), name, call.Arguments...)
			})
		case name == "mkdtempDisposable":
			o.Set(name, m.temporaryPromise())
		case name == "open":
			o.Set(name, m.openHandle(op))
		case ok:
			o.Set(name, m.promiseForm(op))
		}
	}
	return o
}

// openHandle is fs.promises.open.
func (m *module) openHandle(op operation) goja.Value {
	return m.rt.Method("open", 3, func(call goja.FunctionCall) goja.Value {
		a := append(args(nil), call.Arguments...)
		return m.promised(caller{op.name, call.This, nil}, func() *job {
			j := op.parse(m, a, promise)
			j.value = m.handle
			return j
		})
	})
}

// onHandles is readFile, writeFile or appendFile of fs.promises, which also take a FileHandle, and data in pieces.
func (m *module) onHandles(op operation) goja.Value {
	return m.rt.Method(op.name, op.sync, func(call goja.FunctionCall) goja.Value {
		a := append(args(nil), call.Arguments...)
		if m.isHandle(a.at(0)) {
			return m.rt.CallMethod(a.at(0).(*goja.Object), op.name, a[1:]...)
		}
		if o, ok := a.at(1).(*goja.Object); ok && op.name != "readFile" {
			if _, view := m.view(o); !view {
				js := m.rt.Require("internal/fs/handle")
				if m.rt.CallMethod(js, "isPieces", o).ToBoolean() {
					options := a.at(2)
					if op.name == "appendFile" {
						options = m.appending(options)
					}
					return m.rt.CallMethod(js, "writeFile", a.at(0), o, options)
				}
			}
		}
		return m.promised(caller{op.name, call.This, nil}, func() *job { return op.parse(m, a, promise) })
	})
}

func (m *module) appending(v goja.Value) goja.Value {
	o := m.vm.NewObject()
	if from, ok := v.(*goja.Object); ok {
		for _, k := range from.Keys() {
			o.Set(k, from.Get(k))
		}
	} else if m.isString(v) {
		o.Set("encoding", v)
	}
	if !truthy(o.Get("flag")) {
		o.Set("flag", "a")
	}
	return o
}
