package supervise

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// LogConfig says where an app's output goes.
type LogConfig struct {
	File    string // "" is the supervisor's own standard output
	JSON    bool   // a line of JSON for each line: time, app, worker, stream, message
	Time    bool   // lines begin with the time
	MaxSize int64  // bytes; a file that would be larger is renamed and begun anew; 0 for no limit
	Keep    int    // how many renamed files are kept; 0 is 5
}

// Line is a line of a worker's output.
type Line struct {
	Time   time.Time `json:"time"`
	App    string    `json:"app"`
	Worker int       `json:"worker"`
	PID    int       `json:"pid,omitempty"`
	Stream string    `json:"stream"` // "stdout" or "stderr"
	Text   string    `json:"message"`
}

// From is who has written it: the app and its worker, or what keeps it.
func (l *Line) From() string {
	if l.Worker == 0 {
		return l.App
	}
	return fmt.Sprintf("%s.%d", l.App, l.Worker)
}

// Log takes an app's output: to a file or a stream, and to those who listen; it remembers the last lines. Any goroutine.
type Log struct {
	app    string
	config LogConfig
	mu     sync.Mutex
	out    io.Writer // where there is no file
	file   *os.File
	size   int64
	failed time.Time // when the file could not be written; it is tried again later
	lost   int64     // lines since

	recent []Line // a ring
	next   int
	bytes  int
	follow map[chan Line]struct{}
}

const (
	recentLines = 1000
	recentBytes = 1 << 20
	longestLine = 64 << 10
	retryAfter  = 5 * time.Second
)

// NewLog makes the log of an app; out is where its lines go if there is no file.
func NewLog(app string, c LogConfig, out io.Writer) *Log {
	return &Log{app: app, config: c, out: out, follow: map[chan Line]struct{}{}}
}

// Pump copies what a worker writes to one of its streams until its end, line by line; a line that is very long comes in pieces.
func (l *Log) Pump(r io.Reader, worker, pid int, stream string) {
	buf, used := make([]byte, 4096), 0
	emit := func(text []byte) {
		l.Write(Line{Time: time.Now(), App: l.app, Worker: worker, PID: pid, Stream: stream, Text: string(text)})
	}
	for {
		n, err := r.Read(buf[used:])
		used += n
		rest := buf[:used]
		for {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				break
			}
			emit(bytes.TrimSuffix(rest[:i], []byte("\r")))
			rest = rest[i+1:]
		}
		if len(rest) >= longestLine {
			emit(rest)
			rest = nil
		}
		used = copy(buf, rest)
		if used == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		} else if used == 0 && len(buf) > longestLine/4 {
			buf = make([]byte, 4096)
		}
		if err != nil {
			if used > 0 {
				emit(buf[:used])
			}
			return
		}
	}
}

// Write adds a line.
func (l *Log) Write(line Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remember(line)
	for c := range l.follow {
		select {
		case c <- line:
		default: // who does not read misses lines
		}
	}
	text := l.render(line)
	if l.config.File == "" {
		if l.out != nil {
			l.out.Write(text)
		}
		return
	}
	l.toFile(text, line.Time)
}

func (l *Log) render(line Line) []byte {
	if l.config.JSON {
		b, _ := json.Marshal(line)
		return append(b, '\n')
	}
	if l.config.Time {
		return fmt.Appendf(nil, "%s %s\n", line.Time.Format("2006-01-02T15:04:05.000Z07:00"), line.Text)
	}
	return append([]byte(line.Text), '\n')
}

func (l *Log) remember(line Line) {
	l.bytes += len(line.Text)
	if len(l.recent) < recentLines {
		l.recent = append(l.recent, line)
	} else {
		l.bytes -= len(l.recent[l.next].Text)
		l.recent[l.next] = line
		l.next = (l.next + 1) % recentLines
	}
	for i := 0; l.bytes > recentBytes && i < len(l.recent); i++ {
		old := &l.recent[(l.next+i)%len(l.recent)]
		l.bytes -= len(old.Text)
		old.Text = ""
	}
}

// toFile appends to the file. A full disk costs lines and nothing else: it is told at once where lines go without a file, and how many it was is written when there
// is room again.
func (l *Log) toFile(text []byte, now time.Time) {
	if !l.failed.IsZero() && now.Sub(l.failed) < retryAfter {
		l.lost++
		return
	}
	if l.file != nil && l.config.MaxSize > 0 && l.size > 0 && l.size+int64(len(text)) > l.config.MaxSize {
		l.rotate()
	}
	if err := l.open(); err != nil {
		l.fail(now, err)
		return
	}
	if l.lost > 0 {
		note := l.render(Line{Time: now, App: l.app, Stream: "stderr", Text: fmt.Sprintf("[%d lines were lost: the log could not be written]", l.lost)})
		if l.append(note) == nil {
			l.lost = 0
		}
	}
	if err := l.append(text); err != nil {
		l.fail(now, err)
		return
	}
	l.failed = time.Time{}
}

// append writes a line, or nothing.
func (l *Log) append(text []byte) error {
	n, err := l.file.Write(text)
	if err != nil && n > 0 {
		// Others may write to the file, too.
		if st, statErr := l.file.Stat(); statErr == nil && st.Size() == l.size+int64(n) && l.file.Truncate(l.size) == nil {
			n = 0
		}
	}
	l.size += int64(n)
	return err
}

func (l *Log) fail(now time.Time, err error) {
	if l.lost == 0 && l.out != nil {
		fmt.Fprintf(l.out, "[gonode serve] %s: lines are lost: %v\n", l.app, err)
	}
	l.failed = now
	l.lost++
	l.close()
}

func (l *Log) open() error {
	if l.file != nil {
		return nil
	}
	os.MkdirAll(filepath.Dir(l.config.File), 0o777)
	f, err := os.OpenFile(l.config.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	l.file, l.size = f, 0
	if st, err := f.Stat(); err == nil {
		l.size = st.Size()
	}
	return nil
}

func (l *Log) close() {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

// rotate renames file to file.1, file.1 to file.2 and so on.
func (l *Log) rotate() {
	l.close()
	keep := l.config.Keep
	if keep == 0 {
		keep = 5
	}
	name := func(n int) string { return fmt.Sprintf("%s.%d", l.config.File, n) }
	os.Remove(name(keep))
	for n := keep - 1; n > 0; n-- {
		os.Rename(name(n), name(n+1))
	}
	os.Rename(l.config.File, name(1))
}

// Reopen has the next line open the file anew: somebody else has renamed it.
func (l *Log) Reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.close()
	l.failed = time.Time{}
}

// Recent gives the last n lines at most, the oldest first.
func (l *Log) Recent(n int) []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := append(append([]Line(nil), l.recent[l.next:]...), l.recent[:l.next]...)
	return list[max(len(list)-n, 0):]
}

// Follow gives further lines until stop is called. A reader that is slow misses some.
func (l *Log) Follow() (lines <-chan Line, stop func()) {
	c := make(chan Line, 256)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow[c] = struct{}{}
	return c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.follow, c)
	}
}
