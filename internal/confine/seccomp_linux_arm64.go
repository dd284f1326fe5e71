package confine

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

var ownCalls = []uint32{unix.SYS_NEWFSTATAT}

var forks []uint32
