package net

import (
	_ "embed"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed blocklist.js
var blockListJS string

var blockList = &runtime.Module{Name: "internal/blocklist", Private: true,
	Script: engine.NewScript("node:internal/blocklist", &blockListJS), Binding: blockListBinding}

// rules are a BlockList's, the oldest first. Single addresses, of which there may be many, are found by what they are.
type rules struct {
	all       []rule
	addresses map[netip.Addr]bool
}

// addAddress takes an IPv4 address and the IPv6 address that maps it for the same, as Node does; the later text counts.
func (l *rules) addAddress(a netip.Addr) {
	r := rule{a, a, addressPrefix + familyName(a) + a.String()}
	if l.addresses[a.Unmap()] {
		l.all[slices.IndexFunc(l.all, func(r rule) bool { return r.isAddress() && r.lo.Unmap() == a.Unmap() })] = r
		return
	}
	if l.addresses == nil {
		l.addresses = map[netip.Addr]bool{}
	}
	l.addresses[a.Unmap()] = true
	l.all = append(l.all, r)
}

// remove takes out the newest rule that is told so.
func (l *rules) remove(text string) {
	for i, r := range slices.Backward(l.all) {
		if r.text == text {
			l.all = slices.Delete(l.all, i, i+1)
			if r.isAddress() {
				delete(l.addresses, r.lo.Unmap())
			}
			return
		}
	}
}

func (l *rules) blocks(a netip.Addr) bool {
	return l.addresses[a.Unmap()] || slices.ContainsFunc(l.all, func(r rule) bool { return !r.isAddress() && r.matches(a) })
}

// rule is one entry of a BlockList: the addresses from lo to hi, of either family.
type rule struct {
	lo, hi netip.Addr
	text   string
}

const addressPrefix = "Address: "

func (r *rule) isAddress() bool { return strings.HasPrefix(r.text, addressPrefix) }

// matches compares as Node does: an IPv4 address equals the IPv6 address that maps it.
func (r *rule) matches(a netip.Addr) bool {
	lo, hi := r.lo, r.hi
	if lo.BitLen() != a.BitLen() {
		lo, hi, a = lo.Unmap(), hi.Unmap(), a.Unmap()
		if lo.BitLen() != a.BitLen() || hi.BitLen() != a.BitLen() {
			return false
		}
	}
	return lo.Compare(a) <= 0 && a.Compare(hi) <= 0
}

func familyName(a netip.Addr) string {
	if a.Is4() {
		return "IPv4 "
	}
	return "IPv6 "
}

// lastOf is the highest address of a subnet.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func blockListBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	on := func(name string, length int, f func(list *rules, a netip.Addr, call goja.FunctionCall) goja.Value) {
		rt.SetFunc(b, name, length, func(call goja.FunctionCall) goja.Value {
			list := engine.Held[*rules](rt, call.Argument(0))
			a, _ := netip.ParseAddr(call.Argument(1).String())
			if list == nil {
				return goja.Undefined()
			}
			return f(list, a, call)
		})
	}
	rt.SetFunc(b, "create", 0, func(goja.FunctionCall) goja.Value {
		o := vm.NewObject()
		rt.SetSlot(o, new(rules))
		return o
	})
	rt.SetFunc(b, "parse", 2, func(call goja.FunctionCall) goja.Value {
		a, err := netip.ParseAddr(call.Argument(0).String())
		if err != nil || a.Is4() != (call.Argument(1).String() == "ipv4") {
			rt.Throw(rt.NewError("ERR_INVALID_ADDRESS"))
		}
		return vm.ToValue(a.String())
	})
	on("addAddress", 2, func(list *rules, a netip.Addr, _ goja.FunctionCall) goja.Value {
		list.addAddress(a)
		return goja.Undefined()
	})
	on("addRange", 3, func(list *rules, a netip.Addr, call goja.FunctionCall) goja.Value {
		end, _ := netip.ParseAddr(call.Argument(2).String())
		if a.BitLen() == end.BitLen() && a.Compare(end) > 0 {
			return vm.ToValue(false)
		}
		list.all = append(list.all, rule{a, end, "Range: " + familyName(a) + a.String() + "-" + end.String()})
		return vm.ToValue(true)
	})
	on("addSubnet", 3, func(list *rules, a netip.Addr, call goja.FunctionCall) goja.Value {
		bits := int(call.Argument(2).ToInteger())
		p := netip.PrefixFrom(a, bits).Masked()
		list.all = append(list.all, rule{p.Addr(), lastOf(p), "Subnet: " + familyName(a) + a.String() + "/" + strconv.Itoa(bits)})
		return goja.Undefined()
	})
	rt.SetFunc(b, "remove", 2, func(call goja.FunctionCall) goja.Value {
		engine.Held[*rules](rt, call.Argument(0)).remove(call.Argument(1).String())
		return goja.Undefined()
	})
	on("clear", 1, func(list *rules, _ netip.Addr, _ goja.FunctionCall) goja.Value {
		*list = rules{}
		return goja.Undefined()
	})
	on("check", 2, func(list *rules, a netip.Addr, _ goja.FunctionCall) goja.Value {
		return vm.ToValue(list.blocks(a))
	})
	on("rules", 1, func(list *rules, _ netip.Addr, _ goja.FunctionCall) goja.Value {
		// Single addresses come first, and what is newest.
		var texts, others []any
		for _, r := range slices.Backward(list.all) {
			if r.isAddress() {
				texts = append(texts, r.text)
			} else {
				others = append(others, r.text)
			}
		}
		texts = append(texts, others...)
		return vm.ToValue(vm.NewArray(texts...))
	})
	return b
}
