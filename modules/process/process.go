// Package process is the module and global "process": what a script knows and decides about its own process, and its
// part in the runtime's life (exit, uncaught errors, warnings, signals). It is built when first touched. What belongs
// to the whole operating system process is refused where the runtime does not own it. Loop goroutine only.
package process

import (
	"os"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/internal/handle"
	"gonode/internal/options"
	"gonode/internal/sys"
	"gonode/runtime"
)

// Module is "process".
var Module = &runtime.Module{Name: "process", Binding: binding, Globals: []runtime.Global{{Name: "process", Export: "*", Accessor: true}}}

type process struct {
	rt     *runtime.Runtime
	object *goja.Object

	exiting      bool
	exitCode     goja.Value
	capture      goja.Value // the uncaught exception capture callback, or nil
	title        string
	signals      map[string]*handle.Signal
	traceHinted  bool
	experimental map[string]bool // features that were warned of
	start        time.Time       // when the runtime began
	clock        int64           // CLOCK_MONOTONIC at start
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	// Packages call the constructor of their copy of process, which does nothing to it.
	_, proto := rt.FunctionClass("process", 0, func(call goja.ConstructorCall) *goja.Object { return call.This })
	proto.SetPrototype(rt.EventEmitter().Get("prototype").(*goja.Object))
	p := &process{rt: rt, object: vm.CreateObject(proto), exitCode: goja.Undefined(), signals: map[string]*handle.Signal{}}
	rt.Loop().UpdateTime()
	p.start = time.Now().Add(-time.Duration(rt.Loop().Now()) * time.Millisecond)
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	p.clock = ts.Nano() - int64(time.Since(p.start))

	p.identity()
	rt.InitEmitter(p.object, nil)
	p.object.Set("domain", goja.Null())
	p.life()
	p.usage()
	p.credentials()
	p.warnings()
	p.surroundings()
	if main := p.rt.Main(); main != nil {
		p.object.Set("mainModule", main)
	}
	p.withoutChannel()
	p.object.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("process"), goja.FLAG_TRUE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	p.listen()
	rt.SetProcessHooks(p.hooks())
	return p.object
}

// method gives process a function, enumerable as Node's are.
func (p *process) method(name string, length int, f engine.Native) {
	p.rt.SetFunc(p.object, name, length, f)
}

// native gives process a function that is native in Node, and no constructor.
func (p *process) native(name string, f engine.Native) { p.rt.SetOperation(p.object, name, 0, f) }

// value gives process a read-only property.
func (p *process) value(name string, v any) {
	p.object.DefineDataProperty(name, p.rt.VM().ToValue(v), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// lazy gives process a property made when first read.
func (p *process) lazy(name string, make func() goja.Value) { p.rt.DefineExport(p.object, name, make) }

// getter gives process an enumerable accessor; set may be nil.
func (p *process) getter(name string, get func() goja.Value, set func(goja.Value)) {
	var setter goja.Value
	if set != nil {
		setter = p.rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
			set(call.Argument(0))
			return goja.Undefined()
		})
	}
	p.object.DefineAccessorProperty(name, p.rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return get() }), setter,
		goja.FLAG_TRUE, goja.FLAG_TRUE)
}

// owned makes a function that only the owner of the operating system process has, as the main thread in Node.
func (p *process) owned(name string, length int, f engine.Native) {
	p.method(name, length, func(call goja.FunctionCall) goja.Value {
		p.mustOwn("process." + name + "()")
		p.rt.Access.DemandSystem(name)
		return f(call)
	})
	p.disable(name)
}

// disable marks a function that a worker thread does not have, as Node does.
func (p *process) disable(name string) {
	if p.rt.Config().Thread > 0 {
		p.object.Get(name).(*goja.Object).Set("disabled", true)
	}
}

