package fs

import (
	"math"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/runtime"
)

// path takes a path argument (a string, a Uint8Array or a file: URL) and asks whether it may be touched.
func (m *module) path(v goja.Value, name string, kind runtime.Access) string {
	p := m.plainPath(v, name)
	m.rt.Access.DemandFile(kind, p)
	return p
}

func (m *module) plainPath(v goja.Value, name string) string {
	original := v
	o, object := v.(*goja.Object)
	if object && isURL(o) {
		v = m.rt.CallMethod(m.rt.Require("url"), "fileURLToPath", v)
		o, object = v.(*goja.Object)
	}
	var p string
	switch {
	case object && m.isUint8Array(o):
		if buffer, _ := m.rt.ViewOf(o); buffer != nil {
			if b, ok := buffer.Export().(goja.ArrayBuffer); ok && b.Detached() {
				panic(m.vm.NewTypeError("Cannot perform %%TypedArray%%.prototype.includes on a detached ArrayBuffer"))
			}
		}
		p = string(m.bytes(o))
	case !object && goja.IsString(v):
		p = v.String()
	default:
		m.rt.ThrowArgType(name, v, "string", "Buffer", "URL")
	}
	if strings.IndexByte(p, 0) >= 0 {
		if object || original != v {
			original = v
		}
		m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", name, original, "must be a string, Uint8Array, or URL without null bytes"))
	}
	return p
}

func isURL(o *goja.Object) bool {
	set := func(name string) bool { return truthy(o.Get(name)) }
	missing := func(name string) bool { v := o.Get(name); return v == nil || goja.IsUndefined(v) }
	return set("href") && set("protocol") && missing("auth") && missing("path")
}

// openly passes the one seam for access to files that are to be opened with those flags.
func (m *module) openly(flags int, path string) {
	if !m.rt.Access.Restricted() {
		return
	}
	if flags&unix.O_WRONLY == 0 {
		m.rt.Access.DemandFile(runtime.AccessRead, path)
	}
	if flags&(unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC|unix.O_APPEND) != 0 {
		m.rt.Access.DemandFile(runtime.AccessWrite, path)
	}
}

// disabled refuses what has no path to check.
func (m *module) disabled(name string) {
	if m.rt.Access.Enforced() {
		m.rt.Throw(m.rt.NewError("ERR_ACCESS_DENIED", name+" API is disabled when Permission Model is enabled.", "", ""))
	}
}

// real is the path for a system call.
func (m *module) real(path string) string { return m.rt.Abs(path) }

// display is a path as error messages show it.
func display(path string) string {
	return utf.Valid(path)
}

func (m *module) isUint8Array(o *goja.Object) bool {
	return engine.KindOf(o) == engine.TypedArray && o.ExportType() == reflect.TypeFor[[]byte]()
}

// view is the memory of an ArrayBufferView.
func (m *module) view(v goja.Value) ([]byte, bool) {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil, false
	}
	switch engine.KindOf(o) {
	case engine.TypedArray, engine.DataViewObject:
		return m.rt.Bytes(o)
	}
	return nil, false
}

func (m *module) bytes(o *goja.Object) []byte {
	b, _ := m.rt.Bytes(o)
	return b
}

// text makes a result of bytes: a string in that encoding, or a Buffer.
func (m *module) text(b []byte, encoding string) goja.Value {
	if e, ok := engine.ParseEncoding(encoding); ok {
		return m.rt.DecodeString(b, e)
	}
	return m.rt.NewBuffer(b)
}

// name makes a result of a file's name; the default is a string.
func (m *module) name(s, encoding string) goja.Value {
	if encoding == "" || encoding == "utf8" {
		return m.vm.ToValue(display(s))
	}
	return m.text([]byte(s), encoding)
}

// encode turns a string into bytes.
func (m *module) encode(v goja.Value, encoding string) []byte {
	e, _ := engine.ParseEncoding(encoding)
	return engine.EncodeString(v.ToString(), e)
}

// options is the options argument of most functions: an object, or a string for its encoding.
type options struct {
	object   *goja.Object
	encoding string // canonical, "buffer", or "" for none
	signal   *goja.Object
}

func (o options) get(name string) goja.Value {
	if o.object != nil {
		if v := o.object.Get(name); v != nil {
			return v
		}
	}
	return goja.Undefined()
}

