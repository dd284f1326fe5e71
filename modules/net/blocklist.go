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

// rule is one entry of a BlockList: the addresses from lo to hi, of either family.
type rule struct {
	lo, hi netip.Addr
	text   string
}

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
	on := func(name string, length int, f func(list *[]rule, a netip.Addr, call goja.FunctionCall) goja.Value) {
		rt.SetFunc(b, name, length, func(call goja.FunctionCall) goja.Value {
			list := engine.Held[*[]rule](rt, call.Argument(0))
			a, _ := netip.ParseAddr(call.Argument(1).String())
			if list == nil {
				return goja.Undefined()
			}
			return f(list, a, call)
		})
	}
	// The newest rule is listed first.
	add := func(list *[]rule, r rule) { *list = append([]rule{r}, *list...) }
	rt.SetFunc(b, "create", 0, func(goja.FunctionCall) goja.Value {
		o := vm.NewObject()
		rt.SetSlot(o, new([]rule))
		return o
	})
	rt.SetFunc(b, "parse", 2, func(call goja.FunctionCall) goja.Value {
		a, err := netip.ParseAddr(call.Argument(0).String())
		if err != nil || a.Is4() != (call.Argument(1).String() == "ipv4") {
			rt.Throw(rt.NewError("ERR_INVALID_ADDRESS"))
		}
		return vm.ToValue(a.String())
	})
	on("addAddress", 2, func(list *[]rule, a netip.Addr, _ goja.FunctionCall) goja.Value {
		r := rule{a, a, "Address: " + familyName(a) + a.String()}
		if !slices.Contains(*list, r) {
			add(list, r)
		}
		return goja.Undefined()
	})
	on("addRange", 3, func(list *[]rule, a netip.Addr, call goja.FunctionCall) goja.Value {
		end, _ := netip.ParseAddr(call.Argument(2).String())
		if a.BitLen() == end.BitLen() && a.Compare(end) > 0 {
			return vm.ToValue(false)
		}
		add(list, rule{a, end, "Range: " + familyName(a) + a.String() + "-" + end.String()})
		return vm.ToValue(true)
	})
	on("addSubnet", 3, func(list *[]rule, a netip.Addr, call goja.FunctionCall) goja.Value {
		bits := int(call.Argument(2).ToInteger())
		p := netip.PrefixFrom(a, bits).Masked()
		add(list, rule{p.Addr(), lastOf(p), "Subnet: " + familyName(a) + a.String() + "/" + strconv.Itoa(bits)})
		return goja.Undefined()
	})
	// remove(list, text) takes out the newest rule that is told so.
	rt.SetFunc(b, "remove", 2, func(call goja.FunctionCall) goja.Value {
		list, text := engine.Held[*[]rule](rt, call.Argument(0)), call.Argument(1).String()
		if i := slices.IndexFunc(*list, func(r rule) bool { return r.text == text }); i >= 0 {
			*list = slices.Delete(*list, i, i+1)
		}
		return goja.Undefined()
	})
	on("clear", 1, func(list *[]rule, _ netip.Addr, _ goja.FunctionCall) goja.Value {
		*list = nil
		return goja.Undefined()
	})
	on("check", 2, func(list *[]rule, a netip.Addr, _ goja.FunctionCall) goja.Value {
		for i := range *list {
			if (*list)[i].matches(a) {
				return vm.ToValue(true)
			}
		}
		return vm.ToValue(false)
	})
	on("rules", 1, func(list *[]rule, _ netip.Addr, _ goja.FunctionCall) goja.Value {
		// Single addresses come first.
		var texts, others []any
		for _, r := range *list {
			if r.lo == r.hi && strings.HasPrefix(r.text, "Address") {
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
