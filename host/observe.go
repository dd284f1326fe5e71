package host

import (
	"context"
	"io"
	"log/slog"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/profile"
	"gonode/runtime"
)

// logged gives the function that tells a logger what scripts tell the console: with their levels, and the place of the call as slog's source.
func logged(logger *slog.Logger) func(rt *runtime.Runtime, method, message string) {
	if logger == nil {
		return nil
	}
	return func(rt *runtime.Runtime, method, message string) {
		level := slog.LevelInfo
		switch method {
		case "debug", "trace":
			level = slog.LevelDebug
		case "warn":
			level = slog.LevelWarn
		case "error", "assert":
			level = slog.LevelError
		}
		h := logger.Handler()
		if !h.Enabled(context.Background(), level) {
			return
		}
		record := slog.NewRecord(time.Now(), level, message, 0)
		for _, s := range rt.Stack(8) {
			if !s.Native && s.Line > 0 && !strings.HasPrefix(s.File, "node:") {
				record.AddAttrs(slog.Any(slog.SourceKey, &slog.Source{Function: s.Function, File: s.File, Line: s.Line}))
				break
			}
		}
		h.Handle(context.Background(), record)
	}
}

// Profile records which functions of scripts the program runs until ctx is done, or the program ends, and writes that as a .cpuprofile for Chrome's tools and
// editors. Go's own profiles have the program's name and the functions that were called as labels, "program" and "function".
func (p *Program) Profile(ctx context.Context, w io.Writer) error {
	if p == nil {
		return errNil
	}
	begun := make(chan func() ([]byte, error), 1)
	p.rt.Loop().Post(func() { begun <- profile.Record(p.rt, profile.Options{}) })
	var end func() ([]byte, error)
	select {
	case end = <-begun:
	case <-p.ended:
		return p.closed()
	}
	select {
	case <-ctx.Done():
	case <-p.ended:
	}
	text, err := end()
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

// labelled sets the function's name as a label of Go's profiles, until what it returns is called. Program's goroutine only.
func (f *Func) labelled() (end func()) {
	if f.labels == nil {
		name, _ := engine.Property(f.fn, "name").(goja.String)
		f.labels = f.p.labels
		if name != nil && name.String() != "" {
			f.labels = pprof.WithLabels(f.p.labels, pprof.Labels("function", strings.ToValidUTF8(name.String(), "\uFFFD")))
		}
	}
	pprof.SetGoroutineLabels(f.labels)
	return f.p.unlabelled
}

func (p *Program) unlabelled() { pprof.SetGoroutineLabels(p.labels) }
