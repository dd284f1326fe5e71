package runtime

import (
	"os"
	"path"
	"strings"

	"github.com/dop251/goja"
)

// Permissions is Node's permission model: what a script may do that may not do everything. Paths may end in a
// wildcard, and "*" is all of them.
type Permissions struct {
	Read, Write                                                 []string
	ChildProcess, Worker, Addons, WASI, Inspector, OpenSSLStore bool
	Audit                                                       bool // tell of what is not allowed, and allow it
}

// scope is one of what the permission model knows of: its name, that in errors, its option and its channel.
type scope struct{ name, long, option, channel string }

var scopes = [...]scope{
	{"fs", "FileSystem", "", "fs"},
	{"fs.read", "FileSystemRead", "--allow-fs-read", "fs"},
	{"fs.write", "FileSystemWrite", "--allow-fs-write", "fs"},
	{"child", "ChildProcess", "--allow-child-process", "child"},
	{"wasi", "WASI", "--allow-wasi", "wasi"},
	{"worker", "WorkerThreads", "--allow-worker", "worker"},
	{"inspector", "Inspector", "--allow-inspector", "inspector"},
	{"addon", "Addon", "--allow-addons", "addon"},
	{"openssl.store", "OpenSSLStore", "--allow-openssl-store", "openssl-store"},
}

func scopeNamed(name string) *scope {
	for i := range scopes {
		if scopes[i].name == name {
			return &scopes[i]
		}
	}
	return nil
}

// scope is the scope that an access belongs to, nil if the permission model knows nothing of it.
func (k Access) scope() *scope {
	switch k {
	case AccessRead:
		return &scopes[1]
	case AccessWrite:
		return &scopes[2]
	case AccessRun:
		return &scopes[3]
	case AccessWorker:
		return &scopes[5]
	case AccessInspector:
		return &scopes[6]
	case AccessWASI:
		return &scopes[4]
	}
	return nil
}

func (k Access) String() string {
	if s := k.scope(); s != nil {
		return s.long
	}
	switch k {
	case AccessNet:
		return "Net"
	case AccessListen:
		return "Listen"
	case AccessResolve:
		return "Resolve"
	case AccessEnv:
		return "Environment"
	case AccessDescriptor:
		return "Descriptor"
	case AccessSystem:
		return "System"
	}
	return ""
}

// AccessPolicy decides what a script may touch: by the host's policy and function, and by the permission model.
type AccessPolicy struct {
	rt      *Runtime
	model   *permissions // nil without the permission model
	root    *Root        // of the policy's files
	granted []int        // descriptors that handles are to be made of
	refusal *Refusal     // why AllowsNet was false
}

// Restricted tells whether anything may be refused at all.
func (a *AccessPolicy) Restricted() bool {
	return a.Hosted() || a.rt.cfg.Options.Permissions != nil
}

// Check tells whether the script may. Loop goroutine only.
func (a *AccessPolicy) Check(kind Access, resource string) error {
	return a.check(kind, resource, resource, false)
}

// check asks the host and the permission model. means says that a policy gives the means for it.
func (a *AccessPolicy) check(kind Access, resource, shown string, means bool) error {
	if !a.Restricted() {
		return nil
	}
	if err := a.hostRefuses(kind, resource, means); err != nil {
		return err
	}
	if p, s := a.model, kind.scope(); p != nil && s != nil && !p.allow(s, resource) {
		a.tellDenied(s, shown, false)
		if !p.Audit {
			return denied{s}
		}
	}
	return nil
}

// denied is the permission model's refusal.
type denied struct{ *scope }

func (d denied) Error() string {
	return "Access to this API has been restricted. Use " + d.option + " to manage permissions."
}

