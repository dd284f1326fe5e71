package dns

import (
	"context"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/net/dns/dnsmessage"

	"gonode/internal/engine"
	"gonode/runtime"
)

func decimal(b byte) string { return strconv.Itoa(int(b)) }

// channel is the state of one Resolver. Loop goroutine only.
type channel struct {
	rt *runtime.Runtime
	settings
	running []*question // in the order in which they were asked
}

// question is one that has not been answered yet.
type question struct {
	cancel context.CancelFunc
	end    func(code string, results ...goja.Value) // once; later calls do nothing
}

func queryType(kind string) dnsmessage.Type {
	switch kind {
	case "queryA":
		return dnsmessage.TypeA
	case "queryAaaa":
		return dnsmessage.TypeAAAA
	case "queryAny":
		return dnsmessage.TypeALL
	case "queryCaa":
		return typeCAA
	case "queryCname":
		return dnsmessage.TypeCNAME
	case "queryMx":
		return dnsmessage.TypeMX
	case "queryTlsa":
		return typeTLSA
	case "queryNaptr":
		return typeNAPTR
	case "queryNs":
		return dnsmessage.TypeNS
	case "queryPtr":
		return dnsmessage.TypePTR
	case "querySoa":
		return dnsmessage.TypeSOA
	case "querySrv":
		return dnsmessage.TypeSRV
	case "queryTxt":
		return dnsmessage.TypeTXT
	}
	return 0
}

// channelClass makes the class behind Resolver:
//
//	c = new Channel(timeoutMs, tries, longest timeoutMs or 0); c.query(name of the call, host, done) gives 0 or an errno
//	c.cancel() getServers() setServers([[address, port]]) setLocalAddress(ipv4, ipv6)
func channelClass(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class, p := rt.Class("ChannelWrap", 2, func(call goja.ConstructorCall) *goja.Object {
		c := &channel{rt: rt}
		c.timeout, c.tries = 2*time.Second, int(call.Argument(1).ToInteger())
		if ms := call.Argument(0).ToInteger(); ms >= 0 {
			c.timeout = time.Duration(max(ms, 1)) * time.Millisecond
		}
		c.maxTimeout = time.Duration(call.Argument(2).ToInteger()) * time.Millisecond
		if rt.Access.Check(runtime.AccessSystem, "nameservers") == nil {
			c.servers = systemServers()
		}
		rt.SetSlot(call.This, c)
		return nil
	})
	on := func(name string, length int, f func(c *channel, call goja.FunctionCall) goja.Value) {
		rt.SetMethod(p, name, length, func(call goja.FunctionCall) goja.Value {
			c, ok := rt.Slot(call.This).(*channel)
			if !ok {
				rt.Throw(vm.NewTypeError("Illegal invocation"))
			}
			return f(c, call)
		})
	}
	on("query", 3, (*channel).query)
	on("cancel", 0, func(c *channel, _ goja.FunctionCall) goja.Value {
		canceled := c.running
		c.running = nil
		rt.Loop().Defer(func() {
			for _, q := range canceled {
				q.cancel()
				q.end(codeCancelled)
			}
		})
		return goja.Undefined()
	})
	on("getServers", 0, func(c *channel, _ goja.FunctionCall) goja.Value {
		list := make([]any, len(c.servers))
		for i, s := range c.servers {
			list[i] = vm.NewArray(s.Addr().WithZone("").String(), s.Port())
		}
		return vm.NewArray(list...)
	})
	on("setServers", 1, func(c *channel, call goja.FunctionCall) goja.Value {
		var list []netip.AddrPort
		rt.ForOf(call.Argument(0), func(item goja.Value) bool {
			o, ok := item.(*goja.Object)
			if !ok {
				return true // a hole of the script's list
			}
			if a, err := netip.ParseAddr(o.Get("0").String()); err == nil {
				if server := netip.AddrPortFrom(a, uint16(o.Get("1").ToInteger())); !slices.Contains(list, server) {
					list = append(list, server)
				}
			}
			return true
		})
		c.servers = list
		return goja.Undefined()
	})
	on("setLocalAddress", 2, func(c *channel, call goja.FunctionCall) goja.Value {
		local4, local6 := netip.IPv4Unspecified(), netip.IPv6Unspecified()
		var have4, have6 bool
		for _, v := range call.Arguments {
			if goja.IsUndefined(v) {
				continue
			}
			a, err := netip.ParseAddr(v.String())
			switch {
			case err != nil:
				c.invalid("Invalid IP address.")
			case a.Is4() && have4:
				c.invalid("Cannot specify two IPv4 addresses.")
			case !a.Is4() && have6:
				c.invalid("Cannot specify two IPv6 addresses.")
			case a.Is4():
				local4, have4 = a, true
			default:
				local6, have6 = a, true
			}
		}
		c.local4, c.local6 = local4, local6
		return goja.Undefined()
	})
	return class
}

