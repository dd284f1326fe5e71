package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/supervise"
	"gonode/internal/sys"
	"gonode/runtime"
)

// control serves the commands at a path.
func (s *supervisor) control(path string) error {
	l, err := supervise.ListenControl(path)
	if err != nil {
		return err
	}
	s.rt.AtExit(func() { l.Close() }) // removes the path, too
	go supervise.ServeControl(l, s.answer)
	return nil
}

// ask runs f on the loop goroutine and waits for it.
func (s *supervisor) ask(gone <-chan struct{}, f func()) bool {
	done := make(chan struct{})
	s.rt.Loop().Post(func() {
		s.rt.Enter(f)
		close(done)
	})
	select {
	case <-done:
		return true
	case <-gone:
		return false
	}
}

// answer does what a request asks for. Any goroutine.
func (s *supervisor) answer(r supervise.Request, reply func(supervise.Reply) error, gone <-chan struct{}) {
	var err error
	var answer supervise.Reply
	if r.Command == "logs" {
		err = s.sendLogs(r, reply, gone)
	} else {
		s.ask(gone, func() { answer, err = s.command(r) })
	}
	if err != nil {
		reply(supervise.Reply{Error: err.Error()})
	} else if answer != (supervise.Reply{}) {
		reply(answer)
	}
}

// command does what is done at once.
func (s *supervisor) command(r supervise.Request) (reply supervise.Reply, err error) {
	switch r.Command {
	case "status":
		reply.Status = s.status()
	case "page":
		if s.pageAt == "" {
			return reply, errors.New("there is no page: gonode serve --admin 127.0.0.1:9615")
		}
		reply.Page = s.pageAt + "/?token=" + url.QueryEscape(s.token)
	case "reload":
		err = s.reload(r.App)
	case "stop":
		err = s.stop(r.App)
	case "scale":
		var n int
		if n, err = supervise.Instances(r.Workers); err == nil {
			err = s.scale(r.App, n)
		}
	case "kill":
		err = s.kill(r.Worker)
	default:
		err = fmt.Errorf("no such command: %q", r.Command)
	}
	return reply, err
}

func (s *supervisor) kill(id int) error {
	for _, a := range s.apps {
		if a.Find(id) != nil {
			s.call("kill", s.rt.VM().ToValue(id), s.rt.VM().ToValue("SIGKILL"))
			return nil
		}
	}
	return fmt.Errorf("there is no worker %d", id)
}

// logs are where the app's output goes.
func (a *app) logs() []*supervise.Log {
	if a.err == a.out {
		return []*supervise.Log{a.out}
	}
	return []*supervise.Log{a.out, a.err}
}

// recent gives the last lines of some apps, at most n of each log, in their order. Any goroutine: the apps never change.
func (s *supervisor) recent(list []*app, n int) (lines []supervise.Line) {
	for _, a := range list {
		for _, log := range a.logs() {
			lines = append(lines, log.Recent(n)...)
		}
	}
	slices.SortStableFunc(lines, func(a, b supervise.Line) int { return a.Time.Compare(b.Time) })
	return lines
}

// sendLogs sends the last lines and, to who follows, further ones.
func (s *supervisor) sendLogs(r supervise.Request, reply func(supervise.Reply) error, gone <-chan struct{}) error {
	list, err := s.chosen(r.App) // the apps never change
	if err != nil {
		return err
	}
	all, done := make(chan supervise.Line, 256), make(chan struct{})
	defer close(done)
	if r.Follow {
		for _, a := range list {
			for _, log := range a.logs() {
				lines, stop := log.Follow()
				defer stop()
				go func() {
					for {
						select {
						case line := <-lines:
							select {
							case all <- line:
							case <-done:
								return
							}
						case <-done:
							return
						}
					}
				}()
			}
		}
	}
	recent := s.recent(list, r.Lines)
	for _, line := range recent[max(len(recent)-r.Lines, 0):] {
		if err := reply(supervise.Reply{Line: &line}); err != nil {
			return nil
		}
	}
	for r.Follow {
		select {
		case line := <-all:
			if reply(supervise.Reply{Line: &line}) != nil {
				return nil
			}
		case <-gone:
			return nil
		}
	}
	return nil
}

// status gathers what there is to tell.
func (s *supervisor) status() *supervise.Status {
	now := s.now()
	st := &supervise.Status{PID: os.Getpid(), Uptime: now.Seconds(), Ready: true, Version: runtime.NodeVersion}
	st.Memory, st.CPU = sys.ProcessUsage(st.PID)
	for _, a := range s.apps {
		as := supervise.AppStatus{Name: a.Name, Script: a.config.Script, Wanted: a.Policy.Workers, Ready: a.IsReady(), Reloading: a.Reloading(), GivenUp: a.GivenUp(),
			Stopped: a.stopped, Generation: a.Generation(), Restarts: a.Restarts, Failure: a.Failure, Watch: a.config.Watch, IgnoreWatch: a.config.IgnoreWatch,
			Workers: []supervise.WorkerStatus{}}
		for _, w := range a.Workers() {
			as.Workers = append(as.Workers, supervise.WorkerStatus{Worker: *w, Uptime: w.Since(now).Seconds()})
		}
		st.Ready = st.Ready && (as.Ready || a.stopped)
		st.Apps = append(st.Apps, as)
	}
	return st
}

// usageOf reads what a worker has told. It may have told anything.
func usageOf(v goja.Value) (u supervise.Usage) {
	if o, ok := v.(*goja.Object); ok {
		if b, err := o.MarshalJSON(); err == nil {
			json.Unmarshal(b, &u)
		}
	}
	if len(u.Latency.Buckets) > len(supervise.LatencyBounds)+1 {
		u.Latency = supervise.Summary{}
	}
	if len(u.Pauses.Buckets) > len(supervise.PauseBounds)+1 {
		u.Pauses = supervise.Summary{}
	}
	for _, kinds := range []map[string]int64{u.Kinds, u.Resources} {
		for kind := range kinds {
			if len(kinds) > 100 || len(kind) > 100 {
				clear(kinds)
			}
		}
	}
	return u
}