// withoutChannel takes from a worker thread the channel to the process's parent, if the process has one.
func (p *process) withoutChannel() {
	if _, has := p.rt.Env().Get("NODE_CHANNEL_FD"); !has || p.rt.Config().Thread == 0 {
		return
	}
	for _, name := range []string{"channel", "connected"} {
		p.getter(name, func() goja.Value {
			p.mustOwn("process." + name)
			return nil
		}, nil)
	}
	for _, name := range []string{"send", "disconnect"} {
		p.owned(name, 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	}
}

func (p *process) mustOwn(what string) {
	if !p.rt.Config().OwnsProcess {
		p.rt.Throw(p.rt.NewError("ERR_WORKER_UNSUPPORTED_OPERATION", what))
	}
}

// freeze makes a frozen object of keys and values.
func (p *process) freeze(pairs ...any) *goja.Object {
	o := p.rt.VM().NewObject()
	for i := 0; i < len(pairs); i += 2 {
		o.DefineDataProperty(pairs[i].(string), p.rt.VM().ToValue(pairs[i+1]), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	p.rt.CallMethod(p.rt.Intrinsic("Object"), "preventExtensions", o)
	return o
}

// identity is what the process is: versions, platform, arguments.
func (p *process) identity() {
	rt, vm, cfg := p.rt, p.rt.VM(), p.rt.Config()
	p.value("version", runtime.NodeVersion)
	p.lazyValue("versions", func() goja.Value {
		pairs := []any{}
		for _, v := range runtime.Versions() {
			pairs = append(pairs, v[0], v[1])
		}
		return p.freeze(pairs...)
	})
	p.value("arch", arch())
	p.value("platform", goruntime.GOOS)
	p.lazyValue("release", func() goja.Value {
		base := "https://nodejs.org/download/release/" + runtime.NodeVersion + "/node-" + runtime.NodeVersion
		return p.freeze("name", "node", "lts", "Krypton", "sourceUrl", base+".tar.gz", "headersUrl", base+"-headers.tar.gz")
	})
	p.lazyValue("config", func() goja.Value {
		return p.freeze(
			"target_defaults", p.freeze("cflags", vm.NewArray(), "default_configuration", "Release", "defines", vm.NewArray(),
				"include_dirs", vm.NewArray(), "libraries", vm.NewArray()),
			"variables", p.freeze("host_arch", arch(), "target_arch", arch(), "napi_build_version", "10", "node_module_version", 137,
				"node_byteorder", "little", "node_shared", false, "node_use_openssl", true, "node_use_amaro", true, "node_target_type", "executable",
				"v8_enable_i18n_support", 1, "v8_enable_inspector", 1, "asan", 0, "coverage", false, "is_debug", 0,
				"node_shared_openssl", false, "openssl_is_fips", false, "shlib_suffix", "so.137"))
	})
	features := vm.NewObject()
	for _, f := range []struct {
		name string
		has  bool
	}{{"inspector", true}, {"debug", false}, {"uv", true}, {"ipv6", true}, {"tls_alpn", true}, {"tls_sni", true},
		{"tls_ocsp", true}, {"tls", true}, {"openssl_is_boringssl", false}, {"cached_builtins", true}, {"require_module", true},
		{"quic", false}} {
		features.Set(f.name, f.has)
	}
	switch o := rt.Config().Options; {
	case o.NoStripTypes:
		features.Set("typescript", false)
	case o.TransformTypes:
		features.Set("typescript", "transform")
	default:
		features.Set("typescript", "strip")
	}
	p.object.DefineDataProperty("features", features, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)

	p.lazy("argv", func() goja.Value {
		list := []any{rt.ExecPath()}
		if main := rt.MainScript; main != "" {
			list = append(list, main)
		}
		for _, a := range cfg.Args {
			list = append(list, a)
		}
		return vm.NewArray(list...)
	})
	p.lazy("execArgv", func() goja.Value {
		list := make([]any, len(cfg.ExecArgv))
		for i, a := range cfg.ExecArgv {
			list[i] = a
		}
		return vm.NewArray(list...)
	})
	p.lazy("execPath", func() goja.Value { return vm.ToValue(rt.ExecPath()) })
	argv0 := cfg.Argv0
	if argv0 == "" {
		argv0 = "node"
	}
	p.object.DefineDataProperty("argv0", vm.ToValue(argv0), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	p.value("pid", os.Getpid())
	p.getter("ppid", func() goja.Value { return vm.ToValue(os.Getppid()) }, nil)
	server := &cfg.Options.Inspect
	p.getter("debugPort", func() goja.Value { return vm.ToValue(server.ServerPort()) }, func(v goja.Value) {
		port := v.ToInteger()
		if port != 0 && port < 1024 || port > 65535 {
			rt.Throw(rt.NewErrorOf(errs.RangeError, errs.Def{Code: "ERR_OUT_OF_RANGE", Native: true,
				Message: "process.debugPort must be 0 or in range 1024 to 65535"}))
		}
		server.Port, server.PortGiven = int(port), true
	})
	if p.title = cfg.Options.Title; p.title == "" {
		p.title = argv0
	}
	p.getter("title", func() goja.Value { return vm.ToValue(p.title) }, func(v goja.Value) {
		switch title := v.String(); {
		case cfg.OwnsProcess && cfg.Thread == 0:
			p.title = sys.SetTitle(title)
		default:
			p.title = title
		}
	})
	p.lazy("env", func() goja.Value { return p.env() })
	p.value("moduleLoadList", vm.NewArray())
	p.value("_preload_modules", p.strings(cfg.Options.Require))
	p.rt.DefineLazy(p.object, "allowedNodeEnvironmentFlags", true, func() goja.Value {
		return rt.CallMethod(rt.Require("internal/process/flags"), "make", p.strings(options.Environment()))
	})
}

// lazyValue is lazy for what scripts cannot assign.
func (p *process) lazyValue(name string, make func() goja.Value) {
	p.object.DefineAccessorProperty(name, p.rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
		v := make()
		p.object.DefineDataProperty(name, v, goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		return v
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

func (p *process) strings(list []string) *goja.Object {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return p.rt.VM().NewArray(all...)
}

func arch() string {
	switch goruntime.GOARCH {
	case "amd64":
		return "x64"
	case "386":
		return "ia32"
	}
	return goruntime.GOARCH
}

// surroundings is the working directory, the modules and what is left of Node's internals.
func (p *process) surroundings() {
	rt, vm := p.rt, p.rt.VM()
	p.method("cwd", 0, func(goja.FunctionCall) goja.Value {
		dir, err := rt.Cwd()
		if err != nil {
			rt.Throw(rt.NewFileError(engine.SystemError{Errno: errno(err), Syscall: "uv_cwd"}))
		}
		return vm.ToValue(dir)
	})
	p.method("chdir", 1, func(call goja.FunctionCall) goja.Value {
		p.mustOwn("process.chdir()")
		dir := rt.ValidateString(call.Argument(0), "directory")
		if strings.IndexByte(dir, 0) >= 0 {
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "directory", call.Argument(0), "must be a string, Uint8Array, or URL without null bytes"))
		}
		rt.Access.DemandPath(runtime.AccessRead, dir)
		rt.Access.DemandSystem("chdir")
		from, _ := rt.Cwd()
		if err := unix.Chdir(dir); err != nil {
			rt.Throw(rt.NewFileError(engine.SystemError{Errno: errno(err), Syscall: "chdir", Path: from, Dest: dir}))
		}
		return goja.Undefined()
	})
	p.disable("chdir")
	p.method("umask", 1, func(call goja.FunctionCall) goja.Value {
		mask := call.Argument(0)
		rt.Access.DemandSystem("umask")
		if goja.IsUndefined(mask) {
			old := unix.Umask(0)
			unix.Umask(old)
			return vm.ToValue(old)
		}
		p.mustOwn("Setting process.umask()")
		return vm.ToValue(unix.Umask(p.fileMode(mask, "mask")))
	})
	p.method("execve", 1, p.execve)
	p.method("ref", 1, p.reference("ref"))
	p.method("unref", 1, p.reference("unref"))
	p.lazy("finalization", func() goja.Value { return rt.Require("internal/process/finalization") })
	p.method("getBuiltinModule", 1, func(call goja.FunctionCall) goja.Value {
		name := rt.ValidateString(call.Argument(0), "id")
		bare, scheme := strings.CutPrefix(name, "node:")
		if m := rt.Builtin(bare); m != nil && !m.Private && (scheme || !m.SchemeOnly) {
			return rt.Require(bare)
		}
		return goja.Undefined()
	})
	for _, name := range []string{"binding", "_linkedBinding", "dlopen"} {
		p.method(name, 1, func(call goja.FunctionCall) goja.Value {
			if rt.Config().Options.Permissions != nil || rt.Access.Policy() != nil {
				rt.Throw(rt.NewError("ERR_ACCESS_DENIED", "process."+name, "", ""))
			}
			if name == "dlopen" {
				if len(call.Arguments) < 2 {
					err := rt.NewNativeError("TypeError", "process.dlopen needs at least 2 arguments")
					err.Set("code", "ERR_MISSING_ARGS")
					rt.Throw(err)
				}
				module, ok := call.Arguments[0].(*goja.Object)
				if !ok || module.Get("exports") == nil {
					rt.Throw(vm.NewTypeError("Cannot convert undefined or null to object"))
				}
				rt.Throw(rt.AddonError(call.Arguments[1].String()))
			}
			if name == "binding" {
				of := rt.Require("internal/process/binding")
				return rt.Apply(of, goja.Undefined(), call.Argument(0), vm.ToValue(rt.Config().Options.PendingDeprecation))
			}
			rt.Throw(rt.NewPlainError("Error", "No such module: "+call.Argument(0).String()))
			return nil
		})
	}
	p.method("_rawDebug", 0, func(call goja.FunctionCall) goja.Value {
		text := rt.CallMethod(rt.Require("util"), "format", append([]goja.Value(nil), call.Arguments...)...)
		rt.Stderr().Write([]byte(text.String() + "\n"))
		return goja.Undefined()
	})
	p.object.DefineAccessorProperty("sourceMapsEnabled", rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
		return vm.ToValue(rt.SourceMaps.Support().Enabled)
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	p.method("setSourceMapsEnabled", 1, func(call goja.FunctionCall) goja.Value {
		on := rt.ValidateBoolean(call.Argument(0), "enabled")
		rt.SourceMaps.SetSupport(runtime.SourceMapsSupport{Enabled: on, NodeModules: on, GeneratedCode: on})
		return goja.Undefined()
	})
	p.method("loadEnvFile", 0, p.loadEnvFile)
	for _, name := range []string{"stdin", "stdout", "stderr"} {
		var stream goja.Value
		p.object.DefineAccessorProperty(name, rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
			if stream == nil {
				module := "internal/stdio"
				if rt.Config().PipedStreams() {
					module = "internal/worker/stdio"
				}
				stream = rt.CallMethod(rt.Require(module), name)
			}
			return stream
		}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	p.method("openStdin", 0, func(goja.FunctionCall) goja.Value {
		stdin := p.object.Get("stdin").(*goja.Object)
		rt.CallMethod(stdin, "resume")
		return stdin
	})
	p.lazyValue("report", func() goja.Value { return rt.Require("internal/process/report") })
	if permission := rt.Access.Object(); permission != nil {
		p.object.DefineDataProperty("permission", permission, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
}

// fileMode reads a mode given as a number or as octal text.
func (p *process) fileMode(v goja.Value, name string) int {
	if goja.IsString(v) {
		text, n := v.String(), 0
		if text == "" {
			p.badMode(v, name)
		}
		for _, c := range text {
			if c < '0' || c > '7' || n > 1<<28 {
				p.badMode(v, name)
			}
			n = n*8 + int(c-'0')
		}
		return n & 0o777
	}
	return int(p.rt.ValidateUint32(v, name, false)) & 0o777
}

func (p *process) badMode(v goja.Value, name string) {
	p.rt.Throw(p.rt.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be a 32-bit unsigned integer or an octal string"))
}
