package process

import (
	"os/user"
	"strconv"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
)

// credentials is the user and group family.
func (p *process) credentials() {
	rt, vm := p.rt, p.rt.VM()
	get := func(name string, f func() int) {
		p.native(name, func(goja.FunctionCall) goja.Value { return vm.ToValue(f()) })
	}
	get("getuid", unix.Getuid)
	get("geteuid", unix.Geteuid)
	get("getgid", unix.Getgid)
	get("getegid", unix.Getegid)
	p.native("getgroups", func(goja.FunctionCall) goja.Value {
		groups, err := unix.Getgroups()
		if err != nil {
			p.throwErrno(err, "getgroups")
		}
		own, found := unix.Getegid(), false
		all := make([]any, 0, len(groups)+1)
		for _, g := range groups {
			all = append(all, g)
			found = found || g == own
		}
		if !found {
			all = append(all, own)
		}
		return vm.NewArray(all...)
	})
	p.owned("initgroups", 2, func(call goja.FunctionCall) goja.Value {
		uid := p.id(call.Argument(0), "user", false)
		gid := p.id(call.Argument(1), "extraGroup", true)
		if gid < 0 {
			rt.Throw(rt.NewError("ERR_UNKNOWN_CREDENTIAL", "Group", call.Argument(1)))
		}
		if uid < 0 && goja.IsNumber(call.Argument(0)) {
			rt.Throw(rt.NewError("ERR_UNKNOWN_CREDENTIAL", "User", call.Argument(0)))
		}
		groups := []int{gid}
		if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
			ids, _ := u.GroupIds()
			for _, id := range ids {
				if n, err := strconv.Atoi(id); err == nil && n != gid {
					groups = append(groups, n)
				}
			}
		}
		if err := syscall.Setgroups(groups); err != nil {
			p.throwErrno(err, "initgroups")
		}
		return goja.Undefined()
	})
	p.owned("setgroups", 1, func(call goja.FunctionCall) goja.Value {
		list := rt.ValidateArray(call.Argument(0), "groups", 0)
		var groups []int
		for i := range int(list.Get("length").ToInteger()) {
			v := list.Get(strconv.Itoa(i))
			gid := p.id(v, "groups["+strconv.Itoa(i)+"]", true)
			if gid < 0 {
				rt.Throw(rt.NewError("ERR_UNKNOWN_CREDENTIAL", "Group", v))
			}
			groups = append(groups, gid)
		}
		if err := syscall.Setgroups(groups); err != nil {
			p.throwErrno(err, "setgroups")
		}
		return goja.Undefined()
	})
	set := func(name, what string, group bool, f func(int) error) {
		p.owned(name, 1, func(call goja.FunctionCall) goja.Value {
			id := p.id(call.Argument(0), "id", group)
			if id < 0 {
				rt.Throw(rt.NewError("ERR_UNKNOWN_CREDENTIAL", what, call.Argument(0)))
			}
			if err := f(id); err != nil {
				p.throwErrno(err, name)
			}
			return goja.Undefined()
		})
	}
	set("setegid", "Group", true, func(id int) error { return syscall.Setregid(-1, id) })
	set("seteuid", "User", false, func(id int) error { return syscall.Setreuid(-1, id) })
	set("setgid", "Group", true, syscall.Setgid)
	set("setuid", "User", false, syscall.Setuid)
}

func (p *process) throwErrno(err error, call string) {
	p.rt.Throw(p.rt.NewFileError(engine.SystemError{Errno: errno(err), Syscall: call}))
}

// id is the number of a user or group given by number or name, -1 if there is none of that name.
func (p *process) id(v goja.Value, name string, group bool) int {
	if goja.IsNumber(v) {
		return int(p.rt.ValidateUint32(v, name, false))
	}
	if !goja.IsString(v) {
		p.rt.ThrowArgType(name, v, "number", "string")
	}
	var text string
	if group {
		g, err := user.LookupGroup(v.String())
		if err != nil {
			return -1
		}
		text = g.Gid
	} else {
		u, err := user.Lookup(v.String())
		if err != nil {
			return -1
		}
		text = u.Uid
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
