package supervise

import (
	_ "embed"
	"fmt"
	"html"
	"io"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"gonode/internal/sys"
)

//go:embed page.html
var pageSource string

// Page is what the admin's page shows. Its parts are also given alone, for the page's script, which puts them in the place of those that it has.
type Page struct {
	Status    *Status
	Histories map[string][]Point // by app
	Processes func() []Process   // the tree, asked only if it is shown
	Logs      func(query string) []Line
	Query     string // what the logs are searched for
	Trusted   bool   // who asks has the token: logs and buttons are shown
	Trace     string // the file of a trace, "" if there is none
}

// Process is one of the tree that a supervisor has started, the supervisor first.
type Process struct {
	PID, Parent int
	Name        string
	Memory      int64 // resident, bytes
}

// Part writes one part of the page; ok is false if there is no such part.
func (p *Page) Part(w io.Writer, name string) (ok bool) {
	switch name {
	case "numbers":
		p.numbers(w)
	case "plots":
		p.plots(w)
	case "tree":
		p.tree(w)
	case "timeline":
		writeTimeline(w, p.Trace)
	case "lines":
		if !p.Trusted {
			return false
		}
		p.lines(w)
	default:
		return false
	}
	return true
}

// Write writes the whole page.
func (p *Page) Write(w io.Writer) {
	rest := pageSource
	for {
		before, after, found := strings.Cut(rest, "<!--")
		io.WriteString(w, before)
		if !found {
			return
		}
		name, after, _ := strings.Cut(after, "-->")
		rest = after
		switch name {
		case "buttons":
			p.buttons(w)
		case "logs":
			p.logs(w)
		case "trace":
			if p.Trace != "" {
				fmt.Fprintf(w, "<h2>Messages</h2>\n<p class=\"note\">The latest of %s, which ui.perfetto.dev and chrome://tracing show whole.</p>\n<div id=\"timeline\" class=\"scroll\">", html.EscapeString(p.Trace))
				writeTimeline(w, p.Trace)
				fmt.Fprint(w, "</div>\n")
			}
		default:
			p.Part(w, name)
		}
	}
}

func mb(bytes float64) string { return fmt.Sprintf("%.1f MB", bytes/(1<<20)) }

func (p *Page) numbers(w io.Writer) {
	st := p.Status
	rates := map[string]float64{}
	for name, points := range p.Histories {
		if n := len(points); n > 0 {
			rates[name] = points[n-1].Requests
		}
	}
	fmt.Fprintf(w, "<p>process %d, node %s, up %v, %s, %.1f s of CPU: %s</p>\n", st.PID, html.EscapeString(st.Version), (time.Duration(st.Uptime) * time.Second).String(), mb(float64(st.Memory)), st.CPU,
		map[bool]string{true: `<span class="online">ready</span>`, false: `<span class="failed">not ready</span>`}[st.Ready])
	fmt.Fprint(w, `<table><thead><tr><th>app</th><th>worker</th><th>process</th><th class="text">state</th><th>uptime</th><th>memory</th><th>heap</th><th>CPU</th><th>requests</th><th>open</th><th>handles</th><th>p50</th><th>p99</th><th title="99 of 100 turns of the event loop took at most so long, and the longest, in the last 10 to 20 seconds">loop p99, max</th></tr></thead><tbody>`+"\n")
	for i := range st.Apps {
		a := &st.Apps[i]
		state := fmt.Sprintf("%d of %d workers, generation %d, %d restarts, %.1f requests/s", len(a.Workers), a.Wanted, a.Generation, a.Restarts, rates[a.Name])
		switch {
		case a.Stopped:
			state += ", stopped"
		case a.GivenUp:
			state += ", given up"
		case a.Reloading:
			state += ", reloading"
		}
		fmt.Fprintf(w, `<tr><td class="text"><b>%s</b></td><td class="text" colspan="13">%s</td></tr>`+"\n", html.EscapeString(a.Name), state)
		for j := range a.Workers {
			k := &a.Workers[j]
			u := &k.Usage
			fmt.Fprintf(w, `<tr><td></td><td>%d</td><td>%d</td><td class="text %s">%s</td><td>%v</td><td>%s</td><td>%s</td><td>%.1f s</td><td>%d</td><td>%d</td><td title="%s">%d</td><td>%s</td><td>%s</td><td>%s, %s</td></tr>`+"\n",
				k.ID, k.PID, k.State, k.State, (time.Duration(k.Uptime) * time.Second).String(), mb(float64(u.Memory)), mb(float64(u.Heap)), u.CPU, u.Requests, u.Connections, html.EscapeString(kindsOf(u.Kinds)), u.Handles,
				ms(u.Latency.Quantile(0.5)), ms(u.Latency.Quantile(0.99)), ms(u.Loop.P99), ms(u.Loop.Max))
		}
	}
	fmt.Fprint(w, "</tbody></table>\n")
	for i := range st.Apps {
		if a := &st.Apps[i]; a.Failure != "" {
			fmt.Fprintf(w, `<p class="failure">%s: the last failure: %s</p>`+"\n", html.EscapeString(a.Name), html.EscapeString(a.Failure))
		}
	}
}

