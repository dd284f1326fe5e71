package confine

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

var ownCalls = []uint32{unix.SYS_NEWFSTATAT}

var opens = map[uint32]int{unix.SYS_OPENAT: 2}

var forks []uint32
