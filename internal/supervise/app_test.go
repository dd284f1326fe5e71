package supervise

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// world plays the system: it starts and ends what an App asks for, by a clock of its own.
type world struct {
	t        *testing.T
	app      *App
	now      time.Duration
	pids     int
	log      []string
	startup  func(w *Worker) // what becomes of a worker that was started
	deaf     bool            // workers do not drain
	stubborn bool            // nor heed SIGTERM
	max      int             // the most that ran at a time
	least    int             // the fewest that served since it was set
}

func start(t *testing.T, change func(p *Policy)) *world {
	p := Defaults()
	p.Workers = 2
	if change != nil {
		change(&p)
	}
	s := &world{t: t, app: NewApp("a", p, new(int))}
	s.startup = func(w *Worker) { s.app.Listening(w, s.now) }
	s.app.Tick(0)
	s.settle()
	return s
}

func (s *world) settle() {
	for {
		actions, events := s.app.Take()
		for _, e := range events {
			s.log = append(s.log, strings.TrimSpace(fmt.Sprint(e.What, " ", e.Worker)))
		}
		if len(actions) == 0 {
			return
		}
		for _, a := range actions {
			switch a.Deed {
			case Start:
				s.pids++
				s.app.Started(a.Worker, s.pids, s.now)
				if s.startup != nil {
					s.startup(a.Worker)
				}
			case Drain:
				if !s.deaf {
					s.app.Exited(a.Worker, Exit{}, s.now)
				}
			case Terminate:
				if !s.stubborn {
					s.app.Exited(a.Worker, Exit{Signal: "SIGTERM"}, s.now)
				}
			case Kill:
				s.app.Exited(a.Worker, Exit{Signal: "SIGKILL"}, s.now)
			}
			s.max = max(s.max, len(s.app.Workers()))
			s.least = min(s.least, s.ready())
		}
	}
}

func (s *world) ready() (n int) {
	for _, w := range s.app.Workers() {
		if w.State == Ready {
			n++
		}
	}
	return
}

// advance lets time pass, with a Tick whenever one is due.
func (s *world) advance(d time.Duration) {
	end := s.now + d
	for turns := 0; ; turns++ {
		next := s.app.Next()
		if next == 0 || next > end {
			break
		}
		if turns > 10000 {
			s.t.Fatal("it spins")
		}
		s.now = max(s.now, next)
		s.app.Tick(s.now)
		s.settle()
	}
	s.now = end
	s.app.Tick(s.now)
	s.settle()
}

func (s *world) want(log string) {
	s.t.Helper()
	if got := strings.Join(s.log, ", "); got != log {
		s.t.Errorf("got  %s\nwant %s", got, log)
	}
	s.log = nil
}

func TestStartAndStop(t *testing.T) {
	s := start(t, nil)
	s.want("start 1, ready 1, start 2, ready 2")
	if !s.app.IsReady() || s.app.Idle() {
		t.Error("it is not ready")
	}
	s.app.Stop(s.now)
	s.settle()
	s.want("exit 1, exit 2")
	if !s.app.Idle() {
		t.Error("something is left")
	}
}

func TestReload(t *testing.T) {
	s := start(t, nil)
	s.log, s.max, s.least = nil, 0, 9
	s.app.Reload(s.now)
	s.settle()
	s.want("reload 0, start 3, ready 3, exit 1, start 4, ready 4, reloaded 0, exit 2")
	if s.least < 2 || s.max > 4 {
		t.Errorf("between %d serving and %d running", s.least, s.max)
	}
}

func TestReloadDuringReload(t *testing.T) {
	s := start(t, nil)
	s.startup = nil
	s.app.Reload(s.now)
	s.settle()
	s.app.Reload(s.now)
	s.app.Reload(s.now)
	s.log = nil
	s.startup = func(w *Worker) { s.app.Listening(w, s.now) }
	s.app.Listening(s.app.Find(3), s.now)
	s.settle()
	s.want("ready 3, exit 1, start 4, ready 4, reloaded 0, reload 0, exit 2, start 5, ready 5, exit 3, start 6, ready 6, reloaded 0, exit 4")
}

