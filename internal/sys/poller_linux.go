package sys

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

type pollerState struct {
	epfd    int // -1 before a shared poller has descriptors
	wakefd  int
	waking  atomic.Bool
	known   map[int]Events
	events  []unix.EpollEvent
	sharing *sharing // nil for a poller with a thread of its own
}

const wakeToken = ^uint64(0)

// NewPoller opens the poller's descriptors; both are close-on-exec.
func NewPoller() (*Poller, error) {
	p := &Poller{pollerState{known: map[int]Events{}, events: make([]unix.EpollEvent, 128)}}
	var err error
	if p.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if p.wakefd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		unix.Close(p.epfd)
		return nil, err
	}
	ev := unix.EpollEvent{Events: unix.EPOLLIN}
	setToken(&ev, wakeToken)
	if err := unix.EpollCtl(p.epfd, unix.EPOLL_CTL_ADD, p.wakefd, &ev); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close releases the poller's own descriptors, not the watched ones.
func (p *Poller) Close() {
	if p.sharing != nil {
		p.sharing.close()
		return
	}
	unix.Close(p.epfd)
	unix.Close(p.wakefd)
}

// Set states which events of fd are of interest and which token Wait reports for them. An empty set removes fd; it
// must be removed before it is closed. A regular file gives EPERM: it is always ready and cannot be polled.
func (p *Poller) Set(fd int, token uint64, interest Events) error {
	had, ok := p.known[fd]
	if p.sharing != nil && !ok && interest != 0 {
		if err := p.sharing.open(p); err != nil {
			return err
		}
	}
	if interest == 0 {
		if !ok {
			return nil
		}
		delete(p.known, fd)
		return unix.EpollCtl(p.epfd, unix.EPOLL_CTL_DEL, fd, nil)
	}
	if ok && had == interest {
		return nil
	}
	var ev unix.EpollEvent
	if interest&Readable != 0 {
		ev.Events |= unix.EPOLLIN | unix.EPOLLRDHUP
	}
	if interest&Writable != 0 {
		ev.Events |= unix.EPOLLOUT
	}
	setToken(&ev, token)
	op := unix.EPOLL_CTL_ADD
	if ok {
		op = unix.EPOLL_CTL_MOD
	}
	if err := unix.EpollCtl(p.epfd, op, fd, &ev); err != nil {
		return err
	}
	p.known[fd] = interest
	return nil
}

// Wait reports ready descriptors, waiting for at most timeoutMs milliseconds (-1: for ever, 0: not at all). It
// returns early, possibly without any event, after a Wake or a signal.
func (p *Poller) Wait(timeoutMs int, report func(token uint64, ev Events)) error {
	if p.sharing != nil {
		if timeoutMs != 0 {
			p.sharing.wait(p, timeoutMs)
		}
		if timeoutMs = 0; p.epfd < 0 {
			return nil
		}
	}
	n, errno := p.ready(timeoutMs)
	if errno != 0 {
		if errno == unix.EINTR {
			return nil
		}
		return errno
	}
	for i := range n {
		e := &p.events[i]
		token := getToken(e)
		if token == wakeToken {
			var b [8]byte
			unix.Read(p.wakefd, b[:])
			p.waking.Store(false)
			continue
		}
		var ev Events
		if e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLPRI) != 0 {
			ev |= Readable
		}
		if e.Events&unix.EPOLLOUT != 0 {
			ev |= Writable
		}
		if e.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			ev |= Hangup
		}
		report(token, ev)
	}
	return nil
}

// ready asks the system for events.
func (p *Poller) ready(timeoutMs int) (n int, errno syscall.Errno) {
	if timeoutMs == 0 {
		// A poll that cannot block does not need the scheduler's help.
		r, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.epfd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), 0, 0, 0)
		n, errno = int(r), e
	} else {
		r, _, e := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.epfd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(timeoutMs), 0, 0)
		n, errno = int(r), e
	}
	return n, errno
}

// Wake makes a present or the next Wait return. Any goroutine.
func (p *Poller) Wake() {
	if p.waking.Swap(true) {
		return
	}
	if p.sharing != nil {
		p.sharing.wake()
		return
	}
	one := [8]byte{0: 1}
	unix.Write(p.wakefd, one[:])
}

func setToken(ev *unix.EpollEvent, token uint64) {
	ev.Fd, ev.Pad = int32(uint32(token)), int32(uint32(token>>32))
}

func getToken(ev *unix.EpollEvent) uint64 {
	return uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
}