// tellDenied publishes what was denied or given up on the scope's channel.
func (a *AccessPolicy) tellDenied(s *scope, resource string, dropped bool) {
	rt := a.rt
	p := a.model
	if p.telling || !rt.Loaded("diagnostics_channel") {
		return
	}
	p.telling = true
	defer func() { p.telling = false }()
	channel := rt.CallMethod(rt.Require("diagnostics_channel"), "channel", rt.vm.ToValue("node:permission-model:"+s.channel)).(*goja.Object)
	if !channel.Get("hasSubscribers").ToBoolean() {
		return
	}
	message := rt.vm.NewObject()
	message.Set("permission", s.long)
	message.Set("resource", resource)
	message.Set("drop", goja.Undefined())
	if dropped {
		message.Set("drop", true)
	}
	rt.CallMethod(channel, "publish", message)
}

// Demand throws ERR_ACCESS_DENIED if the script may not; shown is the resource as the script named it. All modules
// pass through here before they touch files, network, processes or the environment. Loop goroutine only.
func (a *AccessPolicy) Demand(kind Access, resource, shown string) {
	a.refuse(a.check(kind, resource, shown, false), kind, shown)
}

func (a *AccessPolicy) refuse(err error, kind Access, shown string) {
	if err != nil {
		a.rt.Throw(a.rt.NewError("ERR_ACCESS_DENIED", err.Error(), kind.String(), shown))
	}
}

// DemandOfHost is Demand of the host alone: for what Node's permission model is not asked.
func (a *AccessPolicy) DemandOfHost(kind Access, resource string) {
	if a.Hosted() {
		a.refuse(a.hostRefuses(kind, resource, false), kind, resource)
	}
}

// RefusePath is DemandPath where Node does not say which option would help.
func (a *AccessPolicy) RefusePath(kind Access, path string) {
	if a.Restricted() && a.check(kind, a.rt.Abs(path), path, false) != nil {
		a.rt.Throw(a.rt.NewError("ERR_ACCESS_DENIED", refused, kind.String(), path))
	}
}

// DemandPath is Demand for a file by the path that a script gave.
func (a *AccessPolicy) DemandPath(kind Access, path string) {
	if a.Restricted() {
		a.Demand(kind, a.rt.Abs(path), path)
	}
}

// permissions are Permissions made ready for checks, and what is left of them.
type permissions struct {
	Permissions
	read, write tree
	dir         string
	telling     bool // a message about it is being published
}

// tree is a set of paths, those that end in "*" being all that begin so.
type tree struct {
	all     bool
	granted []string
}

func (a *AccessPolicy) init() {
	p := a.rt.cfg.Options.Permissions
	if p == nil {
		return
	}
	dir := a.rt.cfg.Dir
	if dir == "" {
		dir, _ = os.Getwd()
	}
	a.model = &permissions{Permissions: *p, read: newTree(p.Read, dir), write: newTree(p.Write, dir), dir: dir}
}

func absolute(dir, name string) string {
	if !path.IsAbs(name) {
		name = dir + "/" + name
	}
	return path.Clean(name)
}

// grant is how a path stands in a tree: a directory stands for all that is in it.
func grant(name, dir string) string {
	if head, _, wild := strings.Cut(name, "*"); wild {
		prefix := absolute(dir, head)
		if strings.HasSuffix(head, "/") && prefix != "/" {
			prefix += "/"
		}
		return prefix + "*"
	}
	name = absolute(dir, name)
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return strings.TrimSuffix(name, "/") + "/*"
	}
	return name
}

func newTree(list []string, dir string) (t tree) {
	for _, name := range list {
		if name == "*" {
			t.all = true
			return t
		}
		t.granted = append(t.granted, grant(name, dir))
	}
	return t
}

func (t *tree) has(name string) bool {
	if t.all {
		return true
	}
	for _, g := range t.granted {
		prefix, wild := strings.CutSuffix(g, "*")
		// A directory that all is allowed in is itself allowed.
		if g == name || wild && (strings.HasPrefix(name, prefix) || strings.HasSuffix(prefix, "/") && name == prefix[:len(prefix)-1]) {
			return true
		}
	}
	return false
}

