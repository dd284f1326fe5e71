package http

import (
	"github.com/dop251/goja"

	"gonode/internal/http1"
)

// A script may drive an HTTPParser by itself: it sets the callbacks kOnMessageBegin to kOnMessageComplete and calls execute. The parsers
// of servers and requests have onIncoming instead, and make messages natively.

// callbacks of an HTTPParser, by the names of their properties.
const (
	onBegin    = "0"
	onHeaders  = "1"
	onHead     = "2"
	onBody     = "3"
	onComplete = "4"
)

// isDriven tells whether a script has set callbacks, and is no server or request.
func (p *parser) isDriven() bool {
	if _, ok := goja.AssertFunction(p.obj.Get("onIncoming")); ok {
		return false
	}
	for _, name := range [...]string{onHead, onComplete, onBody, onHeaders, onBegin} {
		if _, ok := goja.AssertFunction(p.obj.Get(name)); ok {
			return true
		}
	}
	return false
}

// tell calls a callback, where there is one.
func (p *parser) tell(name string, args ...goja.Value) (goja.Value, bool) {
	f, ok := goja.AssertFunction(p.obj.Get(name))
	if !ok {
		return goja.Undefined(), false
	}
	return p.m.rt.Call(f, p.obj, args...), true
}

// fields gives some of the fields read, as a list of names and values.
func (p *parser) fields(from, to int) goja.Value {
	var list []any
	for i := from; i < to; i++ {
		name, value := p.codec.HeaderAt(i)
		list = append(list, p.m.latin1(string(name)), p.m.latin1(string(value)))
	}
	return p.m.vm.NewArray(list...)
}

// tellFields hands fields over through kOnHeaders, fieldsAtOnce at a time, from one on until at most left are left. It returns where it
// has got to. The target of the request goes with the first of them.
func (p *parser) tellFields(at, left int) int {
	for n := p.codec.NumHeaders(); n-at > left; {
		end := min(n, at+fieldsAtOnce)
		last := end == n
		if _, ok := p.tell(onHeaders, p.fields(at, end), p.m.latin1(p.target)); !ok {
			return at
		}
		if at, p.target, p.flushed = end, "", true; last {
			break
		}
	}
	return at
}

// tellHead is OnHeadersComplete for a script.
func (p *parser) tellHead() http1.Action {
	m, c := p.m, &p.codec
	undefined := goja.Value(goja.Undefined())
	headers, path, method, status, message := undefined, undefined, undefined, undefined, undefined
	p.target = string(c.URL())
	if at := p.tellFields(0, fieldsAtOnce); p.flushed {
		p.tellFields(at, -1)
	} else {
		headers = p.fields(at, c.NumHeaders())
	}
	if p.mode == http1.Request {
		method = m.vm.ToValue(c.Method.Number())
		if !p.flushed {
			path = m.latin1(p.target)
		}
	} else {
		status, message = m.vm.ToValue(c.StatusCode), m.latin1(string(c.StatusMessage()))
	}
	v, _ := p.tell(onHead, m.vm.ToValue(int(c.VersionMajor)), m.vm.ToValue(int(c.VersionMinor)), headers, method, path, status, message,
		m.vm.ToValue(c.Upgrade), m.vm.ToValue(c.ShouldKeepAlive()))
	switch v.ToInteger() {
	case 1:
		return http1.SkipBody
	case 2:
		return http1.Upgrade
	}
	return http1.Continue
}

// tellComplete is OnMessageComplete for a script.
func (p *parser) tellComplete() {
	if p.conns != nil {
		p.began, p.active = 0, false
	}
	p.tellFields(0, 0)
	p.tell(onComplete)
}
