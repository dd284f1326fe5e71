package sys

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

type pollerState struct {
	kq     int
	wake   [2]int
	waking atomic.Bool
	known  map[int]watch
	events [128]unix.Kevent_t
}

type watch struct {
	token    uint64
	interest Events
}

// NewPoller opens the poller's descriptors; all are close-on-exec.
func NewPoller() (*Poller, error) {
	kq, err := unix.Kqueue()
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(kq)
	r, w, errno := PipePair(true, true, 0)
	if errno != 0 {
		unix.Close(kq)
		return nil, errno
	}
	p := &Poller{pollerState{kq: kq, wake: [2]int{r, w}, known: map[int]watch{}}}
	if err := p.change(r, unix.EVFILT_READ, unix.EV_ADD); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close releases the poller's own descriptors, not the watched ones.
func (p *Poller) Close() {
	unix.Close(p.kq)
	unix.Close(p.wake[0])
	unix.Close(p.wake[1])
}

func (p *Poller) change(fd int, filter int, flags int) error {
	var ev [1]unix.Kevent_t
	unix.SetKevent(&ev[0], fd, filter, flags)
	_, err := unix.Kevent(p.kq, ev[:], nil, nil)
	return err
}

// Set states which events of fd are of interest and which token Wait reports for them. An empty set removes fd; it
// must be removed before it is closed.
func (p *Poller) Set(fd int, token uint64, interest Events) error {
	had := p.known[fd].interest
	for _, f := range [2]struct {
		ev     Events
		filter int
	}{{Readable, unix.EVFILT_READ}, {Writable, unix.EVFILT_WRITE}} {
		var err error
		switch {
		case interest&f.ev != 0 && had&f.ev == 0:
			err = p.change(fd, f.filter, unix.EV_ADD)
		case interest&f.ev == 0 && had&f.ev != 0:
			err = p.change(fd, f.filter, unix.EV_DELETE)
		}
		if err != nil {
			return err
		}
	}
	if interest == 0 {
		delete(p.known, fd)
	} else {
		p.known[fd] = watch{token, interest}
	}
	return nil
}

// Wait reports ready descriptors, waiting for at most timeoutMs milliseconds (-1: for ever, 0: not at all). It
// returns early, possibly without any event, after a Wake or a signal.
func (p *Poller) Wait(timeoutMs int, report func(token uint64, ev Events)) error {
	var ts *unix.Timespec
	if timeoutMs >= 0 {
		t := unix.NsecToTimespec(int64(time.Duration(timeoutMs) * time.Millisecond))
		ts = &t
	}
	n, err := unix.Kevent(p.kq, nil, p.events[:], ts)
	if err != nil {
		if err == unix.EINTR {
			return nil
		}
		return err
	}
	for i := range n {
		e := &p.events[i]
		fd := int(e.Ident)
		if fd == p.wake[0] {
			var b [64]byte
			unix.Read(fd, b[:])
			p.waking.Store(false)
			continue
		}
		w, ok := p.known[fd]
		if !ok {
			continue
		}
		ev := Readable
		if e.Filter == unix.EVFILT_WRITE {
			ev = Writable
		}
		if e.Flags&unix.EV_EOF != 0 && ev == Writable {
			ev |= Hangup
		}
		report(w.token, ev)
	}
	return nil
}

// Wake makes a present or the next Wait return. Any goroutine.
func (p *Poller) Wake() {
	if !p.waking.Swap(true) {
		unix.Write(p.wake[1], []byte{1})
	}
}
