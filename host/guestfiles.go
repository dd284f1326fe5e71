package host

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"path"
	"time"
)

// hostReader and hostWriter are streams of the host's.
type hostReader struct {
	g  *guest
	id uint64
}

type hostWriter struct {
	g  *guest
	id uint64
}

// Read implements io.Reader.
func (s *hostReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	w := s.g.packer(opPull)
	w.uint(s.id)
	w.uint(uint64(len(b)))
	r, err := s.g.ask(context.Background(), w)
	if err != nil {
		return 0, err
	}
	n := copy(b, r.bytes())
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close implements io.Closer.
func (s *hostReader) Close() error { return s.g.shut(s.id) }

// Write implements io.Writer.
func (s *hostWriter) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		piece := b[:min(len(b), pieceSize, s.g.longest/2)]
		w := s.g.packer(opPush)
		w.uint(s.id)
		w.bytes(piece)
		if _, err := s.g.ask(context.Background(), w); err != nil {
			return n, err
		}
		n, b = n+len(piece), b[len(piece):]
	}
	return n, nil
}

// Close implements io.Closer.
func (s *hostWriter) Close() error { return s.g.shut(s.id) }

func (g *guest) shut(id uint64) error {
	w := g.packer(opShut)
	w.uint(id)
	_, err := g.ask(context.Background(), w)
	return err
}

// hostLog tells the host what scripts tell the console.
type hostLog struct{ g *guest }

// Enabled implements slog.Handler; the host knows.
func (hostLog) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (l hostLog) Handle(ctx context.Context, record slog.Record) error {
	from := &slog.Source{}
	record.Attrs(func(a slog.Attr) bool {
		if s, ok := a.Value.Any().(*slog.Source); ok {
			from = s
		}
		return true
	})
	w := l.g.packer(opLog)
	w.int(int64(record.Level))
	w.string(record.Message)
	w.string(from.Function)
	w.string(from.File)
	w.int(int64(from.Line))
	_, err := l.g.ask(context.Background(), w)
	return err
}

// WithAttrs implements slog.Handler.
func (l hostLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l hostLog) WithGroup(string) slog.Handler { return l }

// hostFiles is the host's fs.FS as far as modules are looked up and read in it.
type hostFiles struct{ g *guest }

// Open implements fs.FS; nobody needs it.
func (hostFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// Stat implements fs.StatFS.
func (f hostFiles) Stat(name string) (fs.FileInfo, error) {
	w := f.g.packer(opStat)
	w.string(name)
	r, err := f.g.ask(context.Background(), w)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return hostFile{path.Base(name), r.byte() == folderThere}, nil
}

// ReadFile implements fs.ReadFileFS.
func (f hostFiles) ReadFile(name string) ([]byte, error) {
	w := f.g.packer(opReadFile)
	w.string(name)
	r, err := f.g.ask(context.Background(), w)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return r.bytes(), nil
}

// hostFile is a file or a folder of it.
type hostFile struct {
	name   string
	folder bool
}

func (f hostFile) Name() string       { return f.name }
func (f hostFile) Size() int64        { return 0 }
func (f hostFile) ModTime() time.Time { return time.Time{} }
func (f hostFile) IsDir() bool        { return f.folder }
func (f hostFile) Sys() any           { return nil }

func (f hostFile) Mode() fs.FileMode {
	if f.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
