package zlib

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"io"
	"iter"
	"math"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
)

// The modes, numbered as in Node.
const (
	modeDeflate = 1 + iota
	modeInflate
	modeGzip
	modeGunzip
	modeDeflateRaw
	modeInflateRaw
	modeUnzip
	modeBrotliDecode
	modeBrotliEncode
	modeZstdEncode
	modeZstdDecode
)

const (
	noFlush = iota
	partialFlush
	syncFlush
	fullFlush
	finish
	block
)

// The operations of brotli.
const (
	brotliProcess = iota
	brotliFlush
	brotliFinish
)

// fault is an error as zlib names it.
type fault struct {
	message string
	errno   int
	code    string
}

func (f *fault) Error() string { return f.message }

func dataError(message string) error { return &fault{message, -3, "Z_DATA_ERROR"} }

var errEnd = &fault{"unexpected end of file", -5, "Z_BUF_ERROR"}

// options say how a stream is made.
type options struct {
	mode, windowBits, level, strategy int
	dictionary                        []byte
	quality, lgwin                    int
	indexed                           map[int]int // zstd's
	pledged                           int64       // the size of what zstd is to compress, or zstdUnknownSize
	reject                            bool        // nothing may follow the compressed data
}

// codec compresses or decompresses: input goes in by feed, output comes out piece by piece by take. One goroutine at
// a time.
type codec interface {
	// feed gives input and says whether to flush or finish behind it.
	feed(input []byte, flush int)
	// take returns at most limit bytes of output, whether there may be more, and how much input was used up since
	// the last call.
	take(limit int) (output []byte, more bool, used int, err error)
	// left is how much input there is that will never be used.
	left() int
	reset()
	params(level, strategy int) error
	close()
}

func newCodec(o options) codec {
	switch o.mode {
	case modeDeflate, modeGzip, modeDeflateRaw, modeBrotliEncode, modeZstdEncode:
		e := &encoder{options: o}
		e.reset()
		return e
	}
	return &decoder{options: o}
}

// flusher is a compressor of either library.
type flusher interface {
	io.WriteCloser
	Flush() error
}

// encoder compresses at once what it is fed, and hands the result out in pieces.
type encoder struct {
	options
	out      bytes.Buffer
	writer   flusher    // nil after close
	spare    *sync.Pool // where it goes then, if another may use it
	sum      hash.Hash32
	size     uint32
	consumed int64
	started  bool
	done     bool
	used     int
	err      error
}

func (e *encoder) reset() {
	e.close()
	e.out.Reset()
	e.started, e.done, e.size, e.consumed, e.err = false, false, 0, 0, nil
	switch e.mode {
	case modeDeflate:
		e.sum = adler32.New()
	case modeGzip:
		e.sum = crc32.NewIEEE()
	}
	if e.mode == modeZstdEncode {
		e.writer = e.zstdWriter()
		return
	}
	if e.mode == modeBrotliEncode {
		o := brotli.WriterOptions{Quality: e.quality, LGWin: e.lgwin}
		e.spare = spare(o)
		if w, ok := e.spare.Get().(*brotli.Writer); ok {
			w.Reset(&e.out)
			e.writer = w
		} else {
			e.writer = brotli.NewWriterOptions(&e.out, o)
		}
		return
	}
	e.writer = e.compressor(e.dictionary)
}

func (e *encoder) compressor(dictionary []byte) flusher {
	level := e.level
	if e.strategy == 2 && level != 0 { // Z_HUFFMAN_ONLY
		level = flate.HuffmanOnly
	}
	if level == 0 {
		return &storer{out: &e.out}
	}
	return &deflater{out: &e.out, level: level, windowBits: e.windowBits, dictionary: dictionary}
}

// storer writes blocks that are stored as they are, as zlib's level 0 does.
type storer struct {
	out     *bytes.Buffer
	pending []byte
}

func (s *storer) Write(p []byte) (int, error) {
	s.pending = append(s.pending, p...)
	for len(s.pending) > math.MaxUint16 {
		s.block(s.pending[:math.MaxUint16], 0)
		s.pending = append([]byte(nil), s.pending[math.MaxUint16:]...)
	}
	return len(p), nil
}

