package supervise

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
)

// timelineBytes is how much of a trace's end is read for a timeline, timelineEvents how many events are shown.
const (
	timelineBytes  = 512 << 10
	timelineEvents = 600
)

type traceEvent struct {
	Name  string  `json:"name"`
	Phase string  `json:"ph"`
	Time  float64 `json:"ts"`
	Took  float64 `json:"dur"`
	PID   int     `json:"pid"`
	ID    string  `json:"id"`
	Args  struct {
		Name string `json:"name"`
	} `json:"args"`
}

// readTrace reads the events at the end of a trace, and the names of processes as far as they are there.
func readTrace(path string) (events []traceEvent, names map[int]string) {
	names = map[int]string{}
	f, err := os.Open(path)
	if err != nil {
		return nil, names
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.Size() > timelineBytes {
		f.Seek(-timelineBytes, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, 2*timelineBytes))
	for line := range bytes.Lines(text) {
		var e traceEvent
		if json.Unmarshal(bytes.TrimSuffix(bytes.TrimSpace(line), []byte(",")), &e) != nil {
			continue // the first, and what is half written
		}
		if e.Phase == "M" {
			names[e.PID] = e.Args.Name
		} else {
			events = append(events, e)
		}
	}
	return events[max(len(events)-timelineEvents, 0):], names
}

// writeTimeline draws the latest events of a trace: a row for each process, with what it did and the messages to other rows.
func writeTimeline(w io.Writer, path string) {
	events, names := readTrace(path)
	if len(events) == 0 {
		fmt.Fprint(w, `<p class="note">Nothing has happened.</p>`)
		return
	}
	const left, width, row = 190, 900, 24
	begin, end := events[0].Time, events[0].Time
	rows := map[int]int{}
	for _, e := range events {
		if e.Name != "process" { // began long ago, perhaps
			begin = min(begin, e.Time)
		}
		end = max(end, e.Time+e.Took)
		if _, known := rows[e.PID]; !known {
			rows[e.PID] = len(rows)
		}
	}
	x := func(t float64) float64 { return left + width*(max(t, begin)-begin)/max(end-begin, 1) }
	fmt.Fprintf(w, `<svg viewBox="0 0 %d %d" style="max-width:%dpx;min-width:600px" role="img" aria-label="messages between processes">`, left+width+20, (len(rows)+1)*row, left+width+20)
	for pid, r := range rows {
		name := []rune(names[pid])
		fmt.Fprintf(w, `<text x="0" y="%d">%d %s</text><line class="parent" x1="%d" x2="%d" y1="%d" y2="%d"/>`, r*row+15, pid, html.EscapeString(string(name[max(len(name)-18, 0):])), left, left+width, r*row+11, r*row+11)
	}
	starts := map[string]traceEvent{}
	for _, e := range events {
		y := rows[e.PID] * row
		switch {
		case e.Name == "process":
			fmt.Fprintf(w, `<rect class="life" x="%.1f" y="%d" width="%.1f" height="%d"/>`, x(e.Time), y+3, x(e.Time+e.Took)-x(e.Time), row-8)
		case e.Phase == "s":
			starts[e.ID] = e
		case e.Phase == "f":
			if from, ok := starts[e.ID]; ok {
				fmt.Fprintf(w, `<line class="message" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x(from.Time), rows[from.PID]*row+11, x(e.Time), y+11)
			}
		case e.Phase == "X":
			class := "mark"
			if e.Name == "exit" {
				class = "ended"
			}
			fmt.Fprintf(w, `<line class="%s" x1="%.1f" x2="%.1f" y1="%d" y2="%d"><title>%s, %.3f s</title></line>`, class, x(e.Time), x(e.Time), y+5, y+17, html.EscapeString(e.Name), (e.Time-begin)/1e6)
		}
	}
	fmt.Fprintf(w, `<text x="%d" y="%d">%.3f s, to now</text></svg>`, left, len(rows)*row+15, (end-begin)/1e6)
}
