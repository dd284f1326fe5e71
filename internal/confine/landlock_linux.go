package confine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The rights of Landlock (landlock(7)), as they came with its versions.
const (
	readRights = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	runRights  = readRights | unix.LANDLOCK_ACCESS_FS_EXECUTE
	firstFS    = 1<<13 - 1
	// fileRights are those that a file has by itself; all others are a folder's.
	fileRights = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_READ_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	// neverRights are given to nobody: devices, and what is done to them.
	neverRights = unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV |
		unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX | unix.LANDLOCK_ACCESS_FS_EXECUTE
)

// landlockVersion is the version that the system has, 0 for none.
var landlockVersion = sync.OnceValue(func() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v)
})

// handled are the rights that a version knows, and that are therefore refused unless a rule gives them.
func handled(version int, r Rules) unix.LandlockRulesetAttr {
	a := unix.LandlockRulesetAttr{Handled_access_fs: firstFS}
	if version >= 2 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 5 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version >= 9 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX
	}
	if version >= 4 && !r.Network {
		a.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 10 && !r.Network {
		a.Handled_access_net |= unix.LANDLOCK_ACCESS_NET_BIND_UDP | unix.LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP
	}
	if version >= 6 {
		a.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return a
}

// newRuleset makes a descriptor of a set of rules, and tells the system's version; 0 if it has none.
func newRuleset(r Rules) (fd, version int, err error) {
	version = landlockVersion()
	if version == 0 {
		return -1, 0, nil
	}
	attr := handled(version, r)
	n, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return -1, 0, os.NewSyscallError("landlock_create_ruleset", errno)
	}
	fd = int(n)
	unix.CloseOnExec(fd)
	add := func(paths []string, rights uint64) {
		for _, path := range paths {
			if err == nil {
				err = addRule(fd, path, rights&attr.Handled_access_fs)
			}
		}
	}
	add(r.Read, readRights)
	add(r.Write, attr.Handled_access_fs&^neverRights)
	add(r.Run, runRights)
	add([]string{self}, runRights)
	own := ownFiles
	if r.Network {
		own = append(own[:len(own):len(own)], networkFiles...)
	}
	if !isStatic() {
		own = append(own[:len(own):len(own)], libraries...)
	}
	for _, o := range own {
		if err == nil {
			if err = addRule(fd, o.path, o.rights&attr.Handled_access_fs); errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				err = nil
			}
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, 0, err
	}
	return fd, version, nil
}

type ownFile struct {
	path   string
	rights uint64
}

var (
	// ownFiles are what the runtime itself looks at and what tells nothing of anybody: the zone of time, the kinds of processors.
	ownFiles = []ownFile{
		{"/etc/localtime", readRights}, {"/usr/share/zoneinfo", readRights},
		{"/dev/null", readRights | unix.LANDLOCK_ACCESS_FS_WRITE_FILE}, {"/dev/zero", readRights}, {"/dev/urandom", readRights},
		{"/proc/cpuinfo", readRights}, {"/proc/meminfo", readRights}, {"/proc/loadavg", readRights}, {"/proc/uptime", readRights}, {"/proc/stat", readRights},
	}
	// networkFiles are how names become addresses, and whom to trust.
	networkFiles = []ownFile{
		{"/etc/resolv.conf", readRights}, {"/etc/hosts", readRights}, {"/etc/nsswitch.conf", readRights}, {"/etc/services", readRights},
		{"/etc/ssl", readRights}, {"/etc/pki/tls", readRights}, {"/usr/share/ca-certificates", readRights},
	}
	// libraries are what an executable needs that is not linked statically.
	libraries = []ownFile{
		{"/lib", runRights}, {"/lib64", runRights}, {"/usr/lib", runRights}, {"/usr/lib64", runRights}, {"/etc/ld.so.cache", readRights},
	}
)

// isStatic tells whether the running executable needs no libraries.
var isStatic = sync.OnceValue(func() bool {
	f, err := elf.Open(self)
	if err != nil {
		return false
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
})

// addRule gives rights to a file or a folder.
func addRule(ruleset int, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= fileRights
	}
	attr := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&attr)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("landlock_add_rule: %s: %w", path, errno)
	}
	return nil
}

// restrict takes from this thread and what it executes, for good, what root may do besides reaching files and, with a network, low ports; and puts a set of rules on it, unless
// that is -1.
func restrict(ruleset int, r Rules) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil { // with which execve gives nothing back
		return os.NewSyscallError("prctl", err)
	}
	kept := uint32(1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_FOWNER)
	if r.Network {
		kept |= 1 << unix.CAP_NET_BIND_SERVICE
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has [2]unix.CapUserData
	if err := unix.Capget(&head, &has[0]); err != nil {
		return os.NewSyscallError("capget", err)
	}
	has[0] = unix.CapUserData{Effective: has[0].Effective & kept, Permitted: has[0].Permitted & kept}
	has[1] = unix.CapUserData{}
	if err := unix.Capset(&head, &has[0]); err != nil {
		return os.NewSyscallError("capset", err)
	}
	if ruleset < 0 {
		return nil
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), 0, 0); errno != 0 {
		return os.NewSyscallError("landlock_restrict_self", errno)
	}
	return nil
}
