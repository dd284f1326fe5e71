package http

import "github.com/dop251/goja"

// outHeaders are the headers of a native message, as setHeader and removeHeader leave them: those to be sent, and which of the
// usual ones were removed and are not to be added.
type outHeaders struct {
	headers []outHeader
	removed struct{ connection, length, te bool }
}

// outHeader is one header set by setHeader.
type outHeader struct {
	key, name string
	value     goja.Value
}

func (h *outHeaders) find(key string) int {
	for i := range h.headers {
		if h.headers[i].key == key {
			return i
		}
	}
	return -1
}

func (h *outHeaders) set(name string, value goja.Value) {
	key := lowerName(name)
	if i := h.find(key); i >= 0 {
		h.headers[i].name, h.headers[i].value = name, value
		return
	}
	h.headers = append(h.headers, outHeader{key, name, value})
}

func (h *outHeaders) remove(key string) {
	switch key {
	case "connection":
		h.removed.connection = true
	case "content-length":
		h.removed.length = true
	case "transfer-encoding":
		h.removed.te = true
	}
	if i := h.find(key); i >= 0 {
		h.headers = append(h.headers[:i:i], h.headers[i+1:]...)
	}
}

// adopted gives the headers to a message that is native no more, in the form that OutgoingMessage keeps them in.
func (h *outHeaders) adopted(m *module, o *goja.Object) {
	if h.removed.connection {
		o.Set("_removedConnection", true)
	}
	if h.removed.length {
		o.Set("_removedContLen", true)
	}
	if h.removed.te {
		o.Set("_removedTE", true)
	}
	if len(h.headers) == 0 {
		return
	}
	all := m.vm.CreateObject(nil)
	for _, f := range h.headers {
		all.Set(f.key, m.vm.NewArray(f.name, f.value))
	}
	o.SetSymbol(m.outHeaders, all)
}

// headerName takes a header's name for a method that looks it up.
func headerName(call goja.FunctionCall) (key string, ok bool) {
	name, ok := call.Argument(0).(goja.String)
	if !ok {
		return "", false
	}
	return lowerName(name.String()), true
}

// headers makes the methods that look at a native message's headers native.
func (c *veil[T]) headers(of func(T) *outHeaders) {
	c.method("getHeader", 1, func(x T, call goja.FunctionCall) goja.Value {
		key, ok := headerName(call)
		if !ok {
			return nil
		}
		h := of(x)
		if i := h.find(key); i >= 0 {
			return h.headers[i].value
		}
		return goja.Undefined()
	})
	c.method("hasHeader", 1, func(x T, call goja.FunctionCall) goja.Value {
		key, ok := headerName(call)
		if !ok {
			return nil
		}
		return c.m.vm.ToValue(of(x).find(key) >= 0)
	})
}