func (s *storer) block(data []byte, final byte) {
	n := uint16(len(data))
	s.out.Write([]byte{final, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)})
	s.out.Write(data)
}

func (s *storer) end(final byte) error {
	if len(s.pending) > 0 {
		s.block(s.pending, 0)
		s.pending = nil
	}
	s.block(nil, final)
	return nil
}

func (s *storer) Flush() error { return s.end(0) }
func (s *storer) Close() error { return s.end(1) }

// header starts the stream; the levels are told as zlib does.
func (e *encoder) header() {
	e.started = true
	switch e.mode {
	case modeDeflate:
		flags := 3
		switch {
		case e.strategy >= 2 || e.level == 0 || e.level == 1:
			flags = 0
		case e.level > 1 && e.level < 6:
			flags = 1
		case e.level == 6 || e.level == -1:
			flags = 2
		}
		h := (8|(e.windowBits-8)<<4)<<8 | flags<<6
		if len(e.dictionary) > 0 {
			h |= 0x20
		}
		h += 31 - h%31
		e.out.Write([]byte{byte(h >> 8), byte(h)})
		if len(e.dictionary) > 0 {
			e.out.Write(binary.BigEndian.AppendUint32(nil, adler32.Checksum(e.dictionary)))
		}
	case modeGzip:
		extra := byte(0)
		if e.level == 9 {
			extra = 2
		} else if e.strategy >= 2 || e.level == 0 || e.level == 1 {
			extra = 4
		}
		e.out.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra, 3})
	}
}

func (e *encoder) feed(input []byte, flush int) {
	if e.writer == nil {
		return
	}
	if e.err == nil && e.mode == modeZstdEncode {
		e.zstdFeed(input, flush)
		return
	}
	if e.err != nil || e.done {
		return
	}
	if !e.started {
		e.header()
	}
	if len(input) > 0 {
		e.writer.Write(input)
		e.used += len(input)
		e.size += uint32(len(input))
		if e.sum != nil {
			e.sum.Write(input)
		}
	}
	switch {
	case e.mode == modeBrotliEncode && flush == brotliFinish || e.mode != modeBrotliEncode && flush == finish:
		e.writer.Close()
		e.done = true
		switch e.mode {
		case modeDeflate:
			e.out.Write(binary.BigEndian.AppendUint32(nil, e.sum.Sum32()))
		case modeGzip:
			e.out.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, e.sum.Sum32()), e.size))
		}
	case flush != noFlush:
		e.writer.Flush()
	}
}

func (e *encoder) take(limit int) (output []byte, more bool, used int, err error) {
	used, e.used = e.used, 0
	if e.out.Len() > 0 {
		output = append(output, e.out.Next(limit)...)
	}
	return output, e.out.Len() > 0, used, e.err
}

func (e *encoder) left() int { return 0 }

func (e *encoder) close() {
	switch w := e.writer.(type) {
	case *deflater:
		w.release()
	case interface{ Reset(io.Writer) }: // brotli's and zstd's
		if e.spare != nil {
			w.Reset(nil)
			e.spare.Put(w)
		}
		e.writer, e.spare = nil, nil
	}
}

// params goes on at another level: what came before has been flushed.
func (e *encoder) params(level, strategy int) error {
	if e.mode == modeBrotliEncode || e.mode == modeZstdEncode {
		return nil
	}
	e.level, e.strategy = level, strategy
	e.close()
	if !e.started {
		e.writer = e.compressor(e.dictionary)
	} else {
		e.writer = e.compressor(nil)
	}
	return e.err
}

// decoder runs a decompressor as a coroutine that is left where it wants more input or has output.
type decoder struct {
	options
	input    []byte
	source   *bufio.Reader // of the input, but for brotli: flate is quicker with this type than with others
	flush    int
	starving func() // gives out what is there of a block before more input is waited for
	boundary bool   // between members: the end may come here
	output   []byte
	ended    bool
	err      error
	next     func() (bool, bool)
	stop     func()
	yield    func(bool) bool
}

var errStopped = errors.New("stopped")

