package runtime

import (
	"context"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"

	"gonode/internal/loader"
)

// Policy refuses scripts whatever reaches outside, but for what its fields give: with the zero value they compute, require built-in modules and what is in
// Config.FS, and write to the standard streams that Config has. It holds for worker threads too, where they are allowed, and not for programs that scripts start.
// What is refused throws ERR_ACCESS_DENIED, or is the error with that code of a socket or of a callback.
//
// A script owns the descriptors that it has opened by module fs, and no others. The environment is what Config.Env says, and empty if that is nil. Each may be called
// on any goroutine.
type Policy struct {
	// Root has the files that module fs reaches, as if it were the system's root directory: no path and no symbolic link leads out. Scripts
	// are read from it as well unless there is an FS. Linux only.
	Root *os.Root
	// Dial makes connections, as (*net.Dialer).DialContext does; network is "tcp", "udp" for questions to name servers, or "unix".
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Listen opens listeners, as (*net.ListenConfig).Listen does, which are to be *net.TCPListener or *net.UnixListener.
	Listen func(ctx context.Context, network, address string) (net.Listener, error)
	// Resolve finds a name's addresses, as (*net.Resolver).LookupNetIP does; network is "ip", "ip4" or "ip6".
	Resolve func(ctx context.Context, network, name string) ([]netip.Addr, error)
	// Allow are kinds of access that scripts have besides, by the process's own means.
	Allow []Access
}

// gives tells whether a policy's means are for that kind of access.
func (p *Policy) gives(kind Access) bool {
	switch kind {
	case AccessNet:
		return p.Dial != nil
	case AccessListen:
		return p.Listen != nil
	case AccessResolve:
		return p.Resolve != nil
	case AccessEnv: // there is only what the host has given
		return true
	}
	return false
}

func (p *Policy) allows(kind Access) bool { return p == nil || slices.Contains(p.Allow, kind) }

// Refusal is the error of what a policy refuses.
type Refusal struct {
	Kind     Access
	Resource string
	Reason   string
}

func (r *Refusal) Error() string { return r.Reason }

const refused = "Access to this API has been restricted"

// initPolicy applies the policy to the configuration.
func (rt *Runtime) initPolicy() error {
	cfg := &rt.cfg
	p := cfg.Policy
	if p == nil {
		return nil
	}
	switch {
	case cfg.FS != nil || cfg.Files != nil:
	case p.Root != nil:
		cfg.FS = p.Root.FS()
	case p.allows(AccessRead):
		return nil
	default:
		cfg.Files = loader.In(nowhere{})
	}
	if cfg.Dir == "" {
		cfg.Dir = "/"
	}
	if p.Root == nil {
		return nil
	}
	var err error
	rt.Access.root, err = openRoot(p.Root)
	return err
}

// nowhere is a file system without files.
type nowhere struct{}

func (nowhere) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Policy is Config.Policy, nil for none.
func (a *AccessPolicy) Policy() *Policy { return a.rt.cfg.Policy }

// Hosted tells whether the host may refuse anything.
func (a *AccessPolicy) Hosted() bool { return a.rt.cfg.Access != nil || a.rt.cfg.Policy != nil }

// Root is where module fs is kept, nil for no such place.
func (a *AccessPolicy) Root() *Root { return a.root }

// hostRefuses asks the policy and then Config.Access. means says that the policy gives the means for it.
func (a *AccessPolicy) hostRefuses(kind Access, resource string, means bool) error {
	if p := a.rt.cfg.Policy; !means && !p.allows(kind) && !p.gives(kind) {
		return &Refusal{kind, resource, refused}
	}
	if ask := a.rt.cfg.Access; ask != nil {
		if err := ask(kind, resource); err != nil {
			return &Refusal{kind, resource, err.Error()}
		}
	}
	return nil
}

// DemandScript is Demand for reading a script's text from where scripts are.
func (a *AccessPolicy) DemandScript(file string) {
	if a.Restricted() {
		a.refuse(a.check(AccessRead, file, file, true), AccessRead, file)
	}
}