// invalid throws as Node's native code does.
func (c *channel) invalid(message string) {
	o := c.rt.NewPlainError("TypeError", message)
	o.Set("code", "ERR_INVALID_ARG_VALUE")
	c.rt.Throw(o)
}

func (c *channel) query(call goja.FunctionCall) goja.Value {
	rt, vm := c.rt, c.rt.VM()
	kind, host := call.Argument(0).String(), call.Argument(1).String()
	fn, _ := goja.AssertFunction(call.Argument(2))
	name, typ := host, queryType(kind)
	var known []string
	if kind == "getHostByAddr" {
		a, err := netip.ParseAddr(host)
		if err != nil {
			return vm.ToValue(-22) // EINVAL
		}
		name, typ, known = reverseName(a), dnsmessage.TypePTR, hostsNames(a)
		if len(known) > 1 {
			known = known[1:] // c-ares gives the aliases
		}
	}
	rt.Access.DemandOfHost(runtime.AccessResolve, name)
	for _, server := range c.servers {
		rt.Access.DemandOfHost(runtime.AccessNet, server.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	l, async, ended := rt.Loop(), rt.Async.Start("QUERYWRAP", nil), false
	q := &question{cancel: cancel}
	q.end = func(code string, results ...goja.Value) {
		if ended {
			return
		}
		ended = true
		l.DoneRequest()
		if i := slices.Index(c.running, q); i >= 0 {
			c.running = slices.Delete(c.running, i, i+1)
		}
		if code != "" {
			rt.Async.CallbackLast(async, fn, goja.Undefined(), vm.ToValue(code))
			return
		}
		rt.Async.CallbackLast(async, fn, goja.Undefined(), append([]goja.Value{goja.Null()}, results...)...)
	}
	c.running = append(c.running, q)
	l.AddRequest()
	s := c.settings
	s.policy = rt.Access.Policy()
	s.servers = slices.Clone(s.servers)
	go func() {
		defer cancel()
		if known != nil {
			l.Post(func() { q.end("", vm.ToValue(known)) })
			return
		}
		answers, code := s.ask(ctx, name, typ)
		l.Post(func() {
			if code != "" {
				q.end(code)
			} else if result, ttls := c.convert(kind, typ, answers); result != nil {
				q.end("", result, ttls)
			} else {
				q.end(codeNoData)
			}
		})
	}()
	return vm.ToValue(0)
}

// convert makes the result of a question of its answers; nil when none is of the type asked for.
func (c *channel) convert(kind string, typ dnsmessage.Type, answers []dnsmessage.Resource) (result, ttls goja.Value) {
	vm := c.rt.VM()
	var list, times []any
	if typ == dnsmessage.TypeALL {
		slices.SortStableFunc(answers, func(a, b dnsmessage.Resource) int { return place(a.Header.Type) - place(b.Header.Type) })
	}
	for _, a := range answers {
		if typ != dnsmessage.TypeALL && a.Header.Type != typ {
			continue
		}
		v := c.record(a, typ == dnsmessage.TypeALL)
		if v == nil {
			continue
		}
		if typ == dnsmessage.TypeSOA {
			return v, goja.Undefined()
		}
		list, times = append(list, v), append(times, a.Header.TTL)
	}
	if len(list) == 0 {
		return nil, nil
	}
	ttls = goja.Undefined()
	if kind == "queryA" || kind == "queryAaaa" {
		ttls = vm.NewArray(times...)
	}
	return vm.NewArray(list...), ttls
}

// place is where resolveAny puts the answers of a type.
func place(typ dnsmessage.Type) int {
	return slices.Index([]dnsmessage.Type{dnsmessage.TypeCNAME, dnsmessage.TypeA, dnsmessage.TypeAAAA, dnsmessage.TypeMX, dnsmessage.TypeNS,
		dnsmessage.TypeTXT, dnsmessage.TypeSRV, dnsmessage.TypePTR, typeNAPTR, dnsmessage.TypeSOA, typeTLSA, typeCAA}, typ)
}

// record is one answer in Node's form; for resolveAny it is an object that names its type.
func (c *channel) record(r dnsmessage.Resource, tagged bool) goja.Value {
	vm := c.rt.VM()
	object := func(pairs ...any) goja.Value {
		o := vm.NewObject()
		for i := 0; i < len(pairs); i += 2 {
			o.Set(pairs[i].(string), pairs[i+1])
		}
		return o
	}
	// Those that are told to have a type have one only for resolveAny.
	typed := func(name string, pairs ...any) goja.Value {
		if tagged {
			return object(append(pairs, "type", name)...)
		}
		return object(append(pairs, "type", goja.Undefined())...)
	}
	named := func(typ, key, value string) goja.Value {
		if tagged {
			return object(key, value, "type", typ)
		}
		return vm.ToValue(value)
	}
	switch b := r.Body.(type) {
	case *dnsmessage.AResource:
		return c.address("A", netip.AddrFrom4(b.A), r.Header.TTL, tagged)
	case *dnsmessage.AAAAResource:
		return c.address("AAAA", netip.AddrFrom16(b.AAAA), r.Header.TTL, tagged)
	case *dnsmessage.CNAMEResource:
		return named("CNAME", "value", plain(b.CNAME))
	case *dnsmessage.NSResource:
		return named("NS", "value", plain(b.NS))
	case *dnsmessage.PTRResource:
		return named("PTR", "value", plain(b.PTR))
	case *dnsmessage.MXResource:
		return object("exchange", plain(b.MX), "priority", b.Pref, "type", "MX")
	case *dnsmessage.SRVResource:
		return object("name", plain(b.Target), "port", b.Port, "priority", b.Priority, "weight", b.Weight, "type", "SRV")
	case *dnsmessage.SOAResource:
		return typed("SOA", "nsname", plain(b.NS), "hostmaster", plain(b.MBox), "serial", b.Serial, "refresh", b.Refresh,
			"retry", b.Retry, "expire", b.Expire, "minttl", b.MinTTL)
	case *dnsmessage.TXTResource:
		texts := make([]any, len(b.TXT))
		for i, s := range b.TXT {
			texts[i] = c.latin1(s)
		}
		entries := vm.NewArray(texts...)
		if tagged {
			return object("entries", entries, "type", "TXT")
		}
		return entries
	case *dnsmessage.UnknownResource:
		switch b.Type {
		case typeCAA:
			if len(b.Data) < 2 || len(b.Data) < 2+int(b.Data[1]) {
				return nil
			}
			n := 2 + int(b.Data[1])
			return object("critical", int(b.Data[0]), "type", "CAA", string(b.Data[2:n]), c.latin1(string(b.Data[n:])))
		case typeTLSA:
			if len(b.Data) < 3 {
				return nil
			}
			hash := vm.ToValue(vm.NewArrayBuffer(append([]byte(nil), b.Data[3:]...)))
			pairs := []any{"certUsage", int(b.Data[0]), "selector", int(b.Data[1]), "match", int(b.Data[2]), "data", hash}
			if tagged {
				pairs = append(pairs, "type", "TLSA")
			}
			return object(pairs...)
		case typeNAPTR:
			return c.naptr(b.Data, typed)
		}
	}
	return nil
}

func (c *channel) address(typ string, a netip.Addr, ttl uint32, tagged bool) goja.Value {
	vm := c.rt.VM()
	if !tagged {
		return vm.ToValue(a.String())
	}
	o := vm.NewObject()
	o.Set("address", a.String())
	o.Set("ttl", ttl)
	o.Set("type", typ)
	return o
}

// naptr reads a NAPTR record: order, preference, three strings and a name, which RFC 3403 does not let be compressed.
func (c *channel) naptr(data []byte, object func(string, ...any) goja.Value) goja.Value {
	if len(data) < 4 {
		return nil
	}
	order, preference := binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])
	data = data[4:]
	var text [3]string
	for i := range text {
		if len(data) == 0 || len(data) < 1+int(data[0]) {
			return nil
		}
		n := 1 + int(data[0])
		text[i], data = string(data[1:n]), data[n:]
	}
	var labels []string
	for len(data) > 0 && data[0] != 0 && len(data) > int(data[0]) {
		n := 1 + int(data[0])
		labels, data = append(labels, string(data[1:n])), data[n:]
	}
	return object("NAPTR", "flags", c.latin1(text[0]), "service", c.latin1(text[1]), "regexp", c.latin1(text[2]), "replacement", strings.Join(labels, "."),
		"order", order, "preference", preference)
}

// latin1 is the value of bytes of a record, whatever they mean.
func (c *channel) latin1(s string) goja.Value { return c.rt.DecodeString([]byte(s), engine.Latin1) }

// plain is a name without the dot of the root.
func plain(n dnsmessage.Name) string { return strings.TrimSuffix(n.String(), ".") }
