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
	Read, Write                        []string
	ChildProcess, Worker, Addons, WASI bool
}

// permissionNames are Node's names of what the permission model knows of.
var permissionNames = [...]string{AccessRead: "FileSystemRead", AccessWrite: "FileSystemWrite", AccessRun: "ChildProcess",
	AccessWorker: "WorkerThreads", AccessInspector: "Inspector"}

func (k Access) String() string {
	if int(k) < len(permissionNames) {
		return permissionNames[k]
	}
	return ""
}

// Restricted tells whether anything may be refused at all.
func (rt *Runtime) Restricted() bool {
	return rt.cfg.Access != nil || rt.cfg.Options.Permissions != nil
}

// CheckAccess tells whether the script may. Loop goroutine only.
func (rt *Runtime) CheckAccess(kind Access, resource string) error {
	if rt.cfg.Access != nil {
		if err := rt.cfg.Access(kind, resource); err != nil {
			return err
		}
	}
	if rt.permissions != nil && !rt.permissions.allow(kind, resource) {
		return denied(kind)
	}
	return nil
}

// denied is the permission model's refusal.
type denied Access

func (d denied) Error() string {
	flag := [...]string{AccessRead: "fs-read", AccessWrite: "fs-write", AccessRun: "child-process", AccessWorker: "worker",
		AccessInspector: "inspector"}[d]
	return "Access to this API has been restricted. Use --allow-" + flag + " to manage permissions."
}

// Demand throws ERR_ACCESS_DENIED if the script may not; shown is the resource as the script named it. All modules
// pass through here before they touch files, network, processes or the environment. Loop goroutine only.
func (rt *Runtime) Demand(kind Access, resource, shown string) {
	if err := rt.CheckAccess(kind, resource); err != nil {
		rt.Throw(rt.NewError("ERR_ACCESS_DENIED", err.Error(), kind.String(), shown))
	}
}

// DemandPath is Demand for a file by the path that a script gave.
func (rt *Runtime) DemandPath(kind Access, path string) {
	if rt.Restricted() {
		rt.Demand(kind, rt.Abs(path), path)
	}
}

// permissions are Permissions made ready for checks.
type permissions struct {
	*Permissions
	read, write tree
	dir         string
}

// tree is a set of paths.
type tree struct {
	all      bool
	exact    []string
	prefixes []string
}

func (rt *Runtime) initPermissions() {
	p := rt.cfg.Options.Permissions
	if p == nil {
		return
	}
	dir := rt.cfg.Dir
	if dir == "" {
		dir, _ = os.Getwd()
	}
	rt.permissions = &permissions{p, newTree(p.Read, dir), newTree(p.Write, dir), dir}
}

func absolute(dir, name string) string {
	if !path.IsAbs(name) {
		name = dir + "/" + name
	}
	return path.Clean(name)
}

func newTree(list []string, dir string) (t tree) {
	for _, name := range list {
		if name == "*" {
			t.all = true
			continue
		}
		if head, _, wild := strings.Cut(name, "*"); wild {
			prefix := absolute(dir, head)
			if strings.HasSuffix(head, "/") && prefix != "/" {
				prefix += "/"
			}
			t.prefixes = append(t.prefixes, prefix)
			continue
		}
		name = absolute(dir, name)
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			t.prefixes = append(t.prefixes, strings.TrimSuffix(name, "/")+"/")
		} else {
			t.exact = append(t.exact, name)
		}
	}
	return t
}

func (t *tree) has(name string) bool {
	if t.all {
		return true
	}
	for _, e := range t.exact {
		if e == name {
			return true
		}
	}
	for _, p := range t.prefixes {
		// A directory that all is allowed in is itself allowed.
		if strings.HasPrefix(name, p) || strings.HasSuffix(p, "/") && name == p[:len(p)-1] {
			return true
		}
	}
	return false
}

func (t *tree) empty() bool { return !t.all && len(t.exact)+len(t.prefixes) == 0 }

func (p *permissions) allow(kind Access, resource string) bool {
	switch kind {
	case AccessRead:
		return p.read.has(absolute(p.dir, resource))
	case AccessWrite:
		return p.write.has(absolute(p.dir, resource))
	case AccessRun:
		return p.ChildProcess
	case AccessWorker:
		return p.Worker
	case AccessInspector:
		return false
	}
	return true
}

// AllFiles tells whether the script may read and write all files.
func (rt *Runtime) AllFiles() bool {
	return rt.permissions == nil || rt.permissions.read.all && rt.permissions.write.all
}

// Permission is process.permission; nil without the permission model.
func (rt *Runtime) Permission() *goja.Object {
	p := rt.permissions
	if p == nil {
		return nil
	}
	o := rt.vm.NewObject()
	rt.SetFunc(o, "has", 2, func(call goja.FunctionCall) goja.Value {
		scope := rt.ValidateString(call.Argument(0), "scope")
		in := func(t *tree) bool { return !t.empty() }
		if v := call.Argument(1); !goja.IsUndefined(v) && !goja.IsNull(v) {
			name := ""
			if b, ok := rt.Bytes(v); ok {
				name = string(b)
			} else {
				name = rt.ValidateString(v, "reference")
			}
			in = func(t *tree) bool { return t.has(absolute(p.dir, name)) }
		}
		switch scope {
		case "fs":
			return rt.vm.ToValue(in(&p.read) && in(&p.write))
		case "fs.read":
			return rt.vm.ToValue(in(&p.read))
		case "fs.write":
			return rt.vm.ToValue(in(&p.write))
		case "child":
			return rt.vm.ToValue(p.ChildProcess)
		case "worker":
			return rt.vm.ToValue(p.Worker)
		}
		return rt.vm.ToValue(false)
	})
	return o
}
