package modules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// What reaches the system is found in the text of the modules: each function that calls one of these packages, and each native that leads there, must ask
// runtime.AccessPolicy on the way, or stand in the list below with a reason.

// harmless are functions and types of those packages that compute, or tell what every script may know of its process.
var harmless = set(`
	os.IsNotExist os.Getpid os.Getppid os.Getpagesize os.NewFile os.Executable os.Args os.File os.FileInfo os.FileMode os.DirEntry os.PathError os.ErrNotExist
	os.ErrPermission os.Interrupt os.Root os.Stdout os.Stderr os.ErrDeadlineExceeded os.ErrClosed os.Signal
	unix.NsecToTimespec unix.NsecToTimeval unix.Mkdev unix.Major unix.Minor unix.SignalNum unix.ByteSliceToString unix.BytePtrToString unix.ClockGettime unix.Getrusage
	unix.Getpid unix.Gettid unix.Errno unix.Signal unix.Timespec unix.Timeval unix.UnixRights unix.Sysinfo unix.Sysinfo_t unix.Getrlimit unix.Getpagesize unix.Auxv unix.Rlimit
	unix.Rusage unix.Utsname unix.Stat_t unix.Statfs_t unix.Statx_t unix.StatxTimestamp unix.PollFd unix.SizeofInotifyEvent unix.OpenHow unix.Close
	syscall.Errno syscall.Signal syscall.Getrusage syscall.Getrlimit syscall.Rusage syscall.Rlimit syscall.Conn syscall.Close syscall.RawConn syscall.Stat_t
	net.ParseIP net.JoinHostPort net.SplitHostPort net.TCPAddrFromAddrPort net.UDPAddrFromAddrPort net.IP net.IPNet net.IPMask net.CIDRMask net.Addr net.TCPAddr net.Conn
	net.Listener net.Resolver net.Dialer net.DNSError net.AddrError net.Error net.TCPConn net.UnixConn net.TCPListener net.UnixListener net.ErrClosed net.Interface net.FlagUp
	net.FlagRunning net.FlagLoopback net.HardwareAddr
	sys.Errno sys.Sockaddr sys.SignalNumber sys.SignalName sys.Monotonic sys.Resident sys.Private sys.ProcessUsage sys.UnixPath sys.FindMemory sys.ReserveThread sys.Close
	sys.Events sys.Readable sys.Writable sys.Uncleared sys.Limit sys.DupOf sys.Descriptor
	handle.NewTCP handle.NewPipe handle.NewUDP handle.NewSignal handle.SignalNumber handle.SignalName handle.Stream handle.Streamer handle.TCP handle.Pipe handle.TTY
	handle.UDP handle.Process handle.Signal handle.Chunks handle.KeepAlive handle.BindFlags handle.Limits handle.SpawnOptions handle.SyncOptions handle.SyncResult
	handle.SyncStdio handle.ReadFunc handle.Allocator handle.Fixed handle.Skip handle.IPv6Only handle.ReuseAddr handle.ReusePort`)

// unasking are functions that reach the system and ask nobody, by package and name, with the reason.
var unasking = map[string]string{
	"runtime.newEnv":           "the environment that the host has given",
	"runtime.JoinParent":       "the channel of a process that is all the script's",
	"runtime.init":             "what the host's options say",
	"runtime.grant":            "what the host's options say",
	"runtime.openRoot.func":    "the host's root",
	"runtime.Open":             "within the root",
	"runtime.Cwd":              "the working directory, which a policy gives a name of its own",
	"runtime.Write":            "the standard streams that the host has given",
	"child_process.show":       "how many descriptors the process has",
	"child_process.family":     "descriptors that have come over a channel of the script's",
	"tls.opened":               "the authorities of the system",
	"tls.sealed":               "the authorities of the system",
	"tls.fail":                 "the authorities of the system",
	"child_process.write":      "a handle that the script has",
	"inspector.listen":         "where start asks, by the options that the host has given",
	"os.meminfo":               "figures of the machine",
	"os.numbers":               "figures of the machine",
	"os.processors":            "figures of the machine",
	"process.field":            "figures of the machine",
	"process.credentials":      "who the process is",
	"process.credentials.func": "who the process is; the rest is refused by owned",
	"process.activity":         "its own handles",
	"process.unwatch":          "signals, of which mustOwn tells",
	"process.setTimeZone":      "a process that is all the script's",
	"process.identity.func":    "the title of a process that is all the script's",
	"webassembly.Read":         "descriptors that WASI has asked for",
	"webassembly.Write":        "descriptors that WASI has asked for",
}

