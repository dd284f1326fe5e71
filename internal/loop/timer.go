package loop

import "container/heap"

// Timer calls back once its time has come. Timers that are due at the same millisecond fire in the order in which
// they were started. Loop goroutine only.
type Timer struct {
	loop  *Loop
	call  func()
	when  int64
	seq   uint64
	index int // in the heap; -1 when not running
	unref bool
}

// NewTimer makes a stopped, referenced timer.
func (l *Loop) NewTimer(call func()) *Timer { return &Timer{loop: l, call: call, index: -1} }

// Start sets the timer to fire afterMs milliseconds from the loop's Now, also when it is running already.
func (t *Timer) Start(afterMs int64) {
	l := t.loop
	l.timerSeq++
	t.when, t.seq = l.now+max(afterMs, 0), l.timerSeq
	if t.index >= 0 {
		heap.Fix(&l.timers, t.index)
		return
	}
	heap.Push(&l.timers, t)
	if !t.unref {
		l.active++
	}
}

// Stop makes a running timer not fire.
func (t *Timer) Stop() {
	if t.index < 0 {
		return
	}
	heap.Remove(&t.loop.timers, t.index)
	if !t.unref {
		t.loop.active--
	}
}

// Active tells whether the timer is set to fire.
func (t *Timer) Active() bool { return t.index >= 0 }

// Ref lets the timer hold the loop open while it runs. It is the initial state.
func (t *Timer) Ref() {
	if t.unref {
		t.unref = false
		if t.index >= 0 {
			t.loop.active++
		}
	}
}

// Unref lets the loop end although the timer runs.
func (t *Timer) Unref() {
	if !t.unref {
		t.unref = true
		if t.index >= 0 {
			t.loop.active--
		}
	}
}

// HasRef tells whether the timer is referenced.
func (t *Timer) HasRef() bool { return !t.unref }

// runTimers runs what is due. A timer that is started meanwhile waits for the next iteration, so that others get their turn.
func (l *Loop) runTimers() {
	last := l.timerSeq
	for len(l.timers) > 0 && l.timers[0].when <= l.now && l.timers[0].seq <= last && !l.stop {
		t := l.timers[0]
		t.Stop()
		t.call()
	}
}

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].when < h[j].when || h[i].when == h[j].when && h[i].seq < h[j].seq
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}

// Immediate is a callback of the phase after poll. Loop goroutine only.
type Immediate struct {
	loop   *Loop
	call   func()
	queued bool
	unref  bool
}

// SetImmediate queues call for the immediates phase of this iteration, or of the next one when called in that phase.
func (l *Loop) SetImmediate(call func()) *Immediate {
	im := &Immediate{loop: l, call: call, queued: true}
	l.immediates = append(l.immediates, im)
	l.active++
	return im
}

// SetImmediateFirst is SetImmediate before all that are queued.
func (l *Loop) SetImmediateFirst(call func()) *Immediate {
	im := l.SetImmediate(call)
	n := len(l.immediates) - 1
	copy(l.immediates[1:], l.immediates[:n])
	l.immediates[0] = im
	return im
}

// Clear makes a queued immediate not run.
func (im *Immediate) Clear() {
	if im.queued {
		im.queued = false
		if !im.unref {
			im.loop.active--
		}
	}
}

// Ref lets the immediate hold the loop open. It is the initial state.
func (im *Immediate) Ref() {
	if im.unref {
		im.unref = false
		if im.queued {
			im.loop.active++
		}
	}
}

// Unref lets the loop end although the immediate is queued.
func (im *Immediate) Unref() {
	if !im.unref {
		im.unref = true
		if im.queued {
			im.loop.active--
		}
	}
}

// HasRef tells whether the immediate is referenced.
func (im *Immediate) HasRef() bool { return !im.unref }

func (l *Loop) refImmediates() bool {
	for _, im := range l.immediates {
		if im.queued && !im.unref {
			return true
		}
	}
	return false
}

// Immediates is how many queued immediates hold the loop open.
func (l *Loop) Immediates() int {
	n := 0
	for _, im := range l.immediates {
		if im.queued && !im.unref {
			n++
		}
	}
	return n
}

func (l *Loop) runImmediates() {
	batch := l.immediates
	l.immediates = nil
	for i, im := range batch {
		if l.stop {
			l.immediates = append(batch[i:len(batch):len(batch)], l.immediates...)
			return
		}
		if im.queued {
			im.Clear()
			im.call()
		}
	}
}
