package supervise

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever names, lines and events are, it is text on the page.
func TestPageEscapes(t *testing.T) {
	hostile := func(what string) string { return what + `<i a="'&'">` }
	trace := filepath.Join(t.TempDir(), hostile("trace"))
	event := func(e map[string]any) string {
		b, _ := json.Marshal(e)
		return string(b) + ",\n"
	}
	text := "[\n" + event(map[string]any{"name": "process_name", "ph": "M", "pid": 7, "args": map[string]any{"name": hostile("row")}}) +
		event(map[string]any{"name": hostile("event"), "ph": "X", "ts": 1, "pid": 7})
	if err := os.WriteFile(trace, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	app := AppStatus{Name: hostile("app"), Failure: hostile("failure"), Workers: []WorkerStatus{{Worker: Worker{ID: 1, State: Ready}}}}
	p := &Page{
		Status:    &Status{Version: hostile("version"), Apps: []AppStatus{app, {Name: "other"}}},
		Processes: func() []Process { return []Process{{PID: 7, Parent: 1, Name: hostile("process")}} },
		Logs: func(query string) []Line {
			return []Line{{App: hostile("writer"), Text: hostile("line") + query}}
		},
		Query: hostile("query"), Trusted: true, Trace: trace,
	}
	var whole strings.Builder
	p.Write(&whole)
	part := func(name string) string {
		var b strings.Builder
		if !p.Part(&b, name) {
			t.Error("there is no part", name)
		}
		return b.String()
	}
	for what, text := range map[string]string{"app": part("numbers"), "failure": part("numbers"), "version": part("numbers"), "process": part("tree"), "row": part("timeline"),
		"event": part("timeline"), "writer": part("lines"), "line": part("lines"), "query": whole.String(), "trace": whole.String()} {
		if !strings.Contains(text, html.EscapeString(hostile(what))) {
			t.Errorf("%s is not shown", what)
		}
	}
	if name := html.EscapeString(app.Name); !strings.Contains(part("plots"), "<h3>"+name) || !strings.Contains(whole.String(), `name="app" value="`+name+`"`) || !strings.Contains(part("numbers"), `failure">`+name) {
		t.Error("the app's name is missing")
	}
	if i := strings.Index(whole.String(), "<i "); i >= 0 {
		t.Error(whole.String()[max(i-40, 0) : i+40])
	}
	p.Trusted = false
	whole.Reset()
	p.Write(&whole)
	if p.Part(&whole, "lines") || strings.Contains(whole.String(), "writer") || strings.Contains(whole.String(), "<form") {
		t.Error("logs and buttons are shown to anybody")
	}
}