func TestReloadOfWhatDoesNotStart(t *testing.T) {
	s := start(t, nil)
	s.log = nil
	s.startup = func(w *Worker) {
		s.app.Drained(w, s.now) // its channel closes first
		s.app.Exited(w, Exit{Code: 1}, s.now)
	}
	s.app.Reload(s.now)
	s.settle()
	s.want("reload 0, start 3, exit 3, reload failed 0")
	if s.ready() != 2 || !strings.Contains(s.app.Failure, "status 1") {
		t.Error(s.ready(), s.app.Failure)
	}
	// Nor within its time.
	s.startup = nil
	s.app.Reload(s.now)
	s.settle()
	s.advance(time.Minute)
	s.want("reload 0, start 4, reload failed 0, exit 4")
	if s.ready() != 2 || s.app.Reloading() {
		t.Error(s.ready())
	}
}

func TestCrashLoop(t *testing.T) {
	s := start(t, func(p *Policy) { p.Workers = 1 })
	s.log, s.pids = nil, 0
	s.startup = func(w *Worker) { s.app.Exited(w, Exit{Code: 1}, s.now) }
	s.app.Exited(s.app.Workers()[0], Exit{Code: 1}, s.now)
	s.settle()
	s.advance(time.Hour)
	if s.pids > 250 || s.pids < 200 {
		t.Error(s.pids, "starts in an hour")
	}
	if n := strings.Count(strings.Join(s.log, ","), "crash loop"); n != 1 {
		t.Error(n, "reports")
	}
	// What runs for long is no crash loop.
	s.startup = func(w *Worker) { s.app.Listening(w, s.now) }
	s.advance(time.Minute)
	s.log = nil
	s.app.Exited(s.app.Workers()[0], Exit{Signal: "SIGSEGV"}, s.now)
	s.settle()
	if got := strings.Join(s.log, ", "); !strings.HasPrefix(got, "exit ") || s.ready() != 1 {
		t.Error(got)
	}
}

func TestGivesUp(t *testing.T) {
	s := start(t, func(p *Policy) { p.Workers, p.MaxRestarts = 1, 3 })
	s.startup = func(w *Worker) { s.app.Exited(w, Exit{Code: 1}, s.now) }
	s.app.Exited(s.app.Workers()[0], Exit{Code: 1}, s.now)
	s.settle()
	s.advance(time.Hour)
	if !s.app.GivenUp() || !s.app.Idle() || s.pids != 4 {
		t.Error(s.pids, s.log)
	}
}

// A program that fails once its reload has begun to replace workers ends the reload: nobody waits for it for ever.
func TestGivesUpDuringReload(t *testing.T) {
	s := start(t, func(p *Policy) { p.MaxRestarts = 2 })
	s.advance(time.Minute)
	s.log = nil
	s.startup = func(w *Worker) {
		s.app.Listening(w, s.now)
		s.app.Exited(w, Exit{Code: 3}, s.now)
	}
	s.app.Reload(s.now)
	s.settle()
	s.advance(time.Minute)
	s.want("reload 0, start 3, ready 3, exit 3, exit 1, start 4, ready 4, exit 4, start 5, ready 5, exit 5, given up 0")
	if s.app.Reloading() || !s.app.GivenUp() || s.ready() != 1 || s.app.Failure != "status 3" {
		t.Error(s.app.Reloading(), s.ready(), s.app.Failure)
	}
	s.startup = func(w *Worker) { s.app.Listening(w, s.now) }
	s.app.Reload(s.now)
	s.settle()
	if s.app.Reloading() || s.app.GivenUp() || !s.app.IsReady() || s.app.Failure != "" {
		t.Error("the next reload", s.log)
	}
}

