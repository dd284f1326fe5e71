package fs

import (
	"math"
	"math/big"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/runtime"
)

// fileStat is what stat tells, in the order of Stats' properties. The times are in nanoseconds.
type fileStat struct {
	numbers [10]int64 // dev mode nlink uid gid rdev blksize ino size blocks
	times   [4]int64  // atime mtime ctime birthtime
}

const (
	statMode = 1
	statIno  = 7
	statSize = 8
)

func (s *fileStat) kind() uint32 { return uint32(s.numbers[statMode]) & unix.S_IFMT }

var statNames = [10]string{"dev", "mode", "nlink", "uid", "gid", "rdev", "blksize", "ino", "size", "blocks"}
var timeNames = [4]string{"atime", "mtime", "ctime", "birthtime"}

// defineStats makes the classes Stats and BigIntStats.
func (m *module) defineStats() *goja.Object {
	base, baseProto := m.rt.FunctionClass("StatsBase", 10, func(call goja.ConstructorCall) *goja.Object {
		for i, name := range statNames {
			m.set(call.This, name, call.Argument(i))
		}
		return nil
	})
	construct := func(call goja.ConstructorCall) *goja.Object {
		for i, name := range statNames {
			m.set(call.This, name, call.Argument(i))
		}
		for i, name := range timeNames {
			m.set(call.This, name+"Ms", call.Argument(10+i))
		}
		return nil
	}
	class, proto := m.rt.FunctionClass("Stats", 14, construct)
	_, bigProto := m.rt.FunctionClass("BigIntStats", 14, func(call goja.ConstructorCall) *goja.Object {
		for i, name := range statNames {
			m.set(call.This, name, call.Argument(i))
		}
		for i, name := range timeNames {
			ns, ok := engine.BigInt(call.Argument(10 + i))
			if !ok {
				panic(m.vm.NewTypeError("Cannot mix BigInt and other types, use explicit conversions"))
			}
			m.set(call.This, name+"Ms", m.vm.ToValue(big.NewInt(ns.Int64()/1e6)))
		}
		for i, name := range timeNames {
			m.set(call.This, name+"Ns", call.Argument(10+i))
		}
		return nil
	})
	class.SetPrototype(base)
	proto.SetPrototype(baseProto)
	bigProto.SetPrototype(baseProto)
	for _, k := range []struct {
		name string
		kind uint32
	}{
		{"isDirectory", unix.S_IFDIR}, {"isFile", unix.S_IFREG}, {"isBlockDevice", unix.S_IFBLK},
		{"isCharacterDevice", unix.S_IFCHR}, {"isSymbolicLink", unix.S_IFLNK}, {"isFIFO", unix.S_IFIFO},
		{"isSocket", unix.S_IFSOCK},
	} {
		is := m.rt.Function("", 0, func(call goja.FunctionCall) goja.Value {
			o := call.This.ToObject(m.vm)
			mode := o.Get("mode")
			if o.Get("_checkModeProperty") == nil {
				panic(m.vm.NewTypeError("this._checkModeProperty is not a function"))
			}
			if b, ok := export(mode).(*big.Int); ok {
				return m.vm.ToValue(uint32(b.Int64())&unix.S_IFMT == k.kind)
			}
			return m.vm.ToValue(mode != nil && uint32(mode.ToInteger())&unix.S_IFMT == k.kind)
		})
		baseProto.Set(k.name, is)
		if k.kind == unix.S_IFREG {
			proto.Set(k.name, is)
		}
	}
	check := m.rt.Function("", 1, func(call goja.FunctionCall) goja.Value {
		mode := call.This.ToObject(m.vm).Get("mode")
		if mode == nil {
			return m.vm.ToValue(false)
		}
		n := mode.ToInteger()
		if b, ok := export(mode).(*big.Int); ok {
			n = b.Int64()
		}
		return m.vm.ToValue(n&unix.S_IFMT == call.Argument(0).ToInteger())
	})
	proto.Set("_checkModeProperty", check)
	for _, p := range []*goja.Object{proto, bigProto} {
		m.defineDates(p)
	}
	bigProto.Set("_checkModeProperty", check)
	m.stats, m.bigStats = proto, bigProto
	_, m.statFs = m.rt.FunctionClass("StatFs", 7, func(goja.ConstructorCall) *goja.Object { return nil })
	deprecated, _ := m.rt.FunctionClass("deprecated", 14, func(call goja.ConstructorCall) *goja.Object {
		m.warn("DEP0180", "fs.Stats constructor is deprecated.")
		construct(call)
		return nil
	})
	deprecated.SetPrototype(class)
	deprecated.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return deprecated
}