// readScript reads a file from where scripts are, if the script may read it.
func (rt *Runtime) readScript(file string) ([]byte, error) {
	if err := rt.Access.check(AccessRead, file, file, true); err != nil {
		return nil, err
	}
	return rt.CommonJS().files.ReadFile(file)
}

// DemandFile is DemandPath of module fs, which stays within the policy's root.
func (a *AccessPolicy) DemandFile(kind Access, path string) {
	if a.Restricted() {
		a.refuse(a.check(kind, a.rt.Abs(path), path, a.root != nil), kind, path)
	}
}

// RefuseFile is RefusePath of module fs, which stays within the policy's root.
func (a *AccessPolicy) RefuseFile(kind Access, path string) {
	if a.Restricted() && a.check(kind, a.rt.Abs(path), path, a.root != nil) != nil {
		a.rt.Throw(a.rt.NewError("ERR_ACCESS_DENIED", refused, kind.String(), path))
	}
}

// DemandDescriptor throws ERR_ACCESS_DENIED for a descriptor that is not the script's, where the host may refuse anything. Loop goroutine only.
func (a *AccessPolicy) DemandDescriptor(fd int) {
	if a.Hosted() && !a.Owns(fd) {
		number := strconv.Itoa(fd)
		a.refuse(a.hostRefuses(AccessDescriptor, number, false), AccessDescriptor, number)
	}
}

// Owns tells whether a descriptor is the script's: it has opened it, or it is a standard stream of the process that it has been given.
func (a *AccessPolicy) Owns(fd int) bool {
	if !a.Hosted() {
		return true
	}
	switch cfg := &a.rt.cfg; fd {
	case 0:
		return cfg.Stdin == nil
	case 1:
		return cfg.Stdout == nil
	case 2:
		return cfg.Stderr == nil
	}
	return a.rt.Files.has(fd) || slices.Contains(a.granted, fd)
}

// Grant gives the script a descriptor that has come from elsewhere, until Gave. Loop goroutine only.
func (a *AccessPolicy) Grant(fd int) {
	if a.Hosted() {
		a.granted = append(a.granted, fd)
	}
}

// Gave takes note that a handle owns the descriptor now, or that it is closed. Loop goroutine only.
func (a *AccessPolicy) Gave(fd int) {
	if i := slices.Index(a.granted, fd); i >= 0 {
		a.granted = slices.Delete(a.granted, i, i+1)
	}
	a.rt.Files.Forget(fd)
}

// DemandSystem throws ERR_ACCESS_DENIED where the host refuses what tells of the machine, or changes it: what names it.
func (a *AccessPolicy) DemandSystem(what string) { a.DemandOfHost(AccessSystem, what) }

// AllowsNet tells whether the script may use an address; a refusal waits for TakeRefusal.
func (a *AccessPolicy) AllowsNet(kind Access, address string) bool {
	if !a.Hosted() {
		return true
	}
	return a.allows(a.hostRefuses(kind, address, false))
}

// AllowsDatagrams is AllowsNet of datagrams, for which a policy has no means.
func (a *AccessPolicy) AllowsDatagrams(kind Access, address string) bool {
	if p := a.Policy(); !p.allows(kind) {
		return a.allows(&Refusal{kind, address, refused})
	}
	return a.AllowsNet(kind, address)
}

func (a *AccessPolicy) allows(err error) bool {
	if err != nil {
		a.refusal = err.(*Refusal)
	}
	return err == nil
}

// Refuse leaves a refusal for TakeRefusal. Loop goroutine only.
func (a *AccessPolicy) Refuse(r *Refusal) { a.refusal = r }

// TakeRefusal is why the last call of AllowsNet was false, nil if it has been taken already.
func (a *AccessPolicy) TakeRefusal() *Refusal {
	r := a.refusal
	a.refusal = nil
	return r
}
