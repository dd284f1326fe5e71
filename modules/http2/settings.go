package http2

import (
	"encoding/binary"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// The settings of RFC 9113 are numbers that need no connection: these functions are here although the protocol is not.

type setting struct {
	name     string
	id       uint16
	lo, hi   float64
	standard any // Node's default
	flag     bool
}

const max32 = 1<<32 - 1

// settingsList is in the order in which they are packed.
func settingsList() []setting {
	return []setting{
		{"headerTableSize", 1, 0, max32, 4096, false},
		{"enablePush", 2, 0, 1, true, true},
		{"maxConcurrentStreams", 3, 0, max32, max32, false},
		{"initialWindowSize", 4, 0, 1<<31 - 1, 65535, false},
		{"maxFrameSize", 5, 16384, 1<<24 - 1, 16384, false},
		{"maxHeaderListSize", 6, 0, max32, 65535, false},
		{"enableConnectProtocol", 8, 0, 1, false, true},
	}
}

func defaultSettings(rt *runtime.Runtime) goja.Value {
	o := rt.VM().CreateObject(nil)
	for _, s := range settingsList() {
		o.Set(s.name, s.standard)
	}
	o.Set("maxHeaderSize", o.Get("maxHeaderListSize"))
	return o
}

func invalidSetting(rt *runtime.Runtime, class, name string, v goja.Value) {
	err := rt.NewPlainError(class, "Invalid value for setting \""+name+"\": "+v.String())
	err.Set("code", "ERR_HTTP2_INVALID_SETTING_VALUE")
	rt.Throw(err)
}

// packedSettings is getPackedSettings: six bytes for each that is given, its identifier and its value.
func packedSettings(rt *runtime.Runtime, v goja.Value) goja.Value {
	object(rt, v, "settings")
	var out []byte
	o, _ := v.(*goja.Object)
	if o == nil {
		return rt.NewBuffer(out)
	}
	for _, s := range settingsList() {
		v := o.Get(s.name)
		if s.name == "maxHeaderListSize" && (v == nil || goja.IsUndefined(v)) {
			v = o.Get("maxHeaderSize")
		}
		if v == nil || goja.IsUndefined(v) {
			continue
		}
		n := v.ToFloat()
		if _, boolean := engine.Boolean(v); s.flag && !boolean {
			invalidSetting(rt, "TypeError", s.name, v)
		} else if !(n >= s.lo && n <= s.hi) {
			invalidSetting(rt, "RangeError", s.name, v)
		}
		out = binary.BigEndian.AppendUint16(out, s.id)
		out = binary.BigEndian.AppendUint32(out, uint32(n))
	}
	return rt.NewBuffer(out)
}

// unpackedSettings is getUnpackedSettings.
func unpackedSettings(rt *runtime.Runtime, v, options goja.Value) goja.Value {
	data, ok := rt.Bytes(v)
	if o, view := v.(*goja.Object); !ok || !view || engine.KindOf(o) == engine.ArrayBufferObject {
		rt.ThrowArgType("buf", v, "Buffer", "TypedArray")
	}
	if len(data)%6 != 0 {
		err := rt.NewPlainError("RangeError", "Packed settings length must be a multiple of six")
		err.Set("code", "ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH")
		rt.Throw(err)
	}
	list := settingsList()
	o, custom := rt.VM().NewObject(), rt.VM().NewObject()
	validate := false
	if given, ok := options.(*goja.Object); ok {
		v := given.Get("validate")
		validate = v != nil && v.ToBoolean()
	}
	for ; len(data) > 0; data = data[6:] {
		id, n := binary.BigEndian.Uint16(data), binary.BigEndian.Uint32(data[2:])
		known := false
		for _, s := range list {
			if s.id != id {
				continue
			}
			known = true
			if validate && !s.flag && !(float64(n) >= s.lo && float64(n) <= s.hi) {
				invalidSetting(rt, "RangeError", s.name, rt.VM().ToValue(n))
			}
			if s.flag {
				o.Set(s.name, n != 0)
			} else {
				o.Set(s.name, n)
			}
			if s.name == "maxHeaderListSize" {
				o.Set("maxHeaderSize", n)
			}
		}
		if !known {
			custom.Set(rt.VM().ToValue(id).String(), n)
			o.Set("customSettings", custom)
		}
	}
	return o
}

// object wants undefined or an object that is no array.
func object(rt *runtime.Runtime, v goja.Value, name string) {
	o, ok := v.(*goja.Object)
	if _, callable := goja.AssertFunction(v); !goja.IsUndefined(v) && (!ok || callable || o.ClassName() == "Array") {
		rt.ThrowArgType(name, v, "Object")
	}
}
