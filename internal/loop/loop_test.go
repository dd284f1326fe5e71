package loop

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// journal is a loop and the list of what has happened on it.
type journal struct {
	*Loop
	t     *testing.T
	lines []string
}

// newTested makes the loops of the tests, which run for both kinds.
var newTested = New

func TestMain(m *testing.M) {
	status := m.Run()
	newTested = NewShared
	os.Exit(max(status, m.Run()))
}

// A loop that is kept for what may be posted waits for it; it does not turn.
func TestHeldLoopWaits(t *testing.T) {
	l := start(t)
	turns := 0
	l.OnIdle(func() { turns++ })
	l.Hold()
	go func() {
		time.Sleep(20 * time.Millisecond)
		l.Post(l.Stop)
	}()
	if err := l.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if turns == 0 || turns > 3 {
		t.Errorf("it waited %d times", turns)
	}
}

// No post, timer or readiness is lost, however they come together.
func TestWakesAreNotLost(t *testing.T) {
	l := start(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ours, theirs, errno := sys.SocketPair()
	if errno != 0 {
		t.Fatal(errno)
	}
	defer sys.Close(theirs)
	defer sys.Close(ours)
	l.Hold()
	const rounds = 2000
	posted, read, fired := 0, 0, 0
	answer := make(chan struct{})
	over := func() {
		if posted == rounds && read == rounds && fired >= rounds/20 {
			l.Stop()
		}
	}
	var io *IO
	io = l.NewIO(ours, func(sys.Events) {
		buf := make([]byte, 1)
		if n, _ := sys.Read(ours, buf); n == 1 {
			read++
			answer <- struct{}{}
		}
		over()
	})
	var timer *Timer
	timer = l.NewTimer(func() {
		if fired++; fired == rounds/40 { // half of the time without descriptors
			io.Set(sys.Readable)
		}
		timer.Start(1)
		over()
	})
	timer.Start(1)
	go func() {
		for range rounds {
			done := make(chan struct{})
			l.Post(func() { posted++; over(); close(done) })
			<-done
		}
	}()
	go func() {
		for range rounds {
			sys.Write(theirs, []byte{1})
			<-answer
		}
	}()
	if err := l.Run(ctx); err != nil {
		t.Fatalf("%d posted, %d read, %d fired: %v", posted, read, fired, err)
	}
	io.Close()
}

func start(t *testing.T) *journal {
	t.Helper()
	l, err := newTested()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Release)
	return &journal{Loop: l, t: t}
}

func (j *journal) log(line string) func() { return func() { j.lines = append(j.lines, line) } }