func (d *decoder) reset() {
	d.close()
	input := d.input // of a write under way, which goes on
	if d.source != nil {
		read, _ := d.source.Peek(d.source.Buffered())
		input = append(slices.Clip(read), input...)
	}
	d.input, d.source, d.output, d.ended, d.err, d.boundary = input, nil, nil, false, nil, false
}

func (d *decoder) params(int, int) error { return nil }

func (d *decoder) close() {
	if d.stop != nil {
		d.stop()
		d.next, d.stop = nil, nil
	}
}

func (d *decoder) left() int {
	if d.source != nil {
		return len(d.input) + d.source.Buffered()
	}
	return len(d.input)
}

func (d *decoder) feed(input []byte, flush int) {
	d.input, d.flush = input, flush
}

func (d *decoder) take(limit int) (output []byte, more bool, used int, err error) {
	before := d.left()
	for len(d.output) < limit && !d.ended && d.err == nil {
		if d.next == nil {
			d.next, d.stop = iter.Pull(func(yield func(bool) bool) {
				d.yield = yield
				if d.err = d.run(); d.err == nil {
					d.ended = true
				}
			})
		}
		// What is yielded says whether there is output; else input is wanted, and there is none.
		if hasOutput, running := d.next(); running && !hasOutput {
			break
		}
	}
	if d.ended || d.err != nil {
		d.close()
	}
	n := min(limit, len(d.output))
	output, d.output = d.output[:n:n], d.output[n:]
	more = len(d.output) > 0 || len(output) == limit && !d.ended
	err = d.err
	if err != nil && n == limit {
		err, more = nil, true // what zlib would have given before it came to the error
	}
	finishing := d.flush == finish
	switch d.mode {
	case modeBrotliDecode:
		finishing = d.flush == brotliFinish
	case modeZstdDecode:
		finishing = d.flush == zstdEnd
	}
	if err == nil && !more && !d.ended && !d.boundary && finishing && d.left() == 0 {
		err = errEnd
	}
	return output, more, before - d.left(), err
}

// Read is the decompressor's source.
func (d *decoder) Read(b []byte) (int, error) {
	for len(d.input) == 0 {
		if d.mode == modeBrotliDecode && d.flush == brotliFinish {
			return 0, io.EOF // only then does the library tell whether it is complete
		}
		if d.starving != nil {
			d.starving()
		}
		if !d.yield(false) {
			return 0, errStopped
		}
	}
	n := copy(b, d.input)
	d.input = d.input[n:]
	return n, nil
}

// bytes reads n bytes; a broken-off read means that the stream was closed.
func (d *decoder) bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(d.source, b); err != nil {
		return nil
	}
	return b
}

func (d *decoder) run() error {
	if d.mode == modeBrotliDecode {
		return d.copy(brotli.NewReader(d), nil, nil)
	}
	d.source = bufio.NewReader(d)
	switch d.mode {
	case modeZstdDecode:
		return d.zstdFrames()
	case modeInflateRaw:
		return d.copy(flate.NewReaderDict(d.source, d.dictionary), nil, nil)
	case modeInflate:
		return d.zlib(d.bytes(2))
	}
	head := d.bytes(1)
	if head == nil {
		return errStopped
	}
	if head[0] != 0x1f && d.mode == modeUnzip {
		return d.zlib(append(head, d.bytes(1)...))
	}
	for {
		if err := d.gzip(head[0]); err != nil {
			return err
		}
		if d.reject {
			return nil
		}
		// Another member may follow; a zero byte is padding.
		d.boundary = true
		if head = d.bytes(1); head == nil {
			return errStopped
		}
		d.boundary = false
		if head[0] == 0 {
			return d.source.UnreadByte()
		}
	}
}

func (d *decoder) zlib(h []byte) error {
	switch {
	case len(h) < 2:
		return errStopped
	case (int(h[0])<<8|int(h[1]))%31 != 0:
		return dataError("incorrect header check")
	case h[0]&15 != 8:
		return dataError("unknown compression method")
	case h[0]>>4 > 7 || d.windowBits > 0 && int(h[0]>>4)+8 > d.windowBits:
		return dataError("invalid window size")
	}
	var dictionary []byte
	if h[1]&0x20 != 0 {
		id := d.bytes(4)
		if id == nil {
			return errStopped
		}
		if d.dictionary == nil {
			return &fault{"Missing dictionary", 2, "Z_NEED_DICT"}
		}
		if adler32.Checksum(d.dictionary) != binary.BigEndian.Uint32(id) {
			return &fault{"Bad dictionary", 2, "Z_NEED_DICT"}
		}
		dictionary = d.dictionary
	}
	sum := adler32.New()
	return d.copy(flate.NewReaderDict(d.source, dictionary), sum, func(uint32) error {
		t := d.bytes(4)
		if t == nil {
			return errStopped
		}
		if binary.BigEndian.Uint32(t) != sum.Sum32() {
			return dataError("incorrect data check")
		}
		return nil
	})
}

