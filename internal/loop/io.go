package loop

import "gonode/internal/sys"

// IO is a descriptor watched for readiness. It does not hold the loop open by itself; its owner's Handle does.
// Loop goroutine only.
type IO struct {
	loop     *Loop
	fd       int
	token    uint64
	interest sys.Events
	ready    func(sys.Events)
	left     func()
	owner    *Handle
}

// NewIO prepares to watch fd; ready is called in the poll phase. Nothing is registered before Set.
func (l *Loop) NewIO(fd int, ready func(ev sys.Events)) *IO {
	l.ioSeq++
	io := &IO{loop: l, fd: fd, token: l.ioSeq, ready: ready}
	l.ios[io.token] = io
	if l.opened != nil {
		l.opened("", len(l.ios))
	}
	return io
}

// Of names the handle that holds the loop open for it, for Activities.
func (io *IO) Of(h *Handle) { io.owner = h }

// Set states the events of interest; the empty set stops watching. Watching is level-triggered.
// A regular file gives EPERM, see sys.Poller.Set.
func (io *IO) Set(interest sys.Events) error {
	if interest == io.interest {
		return nil
	}
	if err := io.loop.poller.Set(io.fd, io.token, interest); err != nil {
		return err
	}
	io.interest = interest
	return nil
}

// Interest is the set last given to Set.
func (io *IO) Interest() sys.Events { return io.interest }

// Close stops watching, for good. The descriptor stays open and is the caller's to close, afterwards.
func (io *IO) Close() {
	io.Set(0)
	delete(io.loop.ios, io.token)
	if l := io.loop; l.opened != nil {
		l.opened("", len(l.ios))
	}
}

// OnAbandon says what is done, in place of closing the descriptor, when the loop is given up with it: see Loop.Abandon.
func (io *IO) OnAbandon(f func()) { io.left = f }

func (io *IO) abandon() {
	switch {
	case io.left != nil:
		io.left()
	case io.fd > 2:
		sys.Close(io.fd)
	}
}