// defineDates gives a prototype the dates of a file: each is made of its milliseconds when it is first read.
func (m *module) defineDates(proto *goja.Object) {
	own := func(this, v goja.Value, name string) goja.Value {
		this.ToObject(m.vm).DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		return v
	}
	for _, name := range timeNames {
		get := m.rt.Func("get", 0, func(call goja.FunctionCall) goja.Value {
			ms := math.NaN()
			if v := call.This.ToObject(m.vm).Get(name + "Ms"); v != nil {
				if n, ok := engine.BigInt(v); ok {
					ms = float64(n.Int64())
				} else {
					ms = v.ToFloat()
				}
			}
			return own(call.This, m.date(ms), name)
		})
		set := m.rt.Func("set", 1, func(call goja.FunctionCall) goja.Value { return own(call.This, call.Argument(0), name) })
		proto.DefineAccessorProperty(name, get, set, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
}

// set sets a property as strict code does.
func (m *module) set(o *goja.Object, name string, v goja.Value) {
	if err := o.Set(name, v); err != nil {
		m.rt.Rethrow(err)
	}
}

func export(v goja.Value) any {
	if v == nil {
		return nil
	}
	return v.Export()
}

// date is a Date of that many milliseconds, rounded as Node does.
func (m *module) date(ms float64) goja.Value {
	if math.IsNaN(ms) {
		d, err := m.vm.New(m.dateClass, m.vm.ToValue(ms))
		if err != nil {
			panic(err)
		}
		return d
	}
	n := int64(ms + 0.5)
	if ms < 0 {
		n = -int64(-ms + 0.5)
	}
	d, err := m.vm.New(m.dateClass, m.vm.ToValue(n))
	if err != nil {
		panic(err)
	}
	return d
}

func (m *module) statValue(s *fileStat, bigint bool) goja.Value {
	if s == nil {
		s = &fileStat{}
	}
	if bigint {
		o := m.vm.CreateObject(m.bigStats)
		n := func(v int64) goja.Value { return m.vm.ToValue(big.NewInt(v)) }
		for i, name := range statNames {
			o.Set(name, n(s.numbers[i]))
		}
		for i, name := range timeNames {
			o.Set(name+"Ms", n(s.times[i]/1e6))
		}
		for i, name := range timeNames {
			o.Set(name+"Ns", n(s.times[i]))
		}
		return o
	}
	var values [len(statNames) + len(timeNames)]goja.Value
	for i, n := range s.numbers {
		values[i] = m.vm.ToValue(n)
	}
	for i, t := range s.times {
		sec := t / 1e9
		values[len(statNames)+i] = m.vm.ToValue(float64(sec)*1000 + float64(t-sec*1e9)/1e6)
	}
	if m.statRecords == nil {
		names := append([]string(nil), statNames[:]...)
		for _, name := range timeNames {
			names = append(names, name+"Ms")
		}
		m.statRecords = m.rt.Records(names...)
	}
	return m.statRecords.New(m.stats, values[:]...)
}

func statOf(m *module, a args, form form) *job { return pathStat(m, a, form, "stat", m.statPath) }

func lstatOf(m *module, a args, form form) *job { return pathStat(m, a, form, "lstat", m.lstatPath) }

func pathStat(m *module, a args, form form, name string, read func(path string) (*fileStat, error)) *job {
	p := m.plainPath(a.at(0), "path")
	if name == "lstat" {
		m.rt.Access.RefuseFile(runtime.AccessRead, p)
	} else {
		m.rt.Access.DemandFile(runtime.AccessRead, p)
	}
	o, _ := a.at(1).(*goja.Object)
	bigint, quiet := false, false
	var signal *goja.Object
	if o != nil {
		bigint = truthy(o.Get("bigint"))
		v := o.Get("throwIfNoEntry")
		quiet = (form == sync || name == "stat") && v != nil && !goja.IsUndefined(v) && !v.ToBoolean()
		if form == callback && name == "stat" {
			signal = m.options(o).signal
		}
	}
	real := m.real(p)
	return &job{syscall: name, path: p, signal: signal, work: func() (any, error) {
		s, err := read(real)
		if quiet && (err == syscall.ENOENT || err == syscall.ENOTDIR) {
			return nil, nil
		}
		return s, err
	}, value: func(v any) goja.Value {
		if v == nil {
			return goja.Undefined()
		}
		return m.statValue(v.(*fileStat), bigint)
	}}
}

func fstatOf(m *module, a args, _ form) *job {
	fd := m.fd(a.at(0))
	o, _ := a.at(1).(*goja.Object)
	bigint := o != nil && truthy(o.Get("bigint"))
	return &job{syscall: "fstat", work: func() (any, error) { return statFd(fd) },
		value: func(v any) goja.Value { return m.statValue(v.(*fileStat), bigint) }}
}

func statfsOf(m *module, a args, _ form) *job {
	p := m.path(a.at(0), "path", runtime.AccessRead)
	o, _ := a.at(1).(*goja.Object)
	bigint := o != nil && truthy(o.Get("bigint"))
	real := m.real(p)
	return &job{syscall: "statfs", path: p, work: func() (any, error) {
		var s unix.Statfs_t
		_, err := retry(func() (any, error) {
			return nil, m.at(real, true, func(path string) error { return unix.Statfs(path, &s) })
		})
		return &s, err
	}, value: func(v any) goja.Value {
		s := v.(*unix.Statfs_t)
		o := m.vm.CreateObject(m.statFs)
		for _, f := range []struct {
			name string
			n    int64
		}{
			{"type", int64(s.Type)}, {"bsize", int64(s.Bsize)}, {"frsize", fragmentSize(s)}, {"blocks", int64(s.Blocks)}, {"bfree", int64(s.Bfree)},
			{"bavail", int64(s.Bavail)}, {"files", int64(s.Files)}, {"ffree", int64(s.Ffree)},
		} {
			if bigint {
				o.Set(f.name, big.NewInt(f.n))
			} else {
				o.Set(f.name, f.n)
			}
		}
		return o
	}}
}
