package confine

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// ownCalls are older calls of this architecture, which others do without.
var ownCalls = []uint32{
	unix.SYS_ARCH_PRCTL, unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_NEWFSTATAT, unix.SYS_ACCESS, unix.SYS_READLINK, unix.SYS_PIPE, unix.SYS_DUP2, unix.SYS_POLL, unix.SYS_SELECT,
	unix.SYS_EPOLL_CREATE, unix.SYS_EPOLL_WAIT, unix.SYS_GETDENTS, unix.SYS_MKDIR, unix.SYS_RMDIR, unix.SYS_UNLINK, unix.SYS_RENAME, unix.SYS_LINK, unix.SYS_SYMLINK, unix.SYS_CREAT,
	unix.SYS_TIME, unix.SYS_GETPGRP, unix.SYS_ALARM, unix.SYS_GETRLIMIT,
}

// opens are the calls that open files, and which of their arguments are the flags.
var opens = map[uint32]int{unix.SYS_OPEN: 1, unix.SYS_OPENAT: 2}

// forks are calls that make processes, besides clone.
var forks = []uint32{unix.SYS_FORK, unix.SYS_VFORK}
