// Package supervise decides what becomes of the processes of a program: when to start one, when it is ready, when it has to be
// replaced, and how it ends. It starts none itself: it is told what happens and when, and answers with what to do, so that all of it
// is tested without a process and without waiting. Not safe for concurrent use.
package supervise

import (
	"fmt"
	"time"
)

// Policy says how an app's workers are to be kept.
type Policy struct {
	Workers     int           // how many
	ReadyWhen   string        // "listening", "message" (process.send('ready')) or "" for the first of them, or having run for UpAfter if none ever listens
	UpAfter     time.Duration // see ReadyWhen
	ReadyWithin time.Duration // a worker that is not ready by then is replaced; 0 for no limit
	DrainWithin time.Duration // a worker that is to end gets SIGTERM when it has not ended by then, and
	StopWithin  time.Duration // SIGKILL that much later
	Heartbeat   time.Duration // a worker that was not heard of for so long is stuck; 0 for no limit
	MaxMemory   int64         // bytes; a worker that has more is replaced; 0 for no limit
	MaxAge      time.Duration // likewise
	MaxRequests int64         // likewise
	MinUptime   time.Duration // a worker that ends earlier has failed
	Backoff     time.Duration // before the second failure in a row is replaced; doubles with each
	MaxBackoff  time.Duration
	MaxRestarts int  // failures in a row after which the app is given up; 0 for no limit
	NoRestart   bool // workers that end are not replaced
	Surge       int  // how many new workers a reload starts at a time; at least 1
}

// Defaults are the limits of a policy that says nothing.
func Defaults() Policy {
	return Policy{Workers: 1, UpAfter: 3 * time.Second, ReadyWithin: 30 * time.Second, DrainWithin: 10 * time.Second, StopWithin: 5 * time.Second,
		Heartbeat: 30 * time.Second, MinUptime: time.Second, Backoff: 100 * time.Millisecond, MaxBackoff: 15 * time.Second, Surge: 1}
}

// Deed is something to be done with a worker.
type Deed uint8

// What an App asks for.
const (
	Start     Deed = iota // start a process for the worker
	Drain                 // have it answer what it has and end
	Terminate             // SIGTERM
	Kill                  // SIGKILL
)

// Action is a deed and the worker it is for.
type Action struct {
	Deed   Deed
	Worker *Worker
}