// drop takes out what was granted by that path, or all if there is none.
func (t *tree) drop(name, dir string) {
	if name == "" {
		*t = tree{}
		return
	}
	if t.all {
		return
	}
	name = grant(name, dir)
	for i, g := range t.granted {
		if g == name {
			t.granted = append(t.granted[:i:i], t.granted[i+1:]...)
			return
		}
	}
}

func (p *permissions) flag(s *scope) *bool {
	switch s.name {
	case "child":
		return &p.ChildProcess
	case "wasi":
		return &p.WASI
	case "worker":
		return &p.Worker
	case "inspector":
		return &p.Inspector
	case "addon":
		return &p.Addons
	}
	return &p.OpenSSLStore
}

// allow tells whether a scope is allowed: of files, all of it if no path is given.
func (p *permissions) allow(s *scope, resource string) bool {
	may := func(t *tree) bool { return t.all || resource != "" && t.has(absolute(p.dir, resource)) }
	switch s.name {
	case "fs":
		return p.read.all && p.write.all
	case "fs.read":
		return may(&p.read)
	case "fs.write":
		return may(&p.write)
	}
	return *p.flag(s)
}

// AllFiles tells whether the script may read and write all files.
func (a *AccessPolicy) AllFiles() bool {
	return a.model == nil || a.model.Audit || a.model.allow(&scopes[0], "")
}

// Enforced tells whether the permission model refuses what is not allowed.
func (a *AccessPolicy) Enforced() bool { return a.model != nil && !a.model.Audit }

// Object is process.permission; nil without the permission model.
func (a *AccessPolicy) Object() *goja.Object {
	rt := a.rt
	p := a.model
	if p == nil {
		return nil
	}
	arguments := func(call goja.FunctionCall) (*scope, string) {
		s := scopeNamed(rt.ValidateString(call.Argument(0), "scope"))
		v := call.Argument(1)
		if goja.IsUndefined(v) || goja.IsNull(v) {
			return s, ""
		}
		if b, ok := rt.Bytes(v); ok {
			return s, string(b)
		}
		return s, rt.ValidateString(v, "reference")
	}
	o := rt.vm.NewObject()
	rt.SetOperation(o, "has", 2, func(call goja.FunctionCall) goja.Value {
		s, resource := arguments(call)
		if s == nil {
			return rt.vm.ToValue(false)
		}
		if v := call.Argument(1); resource == "" && !goja.IsUndefined(v) && !goja.IsNull(v) {
			return rt.vm.ToValue(false)
		}
		ok := p.allow(s, resource)
		if !ok {
			a.tellDenied(s, resource, false)
		}
		return rt.vm.ToValue(ok)
	})
	rt.SetOperation(o, "drop", 2, func(call goja.FunctionCall) goja.Value {
		s, resource := arguments(call)
		if s == nil {
			return goja.Undefined()
		}
		switch s.name {
		case "fs", "fs.read", "fs.write":
			if s.name != "fs.write" {
				p.read.drop(resource, p.dir)
			}
			if s.name != "fs.read" {
				p.write.drop(resource, p.dir)
			}
		default:
			*p.flag(s) = false
		}
		a.tellDenied(s, resource, true)
		return goja.Undefined()
	})
	return o
}

// warn says which of what is allowed may undo the rest.
func (a *AccessPolicy) warn() {
	p := a.model
	a.rt.Require("process")
	for _, w := range [...]struct {
		on           bool
		option, code string
	}{
		{p.Addons, "--allow-addons", "PERM0001"}, {p.ChildProcess, "--allow-child-process", "PERM0002"},
		{p.Inspector, "--allow-inspector", "PERM0004"}, {p.WASI, "--allow-wasi", "PERM0005"},
		{p.Worker, "--allow-worker", "PERM0006"}, {p.OpenSSLStore, "--allow-openssl-store", "PERM0007"},
	} {
		if w.on {
			a.rt.process.Warn("The flag "+w.option+" must be used with extreme caution. It could invalidate the permission model.",
				"SecurityWarning", w.code)
		}
	}
}