// kindsOf says how many there are of each kind.
func kindsOf(kinds map[string]int64) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		parts = append(parts, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	return strings.Join(parts, ", ")
}

func ms(seconds float64) string { return fmt.Sprintf("%.3g ms", seconds*1000) }

func (p *Page) buttons(w io.Writer) {
	if !p.Trusted {
		fmt.Fprint(w, `<p class="note">Logs and buttons are for who has the token: <code>gonode page</code> gives an address that has it.</p>`)
		return
	}
	for i := range p.Status.Apps {
		a := &p.Status.Apps[i]
		name := html.EscapeString(a.Name)
		form := func(action, inner string) {
			fmt.Fprintf(w, `<form method="post" action="do/%s"><input type="hidden" name="app" value="%s">%s</form>`, action, name, inner)
		}
		fmt.Fprintf(w, "<p><b>%s</b> ", name)
		form("reload", "<button>reload</button>")
		form("scale", fmt.Sprintf(`<button>scale to</button> <input type="number" name="workers" min="1" max="1024" value="%d">`, a.Wanted))
		form("stop", "<button>stop</button>")
		fmt.Fprint(w, `<form method="post" action="do/kill"><button>kill worker</button> <select name="worker">`)
		for j := range a.Workers {
			fmt.Fprintf(w, "<option>%d</option>", a.Workers[j].ID)
		}
		fmt.Fprint(w, "</select></form></p>\n")
	}
}

func (p *Page) logs(w io.Writer) {
	if !p.Trusted {
		return
	}
	fmt.Fprintf(w, `<form><input name="q" value="%s" placeholder="text to search for"> <button>search</button></form>`+"\n", html.EscapeString(p.Query))
	fmt.Fprint(w, `<div id="lines">`)
	p.lines(w)
	fmt.Fprint(w, "</div>\n")
}

func (p *Page) lines(w io.Writer) {
	fmt.Fprint(w, "<pre>")
	for _, line := range p.Logs(p.Query) {
		fmt.Fprintf(w, "%s %s %s\n", line.Time.Format("15:04:05.000"), html.EscapeString(line.From()), html.EscapeString(line.Text))
	}
	fmt.Fprint(w, "</pre>")
}

// plots draws what the histories have.
func (p *Page) plots(w io.Writer) {
	for i := range p.Status.Apps {
		name := p.Status.Apps[i].Name
		points := p.Histories[name]
		if len(p.Status.Apps) > 1 {
			fmt.Fprintf(w, "<h3>%s</h3>", html.EscapeString(name))
		}
		if len(points) < 2 {
			fmt.Fprintf(w, `<p class="note">There is something to see after %v.</p>`, 3*HistoryEvery)
			continue
		}
		fmt.Fprint(w, `<div class="plots">`)
		plot(w, "requests per second", points, func(v float64) string { return fmt.Sprintf("%.1f", v) }, func(p *Point) float64 { return p.Requests }, nil)
		plot(w, "latency, p50, p99", points, ms, func(p *Point) float64 { return p.P50 }, func(p *Point) float64 { return p.P99 })
		plot(w, "event loop, p99", points, ms, func(p *Point) float64 { return p.Delay }, nil)
		plot(w, "memory", points, mb, func(p *Point) float64 { return p.Memory }, nil)
		plot(w, "processors", points, func(v float64) string { return fmt.Sprintf("%.2f", v) }, func(p *Point) float64 { return p.CPU }, nil)
		plot(w, "workers, open connections", points, func(v float64) string { return fmt.Sprintf("%.0f", v) }, func(p *Point) float64 { return p.Workers }, func(p *Point) float64 { return p.Connections })
		fmt.Fprint(w, "</div>\n")
	}
}

func plot(w io.Writer, title string, points []Point, text func(float64) string, value, second func(*Point) float64) {
	const height = 100.0
	top := 0.0
	for i := range points {
		top = max(top, value(&points[i]))
		if second != nil {
			top = max(top, second(&points[i]))
		}
	}
	width := max(len(points), 60) // ten minutes at least
	last := &points[len(points)-1]
	now := text(value(last))
	if second != nil {
		now += ", " + text(second(last))
	}
	fmt.Fprintf(w, `<figure><figcaption><span>%s</span><span>%s, at most %s</span></figcaption><svg class="plot" viewBox="0 0 %d %.0f" preserveAspectRatio="none">`, title, now, text(top), width-1, height)
	for i, f := range []func(*Point) float64{value, second} {
		if f == nil {
			continue
		}
		fmt.Fprintf(w, `<path class="%s" d="`, [...]string{"first", "second"}[i])
		for i := range points {
			y := height - 2
			if top > 0 {
				y -= (height - 4) * f(&points[i]) / top
			}
			fmt.Fprintf(w, "%c%d %.1f", [...]byte{'M', 'L'}[min(i, 1)], width-len(points)+i, y)
		}
		fmt.Fprint(w, `"/>`)
	}
	fmt.Fprint(w, "</svg></figure>\n")
}