// Workers that are not to be replaced when they end are missed by nobody; a reload starts all anew.
func TestNoRestart(t *testing.T) {
	s := start(t, func(p *Policy) { p.NoRestart = true })
	s.app.Exited(s.app.Workers()[0], Exit{}, s.now)
	s.advance(time.Minute)
	s.want("start 1, ready 1, start 2, ready 2, exit 1")
	if s.app.Idle() || !s.app.IsReady() {
		t.Error("one serves on")
	}
	s.app.Reload(s.now)
	s.settle()
	s.want("reload 0, start 3, ready 3, start 4, ready 4, reloaded 0, exit 2")
	if s.app.Reloading() || s.ready() != 2 {
		t.Error(s.app.Reloading(), s.ready())
	}
	for _, w := range s.app.Workers() {
		s.app.Exited(w, Exit{}, s.now)
	}
	s.advance(time.Minute)
	s.want("exit 3, exit 4")
	if !s.app.Idle() {
		t.Error("something is to come")
	}
}

// The end of a worker is told with its reason, and how it came if that was not by itself.
func TestExitIsExplained(t *testing.T) {
	s := start(t, nil)
	ends := func() (details []string) {
		_, events := s.app.Take()
		for _, e := range events {
			if e.What == "exit" {
				details = append(details, e.Detail)
			}
		}
		return
	}
	s.app.Scale(1, s.now)
	s.app.Exited(s.app.Find(2), Exit{}, s.now)
	s.app.Exited(s.app.Find(1), Exit{Code: 7}, s.now)
	s.app.Stop(s.now)
	s.app.Exited(s.app.Find(3), Exit{Signal: "SIGTERM"}, s.now)
	if got := strings.Join(ends(), "; "); got != "there are too many; status 7; the app ends, with signal SIGTERM" {
		t.Error(got)
	}
}

func TestStuckWorker(t *testing.T) {
	s := start(t, nil)
	w := s.app.Workers()[0]
	for _, w := range s.app.Workers() {
		s.app.Beat(w, Usage{}, s.now)
	}
	other := s.app.Workers()[1]
	for range 40 {
		s.advance(time.Second)
		if other.State == Ready {
			s.app.Beat(other, Usage{}, s.now)
		}
		for _, w := range s.app.Workers()[1:] {
			s.app.Beat(w, Usage{}, s.now)
		}
	}
	if w.State != Gone || other.State != Ready || s.ready() != 2 || s.app.Restarts != 1 {
		t.Error(w.State, other.State, s.ready(), s.app.Restarts)
	}
}

func TestLimits(t *testing.T) {
	s := start(t, func(p *Policy) { p.MaxMemory, p.MaxRequests, p.MaxAge = 100<<20, 1000, time.Hour })
	s.log, s.least = nil, 9
	s.app.Workers()[0].Usage.Memory = 101 << 20
	s.advance(0)
	s.want("replace 1, start 3, ready 3, exit 1")
	s.app.Beat(s.app.Workers()[0], Usage{Requests: 1000}, s.now)
	s.advance(0)
	s.want("replace 2, start 4, ready 4, exit 2")
	s.app.Policy.Heartbeat = 0
	s.advance(time.Hour)
	s.want("replace 3, replace 4, start 5, ready 5, exit 3, start 6, ready 6, exit 4")
	if s.least < 2 || s.app.Restarts != 0 {
		t.Error(s.least, s.app.Restarts)
	}
}

