package cli

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"gonode/internal/supervise"
)

// top shows the workers, anew each second, until q. In a pipe it writes one table and ends.
func (c client) top(out *os.File) error {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(int(out.Fd())) || !term.IsTerminal(in) {
		return c.ps(false)
	}
	old, err := term.MakeRaw(in)
	if err != nil {
		return err
	}
	fmt.Fprint(out, "\x1b[?1049h\x1b[?25l")
	defer func() {
		fmt.Fprint(out, "\x1b[?25h\x1b[?1049l")
		term.Restore(in, old)
	}()
	keys := make(chan byte)
	go func() {
		var b [1]byte
		for {
			if n, err := os.Stdin.Read(b[:]); n == 0 || err != nil {
				close(keys)
				return
			}
			keys <- b[0]
		}
	}()
	view := &topView{order: "id"}
	for {
		st, err := c.status()
		if err != nil {
			return err
		}
		width, height, err := term.GetSize(int(out.Fd()))
		if err != nil {
			width, height = 80, 24
		}
		out.Write(view.frame(st, time.Now(), width, height))
		select {
		case key, ok := <-keys:
			if !ok || key == 'q' || key == 3 {
				return nil
			}
			if command := view.key(key); command != "" {
				if err := supervise.Ask(string(c), supervise.Request{Command: command, Worker: view.selected}, nil); err != nil {
					view.note = err.Error()
				}
			}
		case <-time.After(time.Second):
		}
	}
}

// topView is what is on the screen: the order of the rows, the selected worker, and the last figures, for rates.
type topView struct {
	order    string
	selected int
	ids      []int
	note     string
	before   map[int]int64
	at       time.Time
	rates    map[int]float64
}

// key takes a key and gives the command that it stands for.
func (v *topView) key(k byte) string {
	v.note = ""
	i := slices.Index(v.ids, v.selected)
	switch k {
	case 'm':
		v.order = "memory"
	case 'c':
		v.order = "cpu"
	case 'r':
		v.order = "requests"
	case 'i':
		v.order = "id"
	case 'j', 'B':
		if i+1 < len(v.ids) {
			v.selected = v.ids[i+1]
		}
	case 'k', 'A':
		if i > 0 {
			v.selected = v.ids[i-1]
		}
	case 'K':
		v.note = fmt.Sprintf("worker %d was killed", v.selected)
		return "kill"
	case 'R':
		v.note = "reloading"
		return "reload"
	}
	return ""
}

// frame renders the screen.
func (v *topView) frame(st *supervise.Status, now time.Time, width, height int) []byte {
	if seconds := now.Sub(v.at).Seconds(); v.before == nil || seconds >= 0.9 {
		rates, counts := map[int]float64{}, map[int]int64{}
		for _, a := range st.Apps {
			for _, w := range a.Workers {
				counts[w.ID] = w.Usage.Requests
				if last, ok := v.before[w.ID]; ok {
					rates[w.ID] = float64(w.Usage.Requests-last) / seconds
				}
			}
		}
		v.rates, v.before, v.at = rates, counts, now
	}
	v.ids = v.ids[:0]
	for _, a := range st.Apps {
		by := func(w supervise.WorkerStatus) float64 {
			return map[string]float64{"memory": float64(w.Usage.Memory), "cpu": w.Usage.CPU, "requests": v.rates[w.ID], "id": -float64(w.ID)}[v.order]
		}
		slices.SortStableFunc(a.Workers, func(x, y supervise.WorkerStatus) int {
			switch d := by(y) - by(x); {
			case d < 0:
				return -1
			case d > 0:
				return 1
			}
			return 0
		})
		for _, w := range a.Workers {
			v.ids = append(v.ids, w.ID)
		}
	}
	if !slices.Contains(v.ids, v.selected) && len(v.ids) > 0 {
		v.selected = v.ids[0]
	}
	var table bytes.Buffer
	writeTable(&table, st, v.rates)
	total := 0.0
	for _, r := range v.rates {
		total += r
	}
	lines := []string{fmt.Sprintf("gonode serve, pid %d, up %v, %.1f MB: %.0f requests/s, by %s", st.PID, (time.Duration(st.Uptime) * time.Second), float64(st.Memory)/(1<<20), total, v.order),
		"m c r i sort by memory, cpu, requests, id   j k select   K kill   R reload   q quit", v.note}
	row := 0
	for _, line := range strings.Split(strings.TrimRight(table.String(), "\n"), "\n") {
		if row > 0 && row <= len(v.ids) && v.ids[row-1] == v.selected {
			line = "\x1b[7m" + clip(line, width) + "\x1b[m"
		}
		lines = append(lines, line)
		row++
	}
	var b bytes.Buffer
	b.WriteString("\x1b[H")
	for i, line := range lines[:min(len(lines), height)] {
		if i > 0 {
			b.WriteString("\r\n")
		}
		if !strings.HasPrefix(line, "\x1b") {
			line = clip(line, width)
		}
		b.WriteString(line + "\x1b[K")
	}
	b.WriteString("\x1b[J")
	return b.Bytes()
}

func clip(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width])
	}
	return s
}
