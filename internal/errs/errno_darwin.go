package errs

import "syscall"

// Numbers that libuv makes up for what this system lacks.
const (
	uvENONET    = -4056
	uvEREMOTEIO = -4030
	uvEUNATCH   = -4023
	uvEFTYPE    = -int(syscall.EFTYPE)
)