// asking are the functions by which modules ask.
var asking = set(`Demand DemandOfHost DemandPath DemandFile DemandScript DemandDescriptor DemandSystem RefusePath RefuseFile Check AllowsNet AllowsDatagrams Owns`)

// methods are what handles and resolvers do that reaches the system, told by their names where the package has none of that name.
var methods = set("Connect Bind DialContext LookupNetIP LookupAddr")

func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Fields(list) {
		m[s] = true
	}
	return m
}

// A node is a function, or a function within one, which is called by what calls it, or where it stands.
type node struct {
	name    string
	pos     token.Position
	parent  *node
	to      types.Object          // the function that it is an argument of
	calls   map[types.Object]bool // of functions of the same package
	uses    map[types.Object]bool // those, and functions that are given to others
	reaches []string
	asks    bool
}

// nothing is an importer to whom all packages are empty: what is called of one's own package is all that is to be found.
type nothing map[string]*types.Package

func (n nothing) Import(name string) (*types.Package, error) {
	if n[name] == nil {
		n[name] = types.NewPackage(name, path.Base(name))
		n[name].MarkComplete()
	}
	return n[name], nil
}

// reaches tells whether a name of a package touches what is outside of the process. internal are functions of the project's other packages that do.
func reaches(pkg, name string, internal map[string]bool) bool {
	base := path.Base(pkg)
	if strings.HasPrefix(pkg, "gonode/internal/") {
		if base != "sys" && base != "handle" {
			return internal[base+"."+name]
		}
	} else if !set("os os/exec net syscall golang.org/x/sys/unix")[pkg] {
		return pkg == "path/filepath" && set("EvalSymlinks Walk WalkDir Glob")[name]
	}
	return name != strings.ToUpper(name) && !harmless[base+"."+name] // what is all capitals is a constant
}

func parse(t *testing.T, dir string, internal map[string]bool) (list []*node, functions map[types.Object]*node) {
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_darwin.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: nothing{}, Error: func(error) {}}
	config.Check(dir, fset, files, info)
	functions = map[types.Object]*node{}
	add := func(n *node, at token.Pos) *node {
		n.pos, n.calls, n.uses = fset.Position(at), map[types.Object]bool{}, map[types.Object]bool{}
		list = append(list, n)
		return n
	}
	for _, f := range files {
		arguments := map[*ast.FuncLit]types.Object{}
		var walk func(n *node, body ast.Node)
		walk = func(n *node, body ast.Node) {
			ast.Inspect(body, func(x ast.Node) bool {
				switch x := x.(type) {
				case *ast.FuncLit:
					walk(add(&node{name: n.name + ".func", parent: n, to: arguments[x]}, x.Pos()), x.Body)
					return false
				case *ast.CallExpr:
					name, _ := x.Fun.(*ast.Ident)
					if s, ok := x.Fun.(*ast.SelectorExpr); ok {
						name = s.Sel
						n.asks = n.asks || asking[s.Sel.Name]
					}
					if f, ok := info.Uses[name].(*types.Func); ok {
						n.calls[f.Origin()] = true
						for _, a := range x.Args {
							if lit, ok := a.(*ast.FuncLit); ok {
								arguments[lit] = f.Origin()
							}
						}
					}
				case *ast.SelectorExpr:
					if of, ok := x.X.(*ast.Ident); ok {
						if pkg, ok := info.Uses[of].(*types.PkgName); ok && reaches(pkg.Imported().Path(), x.Sel.Name, internal) {
							n.reaches = append(n.reaches, pkg.Imported().Name()+"."+x.Sel.Name)
						}
					}
					if methods[x.Sel.Name] && info.Uses[x.Sel] == nil {
						n.reaches = append(n.reaches, x.Sel.Name)
					}
				case *ast.Ident:
					if f, ok := info.Uses[x].(*types.Func); ok {
						n.uses[f.Origin()] = true
					}
				}
				return true
			})
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Body != nil {
					n := add(&node{name: d.Name.Name}, d.Pos())
					functions[info.Defs[d.Name]] = n
					walk(n, d.Body)
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					walk(add(&node{name: "var"}, d.Pos()), d)
				}
			}
		}
	}
	return list, functions
}

