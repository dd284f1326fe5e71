package sys

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sharing is how a poller waits that shares the process's threads: its goroutine is parked, on a channel as long as there are no descriptors, and else in Go's
// own poller, which watches the epoll descriptor of this one.
type sharing struct {
	woken chan struct{} // as long as there are no descriptors
	timer *time.Timer

	mu     sync.Mutex
	file   *os.File // of the epoll descriptor; nil before the first descriptor
	raw    syscall.RawConn
	closed bool
}

// NewSharedPoller makes a poller for one of many loops in a process: it has no descriptor before the first is to be watched, and takes no thread while it waits.
func NewSharedPoller() (*Poller, error) {
	return &Poller{pollerState{epfd: -1, known: map[int]Events{}, sharing: &sharing{woken: make(chan struct{}, 1)}}}, nil
}

// open makes the epoll descriptor, once.
func (s *sharing) open(p *Poller) error {
	if p.epfd >= 0 {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil { // what makes it one of those that Go's poller takes
		unix.Close(fd)
		return err
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err == nil {
		err = file.SetReadDeadline(time.Time{}) // fails where Go's poller has not taken it
	}
	if err != nil {
		file.Close()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.epfd, p.events = fd, make([]unix.EpollEvent, 32)
	s.file, s.raw = file, raw
	return nil
}

// wait returns when there are events, after a wake, or when the time is over.
func (s *sharing) wait(p *Poller, timeoutMs int) {
	if s.file == nil {
		s.park(p, timeoutMs)
		return
	}
	until := time.Time{}
	if timeoutMs > 0 {
		until = time.Now().Add(time.Duration(timeoutMs) * time.Millisecond)
	}
	s.file.SetReadDeadline(until)
	if !p.waking.Swap(false) { // else the deadline of that wake may just have been taken away
		poll := []unix.PollFd{{Fd: int32(p.epfd), Events: unix.POLLIN}}
		s.raw.Read(func(uintptr) bool {
			n, _ := unix.Poll(poll, 0)
			return n != 0
		})
		p.waking.Store(false)
	}
}

// park is wait without descriptors.
func (s *sharing) park(p *Poller, timeoutMs int) {
	if timeoutMs < 0 {
		<-s.woken
	} else {
		if s.timer == nil {
			s.timer = time.NewTimer(0)
		}
		s.timer.Reset(time.Duration(timeoutMs) * time.Millisecond)
		select {
		case <-s.woken:
			s.timer.Stop()
		case <-s.timer.C:
		}
	}
	p.waking.Store(false)
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// wake ends a wait, which may be the next one.
func (s *sharing) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil && !s.closed {
		s.file.SetReadDeadline(longAgo)
	}
}

func (s *sharing) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil && !s.closed {
		s.file.Close()
	}
	s.closed = true
}
