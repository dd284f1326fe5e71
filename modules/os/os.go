// Package os is module os: facts about the machine, the user and the process's priority, read from the kernel when
// asked. It runs on the loop goroutine and starts nothing.
package os

import (
	"encoding/binary"
	"math/bits"
	"net"
	stdos "os"
	stdruntime "runtime"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/runtime"
)

// Module is "os".
var Module = &runtime.Module{Name: "os", Binding: func(rt *runtime.Runtime) *goja.Object {
	return (&module{rt, rt.VM()}).exports()
}}

type module struct {
	rt *runtime.Runtime
	vm *goja.Runtime
}

func (m *module) exports() *goja.Object {
	rt, vm := m.rt, m.vm
	o := vm.NewObject()
	uname := func(field func(*unix.Utsname) []byte) func() any {
		return func() any {
			m.rt.Access.DemandSystem("uname")
			var u unix.Utsname
			if unix.Uname(&u) != nil {
				return ""
			}
			return unix.ByteSliceToString(field(&u))
		}
	}
	// get makes a function without arguments that can also be used as a primitive value: `${os.hostname}`.
	get := func(name, function string, value func() any) {
		make := rt.Method // natives and arrow functions
		if function == name {
			make = rt.Func
		} else if function == "wrappedFn" {
			make = rt.Function
		}
		f := make(function, 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(value()) })
		f.SetSymbol(goja.SymToPrimitive, rt.Func("", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(value()) }))
		o.Set(name, f)
	}
	get("arch", "arch", func() any { return arch() })
	get("availableParallelism", "getAvailableParallelism", func() any { return stdruntime.NumCPU() })
	rt.SetFunc(o, "cpus", 0, func(goja.FunctionCall) goja.Value { return m.cpus() })
	get("endianness", "endianness", func() any {
		if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
			return "LE"
		}
		return "BE"
	})
	get("freemem", "getFreeMem", func() any { return freeMemory() })
	rt.SetFunc(o, "getPriority", 1, m.getPriority)
	get("homedir", "wrappedFn", func() any { return m.homedir() })
	get("hostname", "wrappedFn", uname(func(u *unix.Utsname) []byte { return u.Nodename[:] }))
	rt.SetFunc(o, "loadavg", 0, func(goja.FunctionCall) goja.Value {
		avg := loadAverage()
		return vm.NewArray(avg[0], avg[1], avg[2])
	})
	rt.SetFunc(o, "networkInterfaces", 0, func(goja.FunctionCall) goja.Value { return m.interfaces() })
	get("platform", "platform", func() any { return stdruntime.GOOS })
	get("release", "getOSRelease", uname(func(u *unix.Utsname) []byte { return u.Release[:] }))
	rt.SetFunc(o, "setPriority", 2, m.setPriority)
	get("tmpdir", "tmpdir", func() any { return m.tmpdir() })
	get("totalmem", "getTotalMem", func() any { return totalMemory() })
	get("type", "getOSType", uname(func(u *unix.Utsname) []byte { return u.Sysname[:] }))
	rt.SetFunc(o, "userInfo", 1, m.userInfo)
	get("uptime", "wrappedFn", func() any { return uptime() })
	get("version", "getOSVersion", uname(func(u *unix.Utsname) []byte { return u.Version[:] }))
	get("machine", "getMachine", uname(func(u *unix.Utsname) []byte { return u.Machine[:] }))
	o.DefineDataProperty("constants", m.constants(), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	o.DefineDataProperty("EOL", vm.ToValue("\n"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	o.DefineDataProperty("devNull", vm.ToValue("/dev/null"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	return o
}

// arch is Node's name of the processor.
func arch() string {
	switch stdruntime.GOARCH {
	case "amd64":
		return "x64"
	case "386":
		return "ia32"
	}
	return stdruntime.GOARCH
}

func (m *module) env(name string) string {
	v, _ := m.rt.Env().Get(name)
	return v
}

func (m *module) tmpdir() string {
	dir := "/tmp"
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		if v := m.env(name); v != "" {
			dir = v
			break
		}
	}
	if len(dir) > 1 {
		dir = strings.TrimSuffix(dir, "/")
	}
	return dir
}

func (m *module) homedir() string {
	if dir, ok := m.rt.Env().Get("HOME"); ok {
		return dir
	}
	m.rt.Access.DemandSystem("homedir")
	u, err := lookupUser(unix.Geteuid())
	if err != nil {
		m.fail("uv_os_homedir", unix.ENOENT)
	}
	return u.home
}

// fail throws ERR_SYSTEM_ERROR for a call that libuv would have made.
func (m *module) fail(call string, err error) {
	e, _ := errs.Of(err)
	m.rt.Throw(m.rt.NewContextError("ERR_SYSTEM_ERROR", engine.SystemError{Errno: e.Number, Syscall: call}, ""))
}

type user struct {
	name, home, shell string
	uid, gid          int
}

// lookupUser reads the user database, which without cgo is the file.
func lookupUser(uid int) (user, error) {
	data, err := stdos.ReadFile("/etc/passwd")
	if err != nil {
		return user{}, err
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) < 7 || f[2] != strconv.Itoa(uid) {
			continue
		}
		gid, _ := strconv.Atoi(f[3])
		return user{name: f[0], home: f[5], shell: f[6], uid: uid, gid: gid}, nil
	}
	return user{}, unix.ENOENT
}

func (m *module) userInfo(call goja.FunctionCall) goja.Value {
	encoding := ""
	if o, ok := call.Argument(0).(*goja.Object); ok {
		if v := o.Get("encoding"); v != nil && goja.IsString(v) {
			encoding = v.String()
		}
	}
	m.rt.Access.DemandSystem("userInfo")
	u, err := lookupUser(unix.Geteuid())
	if err != nil {
		m.fail("uv_os_get_passwd", err)
	}
	text := func(s string) goja.Value {
		if encoding == "" {
			return m.vm.ToValue(s)
		}
		if e, ok := engine.ParseEncoding(encoding); ok {
			return m.rt.DecodeString([]byte(s), e)
		}
		return m.rt.NewBuffer([]byte(s))
	}
	o := m.vm.CreateObject(nil)
	o.Set("uid", u.uid)
	o.Set("gid", u.gid)
	o.Set("username", text(u.name))
	o.Set("homedir", text(u.home))
	if u.shell == "" {
		o.Set("shell", goja.Null())
	} else {
		o.Set("shell", text(u.shell))
	}
	return o
}

func (m *module) getPriority(call goja.FunctionCall) goja.Value {
	pid := int32(0)
	if v := call.Argument(0); !goja.IsUndefined(v) {
		pid = m.rt.ValidateInt32(v, "pid", -1<<31, 1<<31-1)
	}
	m.rt.Access.DemandSystem("getPriority")
	n, err := priority(int(pid))
	if err != nil {
		m.fail("uv_os_getpriority", err)
	}
	return m.vm.ToValue(n)
}

func (m *module) setPriority(call goja.FunctionCall) goja.Value {
	pid, prio := call.Argument(0), call.Argument(1)
	if goja.IsUndefined(prio) {
		pid, prio = m.vm.ToValue(0), pid
	}
	id := m.rt.ValidateInt32(pid, "pid", -1<<31, 1<<31-1)
	n := m.rt.ValidateInt32(prio, "priority", -20, 19)
	m.rt.Access.DemandSystem("setPriority")
	if err := unix.Setpriority(unix.PRIO_PROCESS, int(id), int(n)); err != nil {
		m.fail("uv_os_setpriority", err)
	}
	return goja.Undefined()
}

func (m *module) cpus() goja.Value {
	list := m.vm.NewArray()
	for i, c := range processors() {
		times := m.vm.NewObject()
		times.Set("user", c.user)
		times.Set("nice", c.nice)
		times.Set("sys", c.sys)
		times.Set("idle", c.idle)
		times.Set("irq", c.irq)
		o := m.vm.NewObject()
		o.Set("model", c.model)
		o.Set("speed", c.speed)
		o.Set("times", times)
		list.Set(strconv.Itoa(i), o)
	}
	return list
}

// processor is one logical CPU; the times are in milliseconds.
type processor struct {
	model                      string
	speed                      int
	user, nice, sys, idle, irq int64
}

func (m *module) interfaces() goja.Value {
	m.rt.Access.DemandSystem("networkInterfaces")
	result := m.vm.NewObject()
	all, err := net.Interfaces()
	if err != nil {
		return result
	}
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		mac := "00:00:00:00:00:00"
		if len(i.HardwareAddr) == 6 {
			mac = i.HardwareAddr.String()
		}
		var list []any
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			v6 := n.IP.To4() == nil
			o := m.vm.NewObject()
			o.Set("address", n.IP.String())
			o.Set("netmask", net.IP(n.Mask).String())
			if v6 {
				o.Set("family", "IPv6")
			} else {
				o.Set("family", "IPv4")
			}
			o.Set("mac", mac)
			o.Set("internal", i.Flags&net.FlagLoopback != 0)
			ones := 0
			for _, b := range n.Mask {
				ones += bits.OnesCount8(b)
			}
			o.Set("cidr", n.IP.String()+"/"+strconv.Itoa(ones))
			if v6 {
				scope := 0
				if n.IP.IsLinkLocalUnicast() {
					scope = i.Index
				}
				o.Set("scopeid", scope)
			}
			list = append(list, o)
		}
		if list != nil {
			result.Set(i.Name, m.vm.NewArray(list...))
		}
	}
	return result
}

// constant is one entry of a table in os.constants.
type constant struct {
	name  string
	value int
}

func (m *module) table(list []constant) *goja.Object {
	o := m.vm.CreateObject(nil)
	for _, c := range list {
		o.Set(c.name, c.value)
	}
	return o
}

func (m *module) constants() *goja.Object {
	o := m.vm.CreateObject(nil)
	o.Set("UV_UDP_REUSEADDR", 4)
	o.Set("dlopen", m.table(dlopenFlags))
	o.Set("errno", m.table(errnos))
	table := m.table(signals)
	m.rt.CallMethod(m.rt.Intrinsic("Object"), "freeze", table)
	o.Set("signals", table)
	o.Set("priority", m.table(priorities))
	return o
}
