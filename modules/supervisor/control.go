package supervisor

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

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
	var status *supervise.Status
	switch r.Command {
	case "status":
		s.ask(gone, func() { status = s.status() })
	case "reload":
		s.ask(gone, func() { err = s.reload(r.App) })
	case "stop":
		s.ask(gone, func() { err = s.stop(r.App) })
	case "scale":
		s.ask(gone, func() {
			n, bad := supervise.Instances(r.Workers)
			if err = bad; err == nil {
				err = s.scale(r.App, n)
			}
		})
	case "kill":
		s.ask(gone, func() { err = s.kill(r.Worker) })
	case "logs":
		err = s.sendLogs(r, reply, gone)
	default:
		err = fmt.Errorf("no such command: %q", r.Command)
	}
	if err != nil {
		reply(supervise.Reply{Error: err.Error()})
	} else if status != nil {
		reply(supervise.Reply{Status: status})
	}
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

// sendLogs sends the last lines and, to who follows, further ones.
func (s *supervisor) sendLogs(r supervise.Request, reply func(supervise.Reply) error, gone <-chan struct{}) error {
	list, err := s.chosen(r.App) // the apps never change
	if err != nil {
		return err
	}
	all, done := make(chan supervise.Line, 256), make(chan struct{})
	defer close(done)
	var recent []supervise.Line
	for _, a := range list {
		for i, log := range []*supervise.Log{a.out, a.err} {
			if i > 0 && a.err == a.out {
				continue
			}
			if r.Follow {
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
			recent = append(recent, log.Recent(r.Lines)...)
		}
	}
	slices.SortStableFunc(recent, func(a, b supervise.Line) int { return a.Time.Compare(b.Time) })
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

// page is what the admin's server shows at a path: its status, type and text.
func (s *supervisor) page(path string) (status int, kind, text string) {
	var b strings.Builder
	st := s.status()
	switch path, _, _ = strings.Cut(path, "?"); path {
	case "/status":
		json.NewEncoder(&b).Encode(st)
		return 200, "application/json", b.String()
	case "/metrics":
		supervise.WriteMetrics(&b, st)
		return 200, "application/openmetrics-text; version=1.0.0; charset=utf-8", b.String()
	case "/healthz":
		return 200, "text/plain", "ok\n"
	case "/readyz":
		if status = 200; !st.Ready {
			status = 503
		}
		for _, a := range st.Apps {
			fmt.Fprintf(&b, "%s %v\n", a.Name, a.Ready)
		}
		return status, "text/plain", b.String()
	}
	return 404, "text/plain", "/status /metrics /healthz /readyz\n"
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
	return u
}
