package errs

import (
	"errors"
	"io"
	"io/fs"
	"strconv"
	"syscall"
)

// Errno is one system error as libuv names it. Number is negative: -2 for ENOENT, or one of libuv's own below -3000.
type Errno struct {
	Name    string
	Number  int
	Message string
}

// errnos stands in libuv's order, which is that of util.getSystemErrorMap().
var errnos = [...]Errno{
	{"E2BIG", -int(syscall.E2BIG), "argument list too long"},
	{"EACCES", -int(syscall.EACCES), "permission denied"},
	{"EADDRINUSE", -int(syscall.EADDRINUSE), "address already in use"},
	{"EADDRNOTAVAIL", -int(syscall.EADDRNOTAVAIL), "address not available"},
	{"EAFNOSUPPORT", -int(syscall.EAFNOSUPPORT), "address family not supported"},
	{"EAGAIN", -int(syscall.EAGAIN), "resource temporarily unavailable"},
	{"EAI_ADDRFAMILY", -3000, "address family not supported"},
	{"EAI_AGAIN", -3001, "temporary failure"},
	{"EAI_BADFLAGS", -3002, "bad ai_flags value"},
	{"EAI_BADHINTS", -3013, "invalid value for hints"},
	{"EAI_CANCELED", -3003, "request canceled"},
	{"EAI_FAIL", -3004, "permanent failure"},
	{"EAI_FAMILY", -3005, "ai_family not supported"},
	{"EAI_MEMORY", -3006, "out of memory"},
	{"EAI_NODATA", -3007, "no address"},
	{"EAI_NONAME", -3008, "unknown node or service"},
	{"EAI_OVERFLOW", -3009, "argument buffer overflow"},
	{"EAI_PROTOCOL", -3014, "resolved protocol is unknown"},
	{"EAI_SERVICE", -3010, "service not available for socket type"},
	{"EAI_SOCKTYPE", -3011, "socket type not supported"},
	{"EALREADY", -int(syscall.EALREADY), "connection already in progress"},
	{"EBADF", -int(syscall.EBADF), "bad file descriptor"},
	{"EBUSY", -int(syscall.EBUSY), "resource busy or locked"},
	{"ECANCELED", -int(syscall.ECANCELED), "operation canceled"},
	{"ECHARSET", -4080, "invalid Unicode character"},
	{"ECONNABORTED", -int(syscall.ECONNABORTED), "software caused connection abort"},
	{"ECONNREFUSED", -int(syscall.ECONNREFUSED), "connection refused"},
	{"ECONNRESET", -int(syscall.ECONNRESET), "connection reset by peer"},
	{"EDESTADDRREQ", -int(syscall.EDESTADDRREQ), "destination address required"},
	{"EEXIST", -int(syscall.EEXIST), "file already exists"},
	{"EFAULT", -int(syscall.EFAULT), "bad address in system call argument"},
	{"EFBIG", -int(syscall.EFBIG), "file too large"},
	{"EHOSTUNREACH", -int(syscall.EHOSTUNREACH), "host is unreachable"},
	{"EINTR", -int(syscall.EINTR), "interrupted system call"},
	{"EINVAL", -int(syscall.EINVAL), "invalid argument"},
	{"EIO", -int(syscall.EIO), "i/o error"},
	{"EISCONN", -int(syscall.EISCONN), "socket is already connected"},
	{"EISDIR", -int(syscall.EISDIR), "illegal operation on a directory"},
	{"ELOOP", -int(syscall.ELOOP), "too many symbolic links encountered"},
	{"EMFILE", -int(syscall.EMFILE), "too many open files"},
	{"EMSGSIZE", -int(syscall.EMSGSIZE), "message too long"},
	{"ENAMETOOLONG", -int(syscall.ENAMETOOLONG), "name too long"},
	{"ENETDOWN", -int(syscall.ENETDOWN), "network is down"},
	{"ENETUNREACH", -int(syscall.ENETUNREACH), "network is unreachable"},
	{"ENFILE", -int(syscall.ENFILE), "file table overflow"},
	{"ENOBUFS", -int(syscall.ENOBUFS), "no buffer space available"},
	{"ENODEV", -int(syscall.ENODEV), "no such device"},
	{"ENOENT", -int(syscall.ENOENT), "no such file or directory"},
	{"ENOMEM", -int(syscall.ENOMEM), "not enough memory"},
	{"ENONET", uvENONET, "machine is not on the network"},
	{"ENOPROTOOPT", -int(syscall.ENOPROTOOPT), "protocol not available"},
	{"ENOSPC", -int(syscall.ENOSPC), "no space left on device"},
	{"ENOSYS", -int(syscall.ENOSYS), "function not implemented"},
	{"ENOTCONN", -int(syscall.ENOTCONN), "socket is not connected"},
	{"ENOTDIR", -int(syscall.ENOTDIR), "not a directory"},
	{"ENOTEMPTY", -int(syscall.ENOTEMPTY), "directory not empty"},
	{"ENOTSOCK", -int(syscall.ENOTSOCK), "socket operation on non-socket"},
	{"ENOTSUP", -int(syscall.ENOTSUP), "operation not supported on socket"},
	{"EOVERFLOW", -int(syscall.EOVERFLOW), "value too large for defined data type"},
	{"EPERM", -int(syscall.EPERM), "operation not permitted"},
	{"EPIPE", -int(syscall.EPIPE), "broken pipe"},
	{"EPROTO", -int(syscall.EPROTO), "protocol error"},
	{"EPROTONOSUPPORT", -int(syscall.EPROTONOSUPPORT), "protocol not supported"},
	{"EPROTOTYPE", -int(syscall.EPROTOTYPE), "protocol wrong type for socket"},
	{"ERANGE", -int(syscall.ERANGE), "result too large"},
	{"EROFS", -int(syscall.EROFS), "read-only file system"},
	{"ESHUTDOWN", -int(syscall.ESHUTDOWN), "cannot send after transport endpoint shutdown"},
	{"ESPIPE", -int(syscall.ESPIPE), "invalid seek"},
	{"ESRCH", -int(syscall.ESRCH), "no such process"},
	{"ETIMEDOUT", -int(syscall.ETIMEDOUT), "connection timed out"},
	{"ETXTBSY", -int(syscall.ETXTBSY), "text file is busy"},
	{"EXDEV", -int(syscall.EXDEV), "cross-device link not permitted"},
	{"UNKNOWN", -4094, "unknown error"},
	{"EOF", -4095, "end of file"},
	{"ENXIO", -int(syscall.ENXIO), "no such device or address"},
	{"EMLINK", -int(syscall.EMLINK), "too many links"},
	{"EHOSTDOWN", -int(syscall.EHOSTDOWN), "host is down"},
	{"EREMOTEIO", uvEREMOTEIO, "remote I/O error"},
	{"ENOTTY", -int(syscall.ENOTTY), "inappropriate ioctl for device"},
	{"EFTYPE", uvEFTYPE, "inappropriate file type or format"},
	{"EILSEQ", -int(syscall.EILSEQ), "illegal byte sequence"},
	{"ESOCKTNOSUPPORT", -int(syscall.ESOCKTNOSUPPORT), "socket type not supported"},
	{"ENODATA", -int(syscall.ENODATA), "no data available"},
	{"EUNATCH", uvEUNATCH, "protocol driver not attached"},
}

