package handles

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/sys"
	"gonode/runtime"
)

// open gives a handle a descriptor that is the script's.
func (m *module) open(v goja.Value, take func(fd int) syscall.Errno) syscall.Errno {
	fd := m.descriptor(v)
	errno := take(fd)
	if errno == 0 {
		m.rt.Access.Gave(fd)
	}
	return errno
}

// descriptor takes a descriptor that is the script's.
func (m *module) descriptor(v goja.Value) int {
	fd := int(v.ToInteger())
	m.rt.Access.DemandDescriptor(fd)
	return fd
}

func (m *module) dialsByPolicy() bool {
	p := m.rt.Access.Policy()
	return p != nil && p.Dial != nil
}

func (m *module) listensByPolicy() bool {
	p := m.rt.Access.Policy()
	return p != nil && p.Listen != nil
}

// dial has the host make the connection, whose descriptor open gives to s, unless that is closed before: nobody waits for the host then.
func (m *module) dial(s *handle.Stream, open func(fd int), network, address string, done func(syscall.Errno)) syscall.Errno {
	l, p, life := m.rt.Loop(), m.rt.Access.Policy(), m.rt.Context()
	ctx, cancel := context.WithCancel(life)
	if errno := s.Await(func(errno syscall.Errno) { cancel(); done(errno) }); errno != 0 {
		cancel()
		return errno
	}
	go func() {
		defer cancel()
		c, err := p.Dial(ctx, network, address)
		fd := -1
		if err == nil {
			fd, _, err = sys.Descriptor(c)
		}
		var once sync.Once
		abandoned := context.AfterFunc(life, func() { // nobody may be there to take it
			once.Do(func() {
				if fd >= 0 {
					sys.Close(fd)
				}
			})
		})
		give := func() {
			abandoned()
			switch {
			case s.Closing():
				if fd >= 0 {
					sys.Close(fd)
				}
			case err != nil:
				s.Connected(m.networkErrno(err, runtime.AccessNet, address))
			default:
				open(fd)
				s.Connected(0)
			}
		}
		l.Post(func() { once.Do(give) })
	}()
	return 0
}

// listen has the host open a listener, whose descriptor open gives to a handle.
func (m *module) listen(open func(fd int) syscall.Errno, network, address string) syscall.Errno {
	ln, err := m.rt.Access.Policy().Listen(m.rt.Context(), network, address)
	if err != nil {
		return m.networkErrno(err, runtime.AccessListen, address)
	}
	if u, ok := ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	defer ln.Close()
	of, ok := ln.(syscall.Conn)
	if !ok {
		return syscall.EOPNOTSUPP
	}
	fd, errno := sys.DupOf(of)
	if errno == 0 {
		if errno = open(fd); errno != 0 {
			sys.Close(fd)
		}
	}
	return errno
}

// networkErrno is the errno of what a host's function has failed with; what is not permitted is a refusal.
func (m *module) networkErrno(err error, kind runtime.Access, address string) syscall.Errno {
	var errno syscall.Errno
	var timeout net.Error
	switch {
	case errors.Is(err, os.ErrPermission):
		m.rt.Access.Refuse(&runtime.Refusal{Kind: kind, Resource: address, Reason: err.Error()})
		return syscall.EACCES
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &timeout) && timeout.Timeout():
		return syscall.ETIMEDOUT
	}
	return syscall.ECONNREFUSED
}
