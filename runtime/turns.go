package runtime

import (
	"errors"
	"sync/atomic"
	"time"
)

// ErrTurn is Run's error for a script that was ended because a macrotask went beyond Config.MaxTurn.
var ErrTurn = errors.New("a turn of the event loop took too long")

// turns watches how long macrotasks take, where that is limited.
type turns struct {
	watched bool
	count   atomic.Uint64 // even between macrotasks, odd within
	late    atomic.Bool   // the limit has been passed
}

func (t *turns) begin() {
	if t.watched {
		t.count.Add(1)
	}
}

func (t *turns) end() { t.begin() }

// watch ends the script when a macrotask takes too long, until what it returns is called.
func (t *turns) watch(rt *Runtime) (end func()) {
	limit := rt.cfg.MaxTurn
	if limit <= 0 {
		return func() {}
	}
	t.watched = true
	over := make(chan struct{})
	go func() {
		// A macrotask that is seen to run this often in a row has taken its time: what is asked of the clock is asked here, not in each of them.
		const looks = 8
		ticker := time.NewTicker(max(limit/looks, time.Millisecond))
		defer ticker.Stop()
		last, since := uint64(0), time.Now()
		for {
			select {
			case <-over:
				return
			case <-ticker.C:
			}
			switch now := t.count.Load(); {
			case now != last || now%2 == 0:
				last, since = now, time.Now()
			case time.Since(since) >= limit:
				t.late.Store(true)
				rt.loop.Post(rt.loop.Stop)
				rt.Interrupt()
				return
			}
		}
	}()
	return func() { close(over) }
}

// cut tells whether the script has gone beyond a limit.
func (rt *Runtime) cut() bool { return rt.Memory.full.Load() || rt.turns.late.Load() }