func (m *module) options(v goja.Value) options {
	var o options
	if isNil(v) {
		return o
	}
	encoding := v
	if object, ok := v.(*goja.Object); ok {
		if _, function := goja.AssertFunction(object); function {
			return o
		}
		o.object = object
		encoding = object.Get("encoding")
	} else if !goja.IsString(v) {
		m.rt.ThrowArgType("options", v, "string", "Object")
	}
	if truthy(encoding) {
		e := encoding.String()
		if name, ok := engine.ParseEncoding(e); ok {
			o.encoding = name.String()
		} else if o.encoding = e; e != "buffer" {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "encoding", encoding, "is invalid encoding"))
		}
	}
	if signal := o.get("signal"); !goja.IsUndefined(signal) {
		o.signal = m.rt.ValidateAbortSignal(signal, "options.signal")
	}
	return o
}

func isNil(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

func (m *module) isNumber(v goja.Value) bool {
	_, object := v.(*goja.Object)
	return v != nil && !object && goja.IsNumber(v)
}

func (m *module) isString(v goja.Value) bool {
	_, object := v.(*goja.Object)
	return v != nil && !object && goja.IsString(v)
}

// fd takes a descriptor, which is to be the script's.
func (m *module) fd(v goja.Value) int {
	fd := int(m.rt.ValidateInt32(v, "fd", 0, math.MaxInt32))
	m.rt.Access.DemandDescriptor(fd)
	m.numbered = true
	return fd
}

// mode takes a file mode: a number or a string of octal digits. otherwise < 0 means that it must be given.
func (m *module) mode(v goja.Value, name string, otherwise int) uint32 {
	if isNil(v) && otherwise >= 0 {
		return uint32(otherwise)
	}
	if m.isString(v) {
		n, s := uint64(0), v.String()
		for _, c := range s {
			if c < '0' || c > '7' || n > 1<<40 {
				s = ""
				break
			}
			n = n<<3 | uint64(c-'0')
		}
		if s == "" {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be a 32-bit unsigned integer or an octal string"))
		}
		v = m.vm.ToValue(n)
	}
	return m.rt.ValidateUint32(v, name, false)
}

// flags takes the flags of open.
func (m *module) flags(v goja.Value, name string) int {
	if isNil(v) {
		return syscall.O_RDONLY
	}
	if m.isNumber(v) {
		return int(m.rt.ValidateInt32(v, name, math.MinInt32, math.MaxInt32))
	}
	if m.isString(v) {
		if f, ok := openFlags(v.String()); ok {
			return f
		}
	}
	m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "flags", v))
	return 0
}

func openFlags(s string) (int, bool) {
	const write = unix.O_WRONLY | unix.O_CREAT
	const both = unix.O_RDWR | unix.O_CREAT
	switch s {
	case "r":
		return unix.O_RDONLY, true
	case "rs", "sr":
		return unix.O_RDONLY | unix.O_SYNC, true
	case "r+":
		return unix.O_RDWR, true
	case "rs+", "sr+":
		return unix.O_RDWR | unix.O_SYNC, true
	case "w":
		return write | unix.O_TRUNC, true
	case "wx", "xw":
		return write | unix.O_TRUNC | unix.O_EXCL, true
	case "w+":
		return both | unix.O_TRUNC, true
	case "wx+", "xw+":
		return both | unix.O_TRUNC | unix.O_EXCL, true
	case "a":
		return write | unix.O_APPEND, true
	case "ax", "xa":
		return write | unix.O_APPEND | unix.O_EXCL, true
	case "as", "sa":
		return write | unix.O_APPEND | unix.O_SYNC, true
	case "a+":
		return both | unix.O_APPEND, true
	case "ax+", "xa+":
		return both | unix.O_APPEND | unix.O_EXCL, true
	case "as+", "sa+":
		return both | unix.O_APPEND | unix.O_SYNC, true
	}
	return 0, false
}

// time takes a time: seconds, a numeric string or a Date.
func (m *module) time(v goja.Value, name string) unix.Timespec {
	seconds, ok := 0.0, false
	if o, object := v.(*goja.Object); object {
		if t, date := engine.DateOf(o); date {
			seconds, ok = float64(t.UnixMilli())/1000, true
		}
	} else if m.isString(v) {
		seconds = v.ToFloat()
		ok = !math.IsNaN(seconds)
	} else if m.isNumber(v) {
		if seconds = v.ToFloat(); !math.IsInf(seconds, 0) && !math.IsNaN(seconds) {
			ok = true
			if seconds < 0 {
				seconds = float64(time.Now().UnixMilli()) / 1000
			}
		}
	}
	if !ok {
		m.rt.ThrowArgType(name, v, "Date", "Time in seconds")
	}
	whole := math.Floor(seconds)
	// libuv counts in microseconds.
	return unix.NsecToTimespec(int64(whole)*1e9 + int64((seconds-whole)*1e6)*1e3)
}