func TestStubbornWorkers(t *testing.T) {
	s := start(t, nil)
	s.deaf, s.log = true, nil
	s.app.Reload(s.now)
	s.settle()
	if s.ready() != 2 || len(s.app.Workers()) != 4 {
		t.Error(s.ready(), len(s.app.Workers()))
	}
	s.advance(11 * time.Second)
	if len(s.app.Workers()) != 2 {
		t.Error("SIGTERM", len(s.app.Workers()))
	}
	s.stubborn = true
	s.app.Stop(s.now)
	s.settle()
	s.advance(14 * time.Second)
	if len(s.app.Workers()) != 2 {
		t.Error("too early")
	}
	s.advance(2 * time.Second)
	if !s.app.Idle() {
		t.Error("SIGKILL", len(s.app.Workers()))
	}
}

func TestScale(t *testing.T) {
	s := start(t, nil)
	s.log = nil
	s.app.Scale(4, s.now)
	s.settle()
	s.want("start 3, ready 3, start 4, ready 4")
	s.app.Scale(1, s.now)
	s.settle()
	s.want("exit 4, exit 3, exit 2")
}

func TestProgramsThatDoNotListen(t *testing.T) {
	s := start(t, func(p *Policy) { p.UpAfter = 3 * time.Second })
	s.app = NewApp("b", s.app.Policy, new(int))
	s.startup, s.log = nil, nil
	s.app.Tick(s.now)
	s.settle()
	s.want("start 1, start 2")
	s.advance(3 * time.Second)
	s.want("ready 1, ready 2")
}

// Long lives leave nothing behind.
func TestManyRestarts(t *testing.T) {
	s := start(t, nil)
	for range 100_000 {
		s.now += 2 * time.Second
		s.app.Exited(s.app.Workers()[0], Exit{Code: 1}, s.now)
		s.settle()
		s.log = s.log[:0]
	}
	if len(s.app.Workers()) != 2 || cap(s.app.workers) > 16 || s.app.Restarts != 100_000 {
		t.Error(len(s.app.Workers()), cap(s.app.workers), s.app.Restarts)
	}
}

// After a sleep of the machine nobody is late.
func TestClockSleeps(t *testing.T) {
	var c Clock
	for _, at := range [][2]time.Duration{{time.Second, time.Second}, {2 * time.Second, 2 * time.Second}, {time.Hour, 2 * time.Second},
		{time.Hour + time.Second, 3 * time.Second}, {time.Minute, 3 * time.Second}, {time.Hour + 4*time.Second, 6 * time.Second}} {
		if now := c.At(at[0]); now != at[1] {
			t.Errorf("at %v it is %v, not %v", at[0], now, at[1])
		}
	}
	s := start(t, func(p *Policy) { p.Heartbeat = 30 * time.Second })
	var clock Clock
	awake := func(at time.Duration) { s.app.Tick(clock.At(at)) }
	for at := time.Duration(0); at < 20*time.Second; at += time.Second {
		awake(at)
		for _, w := range s.app.Workers() {
			s.app.Beat(w, Usage{}, clock.At(at))
		}
	}
	s.log = nil
	for at := 10 * time.Minute; at < 10*time.Minute+25*time.Second; at += time.Second {
		awake(at)
	}
	if s.want(""); s.ready() != 2 {
		t.Error(s.ready(), "serve")
	}
}

// An app is given up once, although others of its workers end afterwards.
func TestGivenUpOnce(t *testing.T) {
	ids, told := 0, 0
	p := Defaults()
	p.Workers, p.MaxRestarts, p.Backoff = 3, 2, 0
	a := NewApp("a", p, &ids)
	now := time.Second
	a.Tick(now)
	workers := slices.Clone(a.Workers())
	for _, w := range workers {
		a.Started(w, 1, now)
	}
	for i := 0; len(a.Workers()) > 0 && i < 20; i++ {
		for _, w := range slices.Clone(a.Workers()) {
			a.Exited(w, Exit{Code: 1}, now)
		}
		_, events := a.Take()
		for _, e := range events {
			if e.What == "given up" {
				told++
			}
		}
	}
	if !a.GivenUp() || told != 1 {
		t.Errorf("given up %v, told %d times", a.GivenUp(), told)
	}
}