// gzip reads one member whose first byte has been read.
func (d *decoder) gzip(first byte) error {
	if first != 0x1f {
		// zlib looks at two bytes.
		if d.bytes(1) == nil {
			return errStopped
		}
		return dataError("incorrect header check")
	}
	second := d.bytes(1)
	if second == nil {
		return errStopped
	}
	if second[0] != 0x8b {
		if d.mode == modeUnzip {
			return d.zlib([]byte{first, second[0]})
		}
		return dataError("incorrect header check")
	}
	h := d.bytes(2)
	switch {
	case h == nil:
		return errStopped
	case h[0] != 8:
		return dataError("unknown compression method")
	case h[1]&0xe0 != 0:
		return dataError("unknown header flags set")
	}
	d.bytes(6)
	if h[1]&4 != 0 { // extra field
		n := d.bytes(2)
		if n == nil {
			return errStopped
		}
		d.bytes(int(binary.LittleEndian.Uint16(n)))
	}
	for _, flag := range []byte{8, 16} { // name, comment
		for h[1]&flag != 0 {
			if c, err := d.source.ReadByte(); err != nil || c == 0 {
				break
			}
		}
	}
	if h[1]&2 != 0 {
		d.bytes(2)
	}
	sum := crc32.NewIEEE()
	return d.copy(flate.NewReader(d.source), sum, func(size uint32) error {
		t := d.bytes(8)
		switch {
		case t == nil:
			return errStopped
		case binary.LittleEndian.Uint32(t) != sum.Sum32():
			return dataError("incorrect data check")
		case binary.LittleEndian.Uint32(t[4:]) != size:
			return dataError("incorrect length check")
		}
		return nil
	})
}

// copy passes what r decompresses on as output; trailer checks what follows.
func (d *decoder) copy(r io.Reader, sum hash.Hash32, trailer func(size uint32) error) error {
	b := make([]byte, 16<<10)
	size := uint32(0)
	pass := func(b []byte) {
		if sum != nil {
			sum.Write(b)
		}
		size += uint32(len(b))
		d.output = append(d.output, b...)
	}
	if w := windowOf(r); w != nil {
		d.starving = func() { pass(w.take()) }
		defer func() { d.starving = nil }()
	}
	for {
		n, err := r.Read(b)
		if n > 0 {
			pass(b[:n])
			if err == nil && !d.yield(true) {
				return errStopped
			}
		}
		switch {
		case err == io.EOF:
			d.starving = nil
			if trailer != nil {
				return trailer(size)
			}
			return nil
		case err == io.ErrUnexpectedEOF:
			return errEnd
		case err != nil && err.Error() == "brotli: excessive input":
			d.input = make([]byte, 1) // at least so much is left
			return nil
		case err == errStopped || errors.Is(err, errStopped):
			return errStopped
		case err != nil:
			return d.corrupt(err)
		}
	}
}

// corrupt names a decompressor's error.
func (d *decoder) corrupt(err error) error {
	if d.mode == modeZstdDecode {
		return zstdError(err)
	}
	if d.mode != modeBrotliDecode {
		return dataError("invalid block type")
	}
	code := 0
	if v := reflect.ValueOf(err); v.Kind() == reflect.Int {
		code = int(v.Int())
	}
	for _, c := range constants {
		if name, ok := cutPrefix(c.name, "BROTLI_DECODER"); ok && c.value == code && code < 0 {
			return &fault{"Decompression failed", code, "ERR_" + name}
		}
	}
	return &fault{"Decompression failed", code, "ERR_" + strconv.Itoa(code)}
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return "", false
}
