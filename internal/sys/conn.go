package sys

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// Conn makes a connection within the process: an end for Go and a descriptor.
func Conn() (net.Conn, int, error) {
	ours, theirs, errno := SocketPair()
	if errno != 0 {
		return nil, -1, os.NewSyscallError("socketpair", errno)
	}
	f := os.NewFile(uintptr(ours), "script")
	c, err := net.FileConn(f)
	f.Close()
	if err != nil {
		Close(theirs)
	}
	return c, theirs, err
}

// Descriptor makes a descriptor of a connection, which is its owner's from then on; tcp tells whether it is a TCP socket. What is neither a *net.TCPConn nor a *net.UnixConn is one
// end of a socket pair, and two goroutines pass bytes. Any goroutine.
func Descriptor(c net.Conn) (fd int, tcp bool, err error) {
	_, tcp = c.(*net.TCPConn)
	_, unix := c.(*net.UnixConn)
	if tcp || unix {
		defer c.Close()
		fd, errno := DupOf(c.(syscall.Conn))
		if errno != 0 {
			return -1, tcp, errno
		}
		return fd, tcp, nil
	}
	ours, theirs, err := Conn()
	if err != nil {
		c.Close()
		return -1, false, err
	}
	var both sync.WaitGroup
	both.Go(func() { pass(ours, c) })
	both.Go(func() { pass(c, ours) })
	go func() {
		both.Wait()
		ours.Close()
		c.Close()
	}()
	return theirs, false, nil
}

// pass copies one direction of a connection and then its end. What has failed ends both.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err == nil && ok && half.CloseWrite() == nil {
		return
	}
	to.Close()
	from.Close()
}

// DupOf is another descriptor of what Go's poller has.
func DupOf(c syscall.Conn) (fd int, errno syscall.Errno) {
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Control(func(own uintptr) { fd, errno = Dup(int(own)) })
	}
	if err != nil {
		return -1, syscall.EBADF
	}
	return fd, errno
}
