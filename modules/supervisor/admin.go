package supervisor

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/supervise"
)

// The admin's server is a script's; what it answers is written here.

// request is what it is asked.
type request struct {
	method, host, origin, cookie, authorization, body string
	url                                               *url.URL
}

// response is what it answers.
type response struct {
	status   int
	kind     string
	text     string
	location string
	cookie   string
}

const logLines = 200

func (s *supervisor) history(now time.Time) {
	if now.Sub(s.remembered) < supervise.HistoryEvery {
		return
	}
	s.remembered = now
	st := s.status()
	for i, a := range s.apps {
		a.history.Add(now, &st.Apps[i])
	}
}

// trusted tells whether who asks has the token: in a cookie that /?token= has given, or as a bearer.
func (s *supervisor) trusted(r *request) bool {
	same := func(token string) bool { return subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1 }
	if bearer, ok := strings.CutPrefix(r.authorization, "Bearer "); ok && same(bearer) {
		return true
	}
	for _, c := range strings.Split(r.cookie, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(c), "=")
		if token, err := url.QueryUnescape(value); err == nil && name == s.cookieName() && same(token) {
			return true
		}
	}
	return false
}

// cookieName is this supervisor's own: cookies belong to hosts, not to ports.
func (s *supervisor) cookieName() string { return fmt.Sprintf("gonode-%d", os.Getpid()) }

// answerHTTP answers a request to the admin's server.
func (s *supervisor) answerHTTP(r *request) *response {
	plain := func(status int, text string) *response {
		return &response{status: status, kind: "text/plain; charset=utf-8", text: text}
	}
	if !strings.HasPrefix(s.pageAt, "http://unix:") && !supervise.Loopback(r.host) {
		return plain(403, "this host is not known here: ask for localhost\n")
	}
	var b strings.Builder
	path := r.url.Path
	if r.method == "POST" {
		return s.press(r, plain)
	}
	if r.method != "GET" && r.method != "HEAD" {
		return plain(405, "")
	}
	page := func() *supervise.Page {
		p := &supervise.Page{Status: s.status(), Histories: map[string][]supervise.Point{}, Query: r.url.Query().Get("q"), Trusted: s.trusted(r)}
		for _, a := range s.apps {
			p.Histories[a.Name] = a.history.Points()
		}
		p.Processes = func() []supervise.Process { return supervise.ProcessTree(os.Getpid(), s.nameOf) }
		p.Logs = s.search
		p.Trace = s.rt.TracePath()
		return p
	}
	switch path {
	case "/":
		if token := r.url.Query().Get("token"); token != "" {
			return &response{status: 303, kind: "text/plain", location: "./", cookie: s.cookieName() + "=" + url.QueryEscape(token) + "; HttpOnly; SameSite=Strict; Path=/"}
		}
		page().Write(&b)
		return &response{status: 200, kind: "text/html; charset=utf-8", text: b.String()}
	case "/status":
		json.NewEncoder(&b).Encode(s.status())
		return &response{status: 200, kind: "application/json", text: b.String()}
	case "/history":
		json.NewEncoder(&b).Encode(page().Histories)
		return &response{status: 200, kind: "application/json", text: b.String()}
	case "/metrics":
		supervise.WriteMetrics(&b, s.status())
		return &response{status: 200, kind: "application/openmetrics-text; version=1.0.0; charset=utf-8", text: b.String()}
	case "/healthz":
		return plain(200, "ok\n")
	case "/readyz":
		st := s.status()
		for _, a := range st.Apps {
			fmt.Fprintf(&b, "%s %v\n", a.Name, a.Ready)
		}
		if st.Ready {
			return plain(200, b.String())
		}
		return plain(503, b.String())
	}
	if name, ok := strings.CutPrefix(path, "/part/"); ok && page().Part(&b, name) {
		return &response{status: 200, kind: "text/html; charset=utf-8", text: b.String()}
	}
	return plain(404, "/ /status /history /metrics /healthz /readyz\n")
}

// press does what a button asks for: who presses it has the token, and comes from the page.
func (s *supervisor) press(r *request, plain func(int, string) *response) *response {
	deed, ok := strings.CutPrefix(r.url.Path, "/do/")
	if !ok {
		return plain(405, "")
	}
	if !s.trusted(r) {
		return plain(403, "the token is missing: gonode page gives an address that has it\n")
	}
	if origin, err := url.Parse(r.origin); r.origin != "" && (err != nil || origin.Host != r.host) {
		return plain(403, "another page's button\n")
	}
	form, err := url.ParseQuery(r.body)
	if err == nil {
		_, err = s.command(supervise.Request{Command: deed, App: form.Get("app"), Workers: form.Get("workers"), Worker: atoi(form.Get("worker"))})
	}
	if err != nil {
		return plain(400, err.Error()+"\n")
	}
	return &response{status: 303, kind: "text/plain", location: "../"}
}

func atoi(s string) (n int) {
	fmt.Sscanf(s, "%d", &n)
	return n
}

// nameOf says which app's worker a process is.
func (s *supervisor) nameOf(pid int) string {
	if pid == os.Getpid() {
		return "gonode serve"
	}
	for _, a := range s.apps {
		for _, w := range a.Workers() {
			if w.PID == pid {
				return fmt.Sprintf("%s, worker %d", a.Name, w.ID)
			}
		}
	}
	return ""
}

// search gives the latest lines that have a text.
func (s *supervisor) search(text string) []supervise.Line {
	lines := s.recent(s.apps, 1<<20)
	if text != "" {
		found := lines[:0]
		for _, line := range lines {
			if strings.Contains(line.Text, text) {
				found = append(found, line)
			}
		}
		lines = found
	}
	return lines[max(len(lines)-logLines, 0):]
}

func newToken() string { return rand.Text() }

// admin is the method answer(method, url, host, origin, cookie, authorization, body) of the binding: [status, type, text, location, cookie].
func (s *supervisor) admin(call goja.FunctionCall) goja.Value {
	text := func(i int) string {
		if v := call.Argument(i); !goja.IsUndefined(v) {
			return v.String()
		}
		return ""
	}
	at, err := url.ParseRequestURI(text(1))
	if err != nil {
		at = &url.URL{Path: "/"}
	}
	r := s.answerHTTP(&request{method: text(0), url: at, host: text(2), origin: text(3), cookie: text(4), authorization: text(5), body: text(6)})
	return s.rt.VM().NewArray(r.status, r.kind, r.text, r.location, r.cookie)
}
