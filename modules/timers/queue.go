package timers

import (
	"container/heap"
	"math"

	"github.com/dop251/goja"

	"gonode/internal/loop"
)

// timeout is the Go half of a Timeout.
type timeout struct {
	object *goja.Object
	call   goja.Value // _onTimeout; nil once cleared
	args   []goja.Value
	idle   float64 // _idleTimeout
	repeat float64 // _repeat; 0 is none
	start  int64   // _idleStart
	async  any
	id     int64

	refed, destroyed, hasPrimitive bool

	list       *list
	prev, next *timeout
}

// list holds the timers of one duration in the order of their start, and so of their end.
type list struct {
	msecs      int64
	expiry     int64
	seq        uint64
	index      int // in the queue
	head, tail *timeout
}

func (l *list) append(t *timeout) {
	t.list, t.prev, t.next = l, l.tail, nil
	if l.tail != nil {
		l.tail.next = t
	} else {
		l.head = t
	}
	l.tail = t
}

func (t *timeout) unlink() {
	l := t.list
	if l == nil {
		return
	}
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		l.head = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		l.tail = t.prev
	}
	t.list, t.prev, t.next = nil, nil, nil
}

// queue is all timers of a runtime: a list for each duration, the lists in a heap by their next expiry, and one timer
// of the event loop behind them. All expired timers of a list run before those of the next list, as in Node.
type queue struct {
	loop  *loop.Loop
	timer *loop.Timer
	next  int64 // when the loop's timer fires
	refs  int   // referenced timers
	set   int   // timers
	lists lists
	by    map[int64]*list
	seq   uint64
}

func newQueue(l *loop.Loop, fire func()) *queue {
	q := &queue{loop: l, next: math.MaxInt64, by: map[int64]*list{}}
	q.timer = l.NewTimer(fire)
	q.timer.Unref()
	return q
}

// now is the time at this moment, not that of the loop's iteration.
func (q *queue) now() int64 {
	q.loop.UpdateTime()
	return q.loop.Now()
}

func (q *queue) ref() {
	if q.refs++; q.refs == 1 {
		q.timer.Ref()
	}
}

func (q *queue) unref() {
	if q.refs--; q.refs == 0 {
		q.timer.Unref()
	}
}

func (q *queue) insert(t *timeout, msecs float64, start int64) {
	if t.list == nil {
		q.set++
	}
	t.unlink()
	t.start = start
	n := int64(msecs)
	l := q.by[n]
	if l == nil {
		q.seq++
		l = &list{msecs: n, expiry: start + n, seq: q.seq}
		q.by[n] = l
		heap.Push(&q.lists, l)
		if l.expiry < q.next {
			q.schedule(l.expiry)
		}
	}
	l.append(t)
}

func (q *queue) schedule(expiry int64) {
	q.next = expiry
	q.timer.Start(max(expiry-q.loop.Now(), 1))
}

// remove takes t out; a list that was emptied goes too, so that a cleared timer does not wake the loop for nothing.
func (q *queue) remove(t *timeout) {
	l := t.list
	if l != nil {
		q.set--
	}
	t.unlink()
	if l != nil && l.head == nil && q.by[l.msecs] == l {
		q.drop(l)
	}
}

func (q *queue) drop(l *list) {
	heap.Remove(&q.lists, l.index)
	delete(q.by, l.msecs)
}

// run calls fire for each timer that has expired; stop says that the script has ended.
func (q *queue) run(fire func(*timeout), stop func() bool) {
	now := q.now()
	q.next = math.MaxInt64
	for len(q.lists) > 0 {
		l := q.lists[0]
		if l.expiry > now {
			q.loop.UpdateTime()
			q.schedule(l.expiry)
			return
		}
		for t := l.head; t != nil; t = l.head {
			if stop() {
				return
			}
			if now-t.start < l.msecs {
				l.expiry = max(t.start+l.msecs, now+1)
				q.seq++
				l.seq = q.seq
				heap.Fix(&q.lists, l.index)
				break
			}
			q.set--
			t.unlink()
			fire(t)
		}
		if l.head == nil && q.by[l.msecs] == l {
			q.drop(l)
		}
	}
}

type lists []*list

func (h lists) Len() int { return len(h) }
func (h lists) Less(i, j int) bool {
	return h[i].expiry < h[j].expiry || h[i].expiry == h[j].expiry && h[i].seq < h[j].seq
}
func (h lists) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *lists) Push(x any) {
	l := x.(*list)
	l.index = len(*h)
	*h = append(*h, l)
}
func (h *lists) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return l
}
