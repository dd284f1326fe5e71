package http2

import (
	"math"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/internal/http2"
	"gonode/runtime"
)

type setting struct {
	name     string
	id       http2.SettingID
	lo, hi   float64
	standard any // Node's default
	flag     bool
}

const max32 = 1<<32 - 1

// maxCustom is how many settings with identifiers of its own a script may send.
const maxCustom = 10

// settingsList is in the order in which they are packed.
func settingsList() []setting {
	return []setting{
		{"headerTableSize", http2.HeaderTableSize, 0, max32, 4096, false},
		{"enablePush", http2.EnablePush, 0, 1, true, true},
		{"maxConcurrentStreams", http2.MaxConcurrentStreams, 0, max32, max32, false},
		{"initialWindowSize", http2.InitialWindowSize, 0, 1<<31 - 1, 65535, false},
		{"maxFrameSize", http2.MaxFrameSize, 16384, 1<<24 - 1, 16384, false},
		{"maxHeaderListSize", http2.MaxHeaderListSize, 0, max32, 65535, false},
		{"enableConnectProtocol", http2.EnableConnectProtocol, 0, 1, false, true},
	}
}

func defaultSettings(rt *runtime.Runtime) goja.Value {
	o := rt.VM().CreateObject(nil)
	standard := map[string]any{}
	for _, s := range settingsList() {
		standard[s.name] = s.standard
	}
	standard["maxHeaderSize"] = standard["maxHeaderListSize"]
	for _, name := range []string{"headerTableSize", "enablePush", "initialWindowSize", "maxFrameSize", "maxConcurrentStreams",
		"maxHeaderSize", "maxHeaderListSize", "enableConnectProtocol"} {
		o.Set(name, standard[name])
	}
	return o
}

func invalidSetting(rt *runtime.Runtime, class, name string, args ...any) {
	def, _ := errs.Lookup("ERR_HTTP2_INVALID_SETTING_VALUE")
	of := errs.RangeError
	if class == "TypeError" {
		of = errs.TypeError
	}
	rt.Throw(rt.NewErrorOf(of, def, append([]any{name}, args...)...))
}

func packedSettings(rt *runtime.Runtime, v goja.Value) goja.Value {
	return rt.NewBuffer(http2.AppendSettings(nil, readSettings(rt, v)))
}

func (m *module) settings(v goja.Value) []http2.Setting { return readSettings(m.rt, v) }

func given(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) }

// readSettings reads a script's settings: those that are given, and then those with identifiers of the script's own.
func readSettings(rt *runtime.Runtime, v goja.Value) []http2.Setting {
	object(rt, v, "settings")
	o, _ := v.(*goja.Object)
	if o == nil {
		return nil
	}
	var list, own []http2.Setting
	if custom := o.Get("customSettings"); given(custom) && custom.ToBoolean() {
		c, ok := custom.(*goja.Object)
		if !ok {
			rt.ThrowArgType("customSettings", custom, "Number")
		}
		for key, v := range rt.Properties(c) {
			id, n := rt.TextValue(key).ToFloat(), v.ToFloat()
			if !(id >= 0 && id <= 0xffff) {
				invalidSetting(rt, "RangeError", "customSettings:id", rt.TextValue(key).ToNumber(), 0, 0xffff)
			}
			if !(n >= 0 && n <= max32) {
				invalidSetting(rt, "RangeError", "customSettings:value", v, 0, max32)
			}
			known := false
			for _, s := range settingsList() {
				known = known || float64(s.id) == id
			}
			if !known {
				own = append(own, http2.Setting{ID: http2.SettingID(id), Value: uint32(n)})
			}
		}
		if len(own) > maxCustom {
			rt.Throw(rt.NewError("ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS"))
		}
	}
	larger := o.Get("maxHeaderSize")
	for _, s := range settingsList() {
		v := o.Get(s.name)
		if s.id == http2.MaxHeaderListSize && given(larger) {
			if given(v) {
				rt.CallMethod(rt.VM().Get("process").ToObject(rt.VM()), "emitWarning", rt.VM().ToValue("settings.maxHeaderSize overwrite settings.maxHeaderListSize"))
			}
			v = larger
		}
		if !given(v) {
			continue
		}
		if _, boolean := engine.Boolean(v); s.flag && !boolean {
			invalidSetting(rt, "TypeError", s.name, v)
		}
		n := v.ToFloat()
		_, isNumber := v.Export().(float64)
		_, isInteger := v.Export().(int64)
		if !s.flag && !(isNumber || isInteger) || n < s.lo || n > s.hi {
			invalidSetting(rt, "RangeError", s.name, v, s.lo, s.hi)
		}
		if math.IsNaN(n) {
			n = 0
		}
		list = append(list, http2.Setting{ID: s.id, Value: uint32(n)})
	}
	return append(list, own...)
}

// settingsObject makes what scripts get of settings in force.
func (m *module) settingsObject(s *http2.Settings) goja.Value {
	o := m.vm.NewObject()
	o.Set("headerTableSize", s.HeaderTableSize)
	o.Set("enablePush", s.EnablePush)
	o.Set("initialWindowSize", s.InitialWindowSize)
	o.Set("maxFrameSize", s.MaxFrameSize)
	o.Set("maxConcurrentStreams", s.MaxConcurrentStreams)
	o.Set("maxHeaderListSize", s.MaxHeaderListSize)
	o.Set("maxHeaderSize", s.MaxHeaderListSize)
	o.Set("enableConnectProtocol", s.EnableConnectProtocol)
	if len(s.Custom) > 0 {
		custom := m.vm.NewObject()
		for _, e := range s.Custom {
			custom.Set(strconv.Itoa(int(e.ID)), e.Value)
		}
		o.Set("customSettings", custom)
	}
	return o
}

// unpackedSettings is getUnpackedSettings.
func unpackedSettings(rt *runtime.Runtime, v, options goja.Value) goja.Value {
	data, ok := rt.Bytes(v)
	if o, view := v.(*goja.Object); !ok || !view || engine.KindOf(o) == engine.ArrayBufferObject {
		rt.ThrowArgType("buf", v, "Buffer", "TypedArray")
	}
	if len(data)%6 != 0 {
		rt.Throw(rt.NewError("ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH"))
	}
	list := settingsList()
	o, custom := rt.VM().NewObject(), rt.VM().NewObject()
	validate := false
	if given, ok := options.(*goja.Object); ok {
		v := given.Get("validate")
		validate = v != nil && v.ToBoolean()
	}
	for _, e := range http2.ReadSettings(data) {
		id, n := e.ID, e.Value
		known := false
		for _, s := range list {
			if s.id != id {
				continue
			}
			known = true
			if validate && !s.flag && !(float64(n) >= s.lo && float64(n) <= s.hi) {
				invalidSetting(rt, "RangeError", s.name, n, s.lo, s.hi)
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
			custom.Set(strconv.Itoa(int(id)), n)
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