// Event is something that an operator may want to know.
type Event struct {
	App    string `json:"app"`
	What   string `json:"event"` // "start", "ready", "exit", "replace", "reload", "reloaded", "reload failed", "crash loop", "given up"
	Worker int    `json:"worker,omitempty"`
	PID    int    `json:"pid,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// App is a program and its workers.
type App struct {
	Name     string
	Policy   Policy
	Restarts int    // workers that ended by themselves and were replaced
	Failure  string // why the last worker ended or the last reload failed; "" if all is well

	workers    []*Worker // without those that are gone
	ids        *int      // shared by the apps of a supervisor
	generation int
	good       int // the generation that is gone back to when a reload fails
	failures   int // in a row
	startAfter time.Duration
	done       int // workers that ended and, by the policy, are not replaced
	reloading  bool
	again      bool // a reload was asked for meanwhile
	stopping   bool
	givenUp    bool
	listened   bool // a worker has listened once
	actions    []Action
	events     []Event
}

// NewApp makes an app without workers; the first Tick starts them. ids counts the workers of all apps.
func NewApp(name string, p Policy, ids *int) *App {
	return &App{Name: name, Policy: p, ids: ids, generation: 1, good: 1}
}

// Workers are those that have not ended, the oldest first.
func (a *App) Workers() []*Worker { return a.workers }

// Generation counts the reloads, from 1.
func (a *App) Generation() int { return a.generation }

// GivenUp tells whether the app has failed too often.
func (a *App) GivenUp() bool { return a.givenUp }

// Idle tells whether no worker runs or is going to.
func (a *App) Idle() bool {
	return len(a.workers) == 0 && (a.stopping || a.givenUp || a.wanted() == 0)
}

// wanted is how many workers there should be.
func (a *App) wanted() int { return max(a.Policy.Workers-a.done, 0) }

// IsReady tells whether as many workers serve as there should.
func (a *App) IsReady() bool {
	n := 0
	for _, w := range a.workers {
		if w.State == Ready {
			n++
		}
	}
	return n >= a.wanted() && n > 0
}

// Reloading tells whether workers are being replaced.
func (a *App) Reloading() bool { return a.reloading }

// Take gives what is to be done, and what happened, since the last call.
func (a *App) Take() ([]Action, []Event) {
	actions, events := a.actions, a.events
	a.actions, a.events = nil, nil
	return actions, events
}

func (a *App) do(d Deed, w *Worker) { a.actions = append(a.actions, Action{d, w}) }

func (a *App) note(what string, w *Worker, format string, args ...any) {
	e := Event{App: a.Name, What: what, Detail: fmt.Sprintf(format, args...)}
	if w != nil {
		e.Worker, e.PID = w.ID, w.PID
	}
	a.events = append(a.events, e)
}

// Find is the worker of that id, nil if it is gone.
func (a *App) Find(id int) *Worker {
	for _, w := range a.workers {
		if w.ID == id {
			return w
		}
	}
	return nil
}

// Started says that a worker's process runs.
func (a *App) Started(w *Worker, pid int, now time.Duration) {
	w.PID, w.started, w.beat = pid, now, now
	a.note("start", w, "")
}

// Listening says that a worker listens.
func (a *App) Listening(w *Worker, now time.Duration) {
	a.listened = true
	if a.Policy.ReadyWhen != "message" {
		a.serves(w, now)
	}
}

// SaysReady says that a worker has sent 'ready'.
func (a *App) SaysReady(w *Worker, now time.Duration) {
	if a.Policy.ReadyWhen != "listening" {
		a.serves(w, now)
	}
}

func (a *App) serves(w *Worker, now time.Duration) {
	if w.State == Starting {
		w.State, w.deadline = Ready, 0
		a.note("ready", w, "after %v", (now - w.started).Round(time.Millisecond))
		a.Tick(now)
	}
}

// Beat takes what a worker tells of itself; it shows that it is not stuck.
func (a *App) Beat(w *Worker, u Usage, now time.Duration) {
	u.Memory, u.CPU = w.Usage.Memory, w.Usage.CPU
	w.Usage, w.beat, w.beats = u, now, true
}

// Reload replaces all workers, one after the other: each by one that is ready before the old one drains. One during another follows it.
func (a *App) Reload(now time.Duration) {
	if a.reloading {
		a.again = true
		return
	}
	a.generation++
	a.reloading, a.givenUp, a.failures, a.startAfter, a.done = true, false, 0, 0, 0
	a.note("reload", nil, "generation %d", a.generation)
	a.Tick(now)
}

// Scale changes how many workers there are.
func (a *App) Scale(n int, now time.Duration) {
	a.Policy.Workers = n
	a.Tick(now)
}

// replace has a worker replaced by another, before it ends if it is not killed.
func (a *App) replace(w *Worker, format string, args ...any) {
	w.Why = fmt.Sprintf(format, args...)
	a.note("replace", w, "%s", w.Why)
}

// Stop ends all workers, gracefully.
func (a *App) Stop(now time.Duration) {
	a.stopping = true
	a.Tick(now)
}

// KillAll ends all workers at once.
func (a *App) KillAll() {
	a.stopping = true
	for _, w := range a.workers {
		a.kill(w)
	}
}

// drain has a worker end that is not to be replaced, or has been; why is told of it if nothing was before.
func (a *App) drain(w *Worker, why string, now time.Duration) {
	if w.live() {
		w.replaced = true
		if w.Why == "" {
			w.Why = why
		}
		w.State, w.deadline = Draining, now+a.Policy.DrainWithin
		a.do(Drain, w)
	}
}

func (a *App) kill(w *Worker) {
	w.State, w.deadline = Killed, 0
	a.do(Kill, w)
}

// Exited says that a worker's process has ended. One that could not be started exits, too.
func (a *App) Exited(w *Worker, e Exit, now time.Duration) {
	before := w.State
	w.State = Gone
	for i, other := range a.workers {
		if other == w {
			a.workers = append(a.workers[:i:i], a.workers[i+1:]...)
		}
	}
	why := w.Why
	switch {
	case why == "":
		why = e.String()
	case e != Exit{}:
		why += ", with " + e.String()
	}
	a.note("exit", w, "%s", why)
	expected := before >= Draining && w.replaced
	switch {
	case a.stopping || expected:
	case a.reloading && w.Generation == a.generation && before == Starting && !a.proven():
		a.failReload(fmt.Sprintf("the new worker ended before it was ready, with %s", e), now)
	default:
		a.Restarts++
		if a.Policy.NoRestart && w.Generation == a.generation {
			a.done++
		}
		a.failed(why, now-w.started, now)
	}
	a.Tick(now)
}

// failed counts a worker that ended by itself and says when the next may start.
func (a *App) failed(why string, uptime, now time.Duration) {
	a.Failure = why
	if uptime >= a.Policy.MinUptime {
		a.failures, a.startAfter = 0, 0
		return
	}
	if a.failures++; a.failures < 2 {
		return
	}
	wait := a.Policy.MaxBackoff
	if n := a.failures - 2; n < 20 {
		wait = min(wait, a.Policy.Backoff<<n)
	}
	a.startAfter = now + wait
	switch {
	case a.givenUp: // said
	case a.Policy.MaxRestarts > 0 && a.failures > a.Policy.MaxRestarts:
		a.givenUp = true
		a.reloading, a.again = false, false
		a.note("given up", nil, "%d workers in a row ended within %v: %s", a.failures, a.Policy.MinUptime, why)
	case a.failures == crashLoop:
		a.note("crash loop", nil, "%d workers in a row ended within %v: %s; the next starts in %v", a.failures, a.Policy.MinUptime, why, wait)
	}
}

// crashLoop is how many failures in a row are reported as one.
const crashLoop = 5

// proven tells whether a worker of the present generation serves: its program does start.
func (a *App) proven() bool {
	for _, w := range a.workers {
		if w.Generation == a.generation && w.State == Ready {
			return true
		}
	}
	return false
}

// failReload goes back to the generation that served before.
func (a *App) failReload(why string, now time.Duration) {
	a.Failure = why
	a.note("reload failed", nil, "%s", why)
	failed := a.generation
	a.reloading, a.again = false, false
	a.generation = a.good
	for _, w := range a.workers {
		if w.Generation == failed {
			w.replaced = true
			a.drain(w, "its reload failed", now)
		}
	}
}

// Tick does what is due. It is to be called when Next says so, and does no harm at other times.
func (a *App) Tick(now time.Duration) {
	a.checkLimits(now)
	if a.stopping {
		for _, w := range a.workers {
			a.drain(w, "the app ends", now)
		}
		return
	}
	current, spare := a.count()
	// Workers that nobody needs end: there are too many, or their successors serve.
	for _, w := range a.workers {
		switch {
		case !w.live() || w.Generation == a.generation && w.Why == "":
		case spare > 0:
			if w.State == Ready {
				spare--
			}
			a.drain(w, "its successor serves", now)
		}
	}
	for i := len(a.workers) - 1; i >= 0 && current > a.wanted(); i-- {
		if w := a.workers[i]; w.live() && w.Generation == a.generation && w.Why == "" {
			a.drain(w, "there are too many", now)
			current--
		}
	}
	a.endReload(now)
	a.start(current, now)
}

// count gives the workers that are to stay, and how many ready ones there are beyond what is wanted.
func (a *App) count() (current, spare int) {
	ready := 0
	for _, w := range a.workers {
		if w.live() && w.Generation == a.generation && w.Why == "" {
			current++
		}
		if w.State == Ready {
			ready++
		}
	}
	return current, ready - a.wanted()
}

func (a *App) endReload(now time.Duration) {
	if !a.reloading {
		return
	}
	ready := 0
	for _, w := range a.workers {
		switch {
		case w.Generation == a.generation && w.State == Ready:
			ready++
		case w.live():
			return // an old one, or one that is not ready
		}
	}
	if ready < a.wanted() {
		return
	}
	a.reloading, a.good, a.Failure = false, a.generation, ""
	a.note("reloaded", nil, "generation %d", a.generation)
	if a.again {
		a.again = false
		a.Reload(now)
	}
}

// start starts as many workers as are missing; during a reload, and for those that are to be replaced, a few at a time.
func (a *App) start(current int, now time.Duration) {
	if a.givenUp || now < a.startAfter {
		return
	}
	a.startAfter = 0
	starting, live := 0, 0
	for _, w := range a.workers {
		if w.State == Starting && w.Generation == a.generation && w.Why == "" {
			starting++
		}
		if w.live() {
			live++
		}
	}
	for ; current < a.wanted(); current++ {
		if live >= a.wanted() && starting >= max(a.Policy.Surge, 1) {
			return
		}
		*a.ids++
		w := &Worker{ID: *a.ids, Instance: a.freeInstance(), Generation: a.generation, started: now, beat: now}
		if a.Policy.ReadyWithin > 0 {
			w.deadline = now + a.Policy.ReadyWithin
		}
		a.workers = append(a.workers, w)
		starting, live = starting+1, live+1
		a.do(Start, w)
	}
}

// freeInstance is the lowest number that no worker of the present generation has.
func (a *App) freeInstance() int {
	for n := 0; ; n++ {
		used := false
		for _, w := range a.workers {
			used = used || w.Instance == n && w.Generation == a.generation && w.Why == "" && w.live()
		}
		if !used {
			return n
		}
	}
}

// checkLimits looks for workers that take too long, too much, or give no sign.
func (a *App) checkLimits(now time.Duration) {
	p := &a.Policy
	for _, w := range a.workers {
		late := w.deadline > 0 && now >= w.deadline
		switch w.State {
		case Starting:
			if p.ReadyWhen == "" && !a.listened && p.UpAfter > 0 && now >= w.started+p.UpAfter {
				w.State, w.deadline = Ready, 0
				a.note("ready", w, "it has run for %v", p.UpAfter)
			} else if late {
				w.Why = fmt.Sprintf("it was not ready within %v", p.ReadyWithin)
				if a.kill(w); a.reloading && w.Generation == a.generation && !a.proven() {
					w.replaced = true
					a.failReload("the new worker was not ready within "+p.ReadyWithin.String(), now)
				}
			} else if p.Heartbeat > 0 && w.beats && now >= w.beat+p.Heartbeat {
				w.Why = "it is stuck"
				a.kill(w)
			}
		case Ready:
			switch {
			case p.Heartbeat > 0 && w.beats && now >= w.beat+p.Heartbeat:
				// Whatever it is told, it will not hear.
				a.replace(w, "no sign of life for %v", p.Heartbeat)
				a.kill(w)
			case w.Why != "":
			case p.MaxMemory > 0 && w.Usage.Memory > p.MaxMemory:
				a.replace(w, "memory: %d MB of %d", w.Usage.Memory>>20, p.MaxMemory>>20)
			case p.MaxAge > 0 && now >= w.started+p.MaxAge:
				a.replace(w, "age")
			case p.MaxRequests > 0 && w.Usage.Requests >= p.MaxRequests:
				a.replace(w, "requests: %d", w.Usage.Requests)
			}
		case Draining:
			if late {
				w.State, w.deadline = Stopping, now+p.StopWithin
				a.do(Terminate, w)
			}
		case Stopping:
			if late {
				a.kill(w)
			}
		}
	}
}

// Next is when Tick is to be called next at the latest; 0 for when something has happened.
func (a *App) Next() time.Duration {
	next := time.Duration(0)
	at := func(t time.Duration) {
		if t > 0 && (next == 0 || t < next) {
			next = t
		}
	}
	if !a.stopping && !a.givenUp {
		at(a.startAfter)
	}
	for _, w := range a.workers {
		at(w.deadline)
		if w.State == Starting && a.Policy.ReadyWhen == "" && !a.listened && a.Policy.UpAfter > 0 {
			at(w.started + a.Policy.UpAfter)
		}
		if w.live() && w.beats && a.Policy.Heartbeat > 0 {
			at(w.beat + a.Policy.Heartbeat)
		}
		if w.State == Ready && w.Why == "" && a.Policy.MaxAge > 0 {
			at(w.started + a.Policy.MaxAge)
		}
	}
	return next
}

// Drained says that a worker has answered all it had. It has a second to end by itself before SIGTERM.
func (a *App) Drained(w *Worker, now time.Duration) {
	if w.State == Draining {
		w.deadline = min(w.deadline, now+time.Second)
	} else if w.State == Ready {
		w.State, w.deadline = Draining, now+time.Second // it has done so on its own
		a.Tick(now)
	}
}