// tree draws the processes, each to the right of the one that has started it, and what connects them.
func (p *Page) tree(w io.Writer) {
	all := p.Processes()
	if len(all) == 0 {
		return
	}
	const width, height, gap, row = 150, 34, 110, 46
	type place struct{ x, y int }
	places, leaves, deepest := map[int]place{}, 0, 0
	pids := make([]int, len(all))
	var put func(pid, depth int) int
	put = func(pid, depth int) (y int) {
		deepest = max(deepest, depth)
		first, last := -1, -1
		for i := range all {
			if all[i].Parent == pid && all[i].PID != pid {
				y := put(all[i].PID, depth+1)
				if last = y; first < 0 {
					first = y
				}
			}
		}
		if y = (first + last) / 2; first < 0 {
			y = leaves * row
			leaves++
		}
		places[pid] = place{depth * (width + gap), y}
		return y
	}
	put(all[0].PID, 0)
	for i := range all {
		pids[i] = all[i].PID
	}
	fmt.Fprintf(w, `<svg viewBox="-4 -4 %d %d" style="max-width:%dpx" role="img" aria-label="processes">`, (deepest+1)*(width+gap)-gap+8, leaves*row+8, (deepest+1)*(width+gap)-gap+8)
	type between struct{ a, b int }
	pipes, sockets := map[between]int{}, map[between]int{}
	for _, l := range sys.Links(pids) {
		pair := between{min(l.From, l.To), max(l.From, l.To)}
		if l.Socket {
			sockets[pair]++
		} else {
			pipes[pair]++
		}
	}
	for i := range all[1:] {
		from, to := places[all[i+1].Parent], places[all[i+1].PID]
		fmt.Fprintf(w, `<path class="parent" fill="none" d="M%d %dC%d %d %d %d %d %d"/>`, from.x+width, from.y+height/2, from.x+width+gap/2, from.y+height/2, to.x-gap/2, to.y+height/2, to.x, to.y+height/2)
	}
	link := func(class string, links map[between]int, offset int) {
		for _, pair := range sortedPairs(links, func(a, b between) int { return (a.a-b.a)*1e6 + a.b - b.b }) {
			from, known := places[pair.a]
			to, both := places[pair.b]
			if !known || !both {
				continue
			}
			if from.x > to.x {
				from, to = to, from
			}
			x1, x2, bend := from.x+width, to.x, gap/2
			if from.x == to.x { // side by side
				x2, bend = to.x+width, gap/3
				fmt.Fprintf(w, `<path class="%s" d="M%d %dC%d %d %d %d %d %d"/>`, class, x1, from.y+height/2+offset, x1+bend, from.y+height/2+offset, x2+bend, to.y+height/2+offset, x2, to.y+height/2+offset)
				continue
			}
			fmt.Fprintf(w, `<path class="%s" d="M%d %dC%d %d %d %d %d %d"/>`, class, x1, from.y+height/2+offset, x1+bend, from.y+height/2+offset, x2-bend, to.y+height/2+offset, x2, to.y+height/2+offset)
			if n := links[pair]; n > 1 {
				fmt.Fprintf(w, `<text x="%d" y="%d">%d</text>`, x2-10, to.y+height/2+offset+4*offset/max(offset, -offset, 1)+4, n)
			}
		}
	}
	link("channel", sockets, -5)
	link("pipe", pipes, 6)
	for i := range all {
		at := places[all[i].PID]
		fmt.Fprintf(w, `<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="5"/><text x="%d" y="%d">%s</text><text x="%d" y="%d">%d, %s</text>`,
			at.x, at.y, width, height, at.x+8, at.y+14, html.EscapeString(all[i].Name), at.x+8, at.y+28, all[i].PID, mb(float64(all[i].Memory)))
	}
	fmt.Fprint(w, "</svg>\n")
}

func sortedPairs[K comparable](m map[K]int, order func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, order)
	return keys
}

// ProcessTree gives a process and all that descend from it. Any goroutine.
func ProcessTree(pid int, name func(pid int) string) (list []Process) {
	known := map[int]bool{}
	for _, p := range append([]int{pid}, sys.Descendants(pid)...) {
		memory, _ := sys.ProcessUsage(p)
		n := name(p)
		if n == "" {
			n = sys.ProcessName(p)
		}
		parent := sys.Parent(p)
		if !known[parent] { // it has ended meanwhile
			parent = pid
		}
		known[p] = true
		list = append(list, Process{PID: p, Parent: parent, Name: n, Memory: memory})
	}
	return list
}

// Loopback tells whether a request's Host is an address that leads to this machine alone: another name, which somebody lets point here, does not.
func Loopback(host string) bool {
	u, err := url.Parse("http://" + host)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