// expect runs the loop to its end, within bounds, and compares what has happened.
func (j *journal) expect(want string) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := j.Run(ctx); err != nil {
		j.t.Fatalf("the loop did not end: %v; so far %q", err, j.lines)
	}
	if got := strings.Join(j.lines, " "); got != want {
		j.t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func (j *journal) after(ms int64, f func()) *Timer {
	t := j.NewTimer(f)
	t.Start(ms)
	return t
}

func TestPhases(t *testing.T) {
	j := start(t)
	h := j.NewHandle("Test")
	j.after(0, func() {
		j.log("timer")()
		j.SetImmediate(j.log("immediate"))
		j.Post(j.log("posted"))
		j.Defer(j.log("pending"))
		h.Close(j.log("closed"))
	})
	j.expect("timer pending posted immediate closed")
}

func TestTimersByTimeThenBySequence(t *testing.T) {
	j := start(t)
	j.after(3, j.log("c"))
	j.after(1, j.log("a"))
	j.after(1, j.log("b"))
	stopped := j.after(2, j.log("never"))
	again := j.after(1, j.log("late"))
	again.Start(5)
	stopped.Stop()
	j.expect("a b c late")
}

func TestTimerStartedByATimerWaitsForTheNextIteration(t *testing.T) {
	j := start(t)
	n := 0
	var again *Timer
	again = j.NewTimer(func() {
		if n++; n < 3 {
			again.Start(0)
		}
		j.log("timer")()
	})
	again.Start(0)
	j.SetImmediate(j.log("immediate"))
	j.expect("timer immediate timer timer")
}

func TestImmediateQueuedByAnImmediateWaitsForTheNextIteration(t *testing.T) {
	j := start(t)
	j.SetImmediate(func() {
		j.log("first")()
		j.SetImmediate(j.log("third"))
		cleared := j.SetImmediate(j.log("never"))
		cleared.Clear()
	})
	j.SetImmediate(j.log("second"))
	j.expect("first second third")
}

func TestWhatIsUnreferencedDoesNotHoldTheLoop(t *testing.T) {
	j := start(t)
	j.after(60_000, j.log("never")).Unref()
	h := j.NewHandle("Test")
	h.Start()
	h.Unref()
	h.Unref()
	im := j.SetImmediate(j.log("never, too"))
	im.Unref()
	j.expect("")
	im.Clear()
	h.Ref()
	if !j.Alive() {
		t.Error("a started and referenced handle holds the loop")
	}
	h.Close(j.log("closed"))
	h.Close(j.log("closed again"))
	if h.HasRef() || h.Active() || !h.Closing() {
		t.Error("a handle that is being closed neither holds nor acts")
	}
	j.lines = nil
	j.expect("closed")
}

func TestCloseCallbacksLastClosedFirst(t *testing.T) {
	j := start(t)
	for _, name := range []string{"1", "2", "3"} {
		j.NewHandle(name).Close(j.log(name))
	}
	j.expect("3 2 1")
}

func TestHoldingNamesHandlesOldestFirst(t *testing.T) {
	j := start(t)
	var all []*Handle
	for _, kind := range []string{"A", "B", "C"} {
		h := j.NewHandle(kind)
		h.Start()
		all = append(all, h)
	}
	all[1].Unref()
	if got := j.Holding(); !slices.Equal(got, []string{"A", "C"}) {
		t.Errorf("got %q", got)
	}
	for _, h := range all {
		h.Close(nil)
	}
	j.expect("")
}

func TestNowStandsStillWithinACallback(t *testing.T) {
	j := start(t)
	j.after(0, func() {
		before := j.Now()
		time.Sleep(5 * time.Millisecond)
		if j.Now() != before {
			t.Error("the time moved")
		}
		if j.UpdateTime(); j.Now() < before+4 {
			t.Error("UpdateTime did not move it")
		}
	})
	j.expect("")
}

func TestStopEndsRunAndKeepsTheRest(t *testing.T) {
	j := start(t)
	j.SetImmediate(func() { j.log("one")(); j.Stop() })
	j.SetImmediate(j.log("two"))
	j.expect("one")
	j.expect("one two")
}

func TestRunEndsWithItsContext(t *testing.T) {
	j := start(t)
	j.after(60_000, j.log("never"))
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestReadiness(t *testing.T) {
	j := start(t)
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	unix.SetNonblock(pipe[0], true)
	h := j.NewHandle("Pipe")
	h.Start()
	var io *IO
	io = j.NewIO(pipe[0], func(ev sys.Events) {
		var b [8]byte
		n, _ := unix.Read(pipe[0], b[:])
		if n > 0 {
			j.log(string(b[:n]))()
			return
		}
		j.log("end")()
		io.Close()
		h.Close(nil)
		unix.Close(pipe[0])
	})
	if err := io.Set(sys.Readable); err != nil {
		t.Fatal(err)
	}
	j.after(1, func() { unix.Write(pipe[1], []byte("data")) })
	j.after(5, func() { unix.Close(pipe[1]) })
	j.expect("data end")
}

// Everything that may cross goroutines does so here at once: run with -race.
func TestHammer(t *testing.T) {
	j := start(t)
	const posters, posts, works = 8, 2000, 500
	ran, done := 0, 0
	h := j.NewHandle("Hammer")
	h.Start()
	finish := func() {
		if ran == posters*posts && done == works {
			h.Close(nil)
		}
	}
	var all sync.WaitGroup
	for range posters {
		all.Go(func() {
			for range posts {
				j.Post(func() { ran++; finish() })
			}
		})
	}
	for range works {
		j.Go(func() func() {
			j.Post(func() {})
			return func() { done++; finish() }
		})
	}
	j.expect("")
	all.Wait()
	if ran != posters*posts || done != works || j.Working() != 0 {
		t.Errorf("%d posts, %d works, %d left", ran, done, j.Working())
	}
}

func TestGoHoldsTheLoopUntilItsFunctionHasRun(t *testing.T) {
	j := start(t)
	j.Go(func() func() {
		time.Sleep(5 * time.Millisecond)
		return j.log("done")
	})
	j.Go(func() func() { return nil })
	j.expect("done")
}

// A million timers in a chain and at once must not cost more than n log n.
func BenchmarkTimers(b *testing.B) {
	l, err := newTested()
	if err != nil {
		b.Fatal(err)
	}
	defer l.Release()
	b.ReportAllocs()
	for b.Loop() {
		for i := range 1000 {
			l.NewTimer(func() {}).Start(int64(i % 7))
		}
		l.now += 10
		l.runTimers()
	}
}