// packages are the folders with Go code below one.
func packages(t *testing.T, root string) (dirs []string) {
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() != "testdata" {
			dirs = append(dirs, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// reaching are the functions of the packages below internal that reach the system, themselves or by others of their package.
func reaching(t *testing.T) map[string]bool {
	found := map[string]bool{}
	for _, dir := range packages(t, "../internal") {
		switch filepath.ToSlash(dir) {
		case "../internal/sys", "../internal/handle", "../internal/cli", "../internal/loop", "../internal/memory", "../internal/engine/fast":
			continue // the system's own, and what is the runtime's, not a script's
		}
		list, functions := parse(t, dir, nil)
		touches := map[*node]bool{}
		for changed := true; changed; {
			changed = false
			for _, n := range list {
				does := len(n.reaches) > 0
				for f := range n.calls {
					does = does || touches[functions[f]]
				}
				for ; does && n != nil && !touches[n]; n = n.parent {
					touches[n], changed = true, true
				}
			}
		}
		for f, n := range functions {
			if f != nil && touches[n] && f.Type().(*types.Signature).Recv() == nil {
				found[filepath.Base(dir)+"."+f.Name()] = true
			}
		}
	}
	return found
}

func TestWhatReachesTheSystemAsks(t *testing.T) {
	internal := reaching(t)
	used, found := map[string]bool{}, 0
	for _, dir := range append(packages(t, "."), "../runtime") {
		list, functions := parse(t, dir, internal)
		// What asks in a function of the package's asks where that is called.
		for changed := true; changed; {
			changed = false
			for _, n := range list {
				for f := range n.calls {
					if called := functions[f]; called != nil && called.asks && !n.asks {
						n.asks, changed = true, true
					}
				}
			}
		}
		callers, asksFor := map[*node][]*node{}, map[types.Object]bool{}
		for _, n := range list {
			for f := range n.uses {
				if called := functions[f]; called != nil {
					callers[called] = append(callers[called], n)
				}
			}
			if n.asks && n.parent != nil && n.parent.parent == nil { // a function that wraps its arguments
				for f, p := range functions {
					if p == n.parent {
						asksFor[f] = true
					}
				}
			}
		}
		for _, n := range list {
			if len(n.reaches) == 0 {
				continue
			}
			found++
			name := filepath.Base(dir) + "." + n.name
			if way := unasked(n, callers, asksFor, map[*node]bool{}); way == "" {
				continue
			} else if unasking[name] == "" {
				t.Errorf("%s: %s reaches the system by %v and nobody asks: %s", n.pos, name, n.reaches, way)
			}
			used[name] = true
		}
	}
	for name := range unasking {
		if !used[name] {
			t.Errorf("%s asks, or is no more: take it off the list", name)
		}
	}
	if found < 100 {
		t.Errorf("only %d functions reach the system: the test does not find them any more", found)
	}
}

// unasked is the way to a function on which nobody asks, "" if there is none.
func unasked(n *node, callers map[*node][]*node, asksFor map[types.Object]bool, seen map[*node]bool) string {
	if n.asks || seen[n] || n.to != nil && asksFor[n.to] {
		return ""
	}
	seen[n] = true
	if n.parent != nil {
		return unasked(n.parent, callers, asksFor, seen)
	}
	by := callers[n]
	for _, c := range by {
		if c == n {
			continue
		}
		if why := unasked(c, callers, asksFor, seen); why != "" {
			return why + " → " + n.name
		}
	}
	if len(by) == 0 {
		return n.name
	}
	return ""
}
