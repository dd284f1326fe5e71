package zlib

import (
	"bytes"
	"sync"

	"github.com/klauspost/compress/flate"
)

const (
	// short is how much input is kept before it is compressed: the quick levels of the library leave inputs of that size as they are.
	short = 1 << 10
	// shortLevel is the lowest level that compresses these.
	shortLevel = 7
)

// deflater is a flate.Writer that is made when it is known what for.
type deflater struct {
	out               *bytes.Buffer
	level, windowBits int
	dictionary        []byte
	pending           []byte // the input as long as it is short
	w                 *flate.Writer
	spare             *sync.Pool // where the writer goes; nil if it cannot be used again
}

// spares are pools of compressors without a dictionary, by what they are made for: to make one costs more than to compress a few kilobytes.
var spares sync.Map

func spare(of any) *sync.Pool {
	pool, ok := spares.Load(of)
	if !ok {
		pool, _ = spares.LoadOrStore(of, &sync.Pool{})
	}
	return pool.(*sync.Pool)
}

// flateWriter is what flate writers with a whole window are made for.
type flateWriter struct{ level int }

func (d *deflater) start(level int) error {
	if d.w != nil {
		return nil
	}
	var err error
	switch {
	case len(d.dictionary) > 0:
		d.w, err = flate.NewWriterDict(d.out, level, d.dictionary)
	case d.windowBits < 15:
		d.w, err = flate.NewWriterWindow(d.out, 1<<d.windowBits)
	case level > 0:
		d.spare = spare(flateWriter{level})
		if d.w, _ = d.spare.Get().(*flate.Writer); d.w != nil {
			d.w.Reset(d.out)
			break
		}
		fallthrough
	default:
		d.w, err = flate.NewWriter(d.out, level)
	}
	if err == nil {
		_, err = d.w.Write(d.pending)
		d.pending = nil
	}
	return err
}

// startShort is start when all of the input so far is short.
func (d *deflater) startShort() error {
	if d.level == flate.HuffmanOnly {
		return d.start(d.level)
	}
	return d.start(max(d.level, shortLevel))
}

// usual is the level that is asked for, by its number.
func (d *deflater) usual() int {
	if d.level == flate.DefaultCompression {
		return 6
	}
	return d.level
}

func (d *deflater) Write(p []byte) (int, error) {
	if d.w == nil && len(d.pending)+len(p) <= short {
		d.pending = append(d.pending, p...)
		return len(p), nil
	}
	if err := d.start(d.usual()); err != nil {
		return 0, err
	}
	return d.w.Write(p)
}

func (d *deflater) Flush() error {
	if err := d.startShort(); err != nil {
		return err
	}
	return d.w.Flush()
}

func (d *deflater) Close() error {
	err := d.startShort()
	if err == nil {
		err = d.w.Close()
	}
	d.release()
	return err
}

// release gives the writer to whoever needs one next.
func (d *deflater) release() {
	if d.w != nil && d.spare != nil {
		d.w.Reset(nil)
		d.spare.Put(d.w)
	}
	d.w, d.spare, d.pending = nil, nil, nil
}
