package process

import (
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// env makes process.env: an object that holds strings only, whose every change goes to the runtime's environment.
// The proxied object has the variables as plain properties; reading and listing only look whether another thread that
// shares the environment has changed it.
func (p *process) env() goja.Value {
	rt, vm := p.rt, p.rt.VM()
	target := vm.NewObject()
	vars := rt.Env()
	seen := uint64(0)
	update := func() {
		now := vars.Version()
		if now == seen {
			return
		}
		seen = now
		keys := vars.Keys()
		for _, k := range target.Keys() {
			if !slices.Contains(keys, k) {
				target.Delete(k)
			}
		}
		for _, k := range keys {
			if rt.Access.Check(runtime.AccessEnv, k) == nil {
				v, _ := vars.Get(k)
				p.own(target, k, v)
			}
		}
	}
	update()
	set := func(key string, value goja.Value) bool {
		text := p.envText(value)
		if err := rt.Access.Check(runtime.AccessEnv, key); err != nil {
			rt.Throw(vm.NewGoError(err))
		}
		if key == "" || strings.ContainsAny(key, "=\x00") {
			return true // setenv(3) refuses, and Node does not tell
		}
		text, _, _ = strings.Cut(text, "\x00")
		update()
		vars.Set(key, text)
		p.own(target, key, text)
		seen++
		if key == "TZ" {
			p.setTimeZone(text)
		}
		return true
	}
	noSymbol := func() { rt.Throw(vm.NewTypeError("Cannot convert a Symbol value to a string")) }
	return vm.ToValue(vm.NewProxy(target, &goja.ProxyTrapConfig{
		Get: func(_ *goja.Object, key string, _ goja.Value) goja.Value {
			update()
			if v := target.Get(key); v != nil {
				return v
			}
			return goja.Undefined()
		},
		Has: func(_ *goja.Object, key string) bool {
			update()
			return target.Get(key) != nil
		},
		OwnKeys: func(*goja.Object) *goja.Object {
			update()
			return vm.ToValue(target.Keys()).(*goja.Object)
		},
		Set: func(_ *goja.Object, key string, value, _ goja.Value) bool { return set(key, value) },
		SetSym: func(*goja.Object, *goja.Symbol, goja.Value, goja.Value) bool {
			noSymbol()
			return false
		},
		DefineProperty: func(_ *goja.Object, key string, d goja.PropertyDescriptor) bool {
			if d.Getter != nil || d.Setter != nil {
				rt.Throw(rt.NewError("ERR_INVALID_OBJECT_DEFINE_PROPERTY", "'process.env' does not accept an accessor(getter/setter) descriptor"))
			}
			if d.Value == nil {
				rt.Throw(rt.NewError("ERR_INVALID_OBJECT_DEFINE_PROPERTY", "'process.env' only accepts a configurable, writable, and enumerable data descriptor"))
			}
			if d.Configurable != goja.FLAG_TRUE || d.Writable != goja.FLAG_TRUE || d.Enumerable != goja.FLAG_TRUE {
				rt.Throw(rt.NewError("ERR_INVALID_OBJECT_DEFINE_PROPERTY", "'process.env' only accepts a configurable, writable, and enumerable data descriptor"))
			}
			return set(key, d.Value)
		},
		DefinePropertySym: func(*goja.Object, *goja.Symbol, goja.PropertyDescriptor) bool {
			noSymbol()
			return false
		},
		DeleteProperty: func(_ *goja.Object, key string) bool {
			vars.Delete(key)
			update()
			if key == "TZ" {
				p.setTimeZone("")
			}
			return true
		},
		PreventExtensions: func(*goja.Object) bool {
			rt.Throw(vm.NewTypeError("Cannot freeze"))
			return false
		},
	}))
}

func (p *process) own(target *goja.Object, key, value string) {
	target.DefineDataProperty(key, p.rt.VM().ToValue(value), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// envText turns a value into text; what is neither text, number nor boolean is deprecated.
func (p *process) envText(v goja.Value) string {
	if _, ok := v.(*goja.Symbol); ok {
		p.rt.Throw(p.rt.VM().NewTypeError("Cannot convert a Symbol value to a string"))
	}
	if p.rt.Config().Options.PendingDeprecation && !goja.IsString(v) && !goja.IsNumber(v) {
		if _, boolean := engine.Boolean(v); !boolean {
			p.warn("Assigning any value other than a string, number, or boolean to a process.env property is deprecated. "+
				"Please make sure to convert the value to a string before setting process.env with it.", "DeprecationWarning", "DEP0104")
		}
	}
	return v.ToString().String()
}

// setTimeZone makes dates follow TZ from now on.
func (p *process) setTimeZone(name string) {
	if !p.rt.Config().OwnsProcess {
		return
	}
	os.Setenv("TZ", name)
	if name == "" {
		os.Unsetenv("TZ")
		if zone, err := time.LoadLocation("Local"); err == nil {
			time.Local = zone
		}
		return
	}
	if zone, err := time.LoadLocation(strings.TrimPrefix(name, ":")); err == nil {
		time.Local = zone
	}
}

func (p *process) loadEnvFile(call goja.FunctionCall) goja.Value {
	rt := p.rt
	path := ".env"
	if v := call.Argument(0); !goja.IsUndefined(v) && !goja.IsNull(v) {
		path = rt.ValidateString(v, "path")
	}
	rt.Access.DemandPath(runtime.AccessRead, path)
	data, err := os.ReadFile(rt.Abs(path))
	if err != nil {
		var e error = err
		if pe, ok := err.(*os.PathError); ok {
			e = pe.Err
		}
		rt.Throw(rt.NewFileError(engine.SystemError{Errno: errno(e), Syscall: "open", Path: path}))
	}
	env := p.object.Get("env").(*goja.Object)
	for _, kv := range runtime.ParseEnvFile(string(data)) {
		if _, has := rt.Env().Get(kv[0]); !has {
			env.Set(kv[0], kv[1])
		}
	}
	return goja.Undefined()
}