// libuv's own numbers, which no system call gives.
const (
	EOF        = -4095
	UNKNOWN    = -4094
	EAI_AGAIN  = -3001
	EAI_NODATA = -3007
	EAI_NONAME = -3008
)

// Errnos lists all system errors.
func Errnos() []Errno { return errnos[:] }

// ByNumber finds a system error by libuv's negative number.
func ByNumber(n int) (Errno, bool) {
	for _, e := range errnos {
		if e.Number == n {
			return e, true
		}
	}
	return Errno{Name: "UNKNOWN", Number: n, Message: "unknown error"}, false
}

// ByName finds a system error by its name.
func ByName(name string) (Errno, bool) {
	for _, e := range errnos {
		if e.Name == name {
			return e, true
		}
	}
	return Errno{}, false
}

// Of gives the system error that err wraps, if any: a syscall.Errno as it stands, io.EOF as EOF.
func Of(err error) (Errno, bool) {
	var no syscall.Errno
	switch {
	case errors.As(err, &no):
		if no == syscall.EOPNOTSUPP {
			no = syscall.ENOTSUP
		}
		e, _ := ByNumber(-int(no))
		return e, true
	case errors.Is(err, fs.ErrNotExist):
		return ByName("ENOENT")
	case errors.Is(err, fs.ErrExist):
		return ByName("EEXIST")
	case errors.Is(err, fs.ErrPermission):
		return ByName("EACCES")
	case errors.Is(err, fs.ErrClosed):
		return ByName("EBADF")
	case errors.Is(err, io.EOF):
		return ByName("EOF")
	}
	return Errno{Name: "UNKNOWN", Number: UNKNOWN, Message: "unknown error"}, false
}

// SystemMessage words a failed call as fs does: "ENOENT: no such file or directory, open 'x'"; with dest, "… 'x' -> 'y'".
func (e Errno) SystemMessage(syscall, path, dest string) string {
	m := e.Name + ": " + e.Message + ", " + syscall
	if path != "" {
		m += " '" + path + "'"
	}
	if dest != "" {
		m += " -> '" + dest + "'"
	}
	return m
}

// HostMessage words a failed call as net does: "connect ECONNREFUSED 127.0.0.1:80", or with its text, as listen does,
// "listen EADDRINUSE: address already in use 127.0.0.1:80".
func (e Errno) HostMessage(syscall, address string, port int, withText bool) string {
	m := syscall + " " + e.Name
	if withText {
		m += ": " + e.Message
	}
	if port > 0 {
		m += " " + address + ":" + strconv.Itoa(port)
	} else if address != "" {
		m += " " + address
	}
	return m
}
