package errs

import "syscall"

const (
	uvENONET    = -int(syscall.ENONET)
	uvEREMOTEIO = -int(syscall.EREMOTEIO)
	uvEUNATCH   = -int(syscall.EUNATCH)
	uvEFTYPE    = -4028
)
