package zlib

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// The operations of zstd.
const (
	zstdContinue = iota
	zstdFlush
	zstdEnd
)

// The parameters of zstd that mean something to this compressor; the others are checked only.
const (
	zstdLevel       = 100
	zstdWindowLog   = 101
	zstdStrategy    = 107
	zstdContentSize = 200
	zstdChecksum    = 201
)

// zstdUnknownSize is a size of the source that was not pledged.
const zstdUnknownSize = -1

// What is at most so long (log2) is written to be decompressed in one piece of memory, as zstd does at its usual level.
const zstdSingleSegmentLog = 21

const zstdDefaultWindowLogMax = 27

func zstdFault(message string, errno int, code string) error {
	return &fault{message, errno, "ZSTD_error_" + code}
}

func zstdCorrupt() error {
	return zstdFault("Data corruption detected", 20, "corruption_detected")
}

// zstdParamFits tells whether a parameter exists and takes the value; 0 stands for the default.
func zstdParamFits(mode, key, value int) bool {
	lower, upper := 0, 0
	switch {
	case mode == modeZstdDecode:
		if key != zstdLevel { // the same number is the decoder's ZSTD_d_windowLogMax
			return false
		}
		lower, upper = 10, 31
	case key == zstdLevel, key == 200, key == 201, key == 202, key == 400, key == 401, key == 402:
		return true
	case key == zstdWindowLog:
		lower, upper = 10, 31
	case key == 102, key == 103, key == 161:
		lower, upper = 6, 30
	case key == 104:
		lower, upper = 1, 30
	case key == 105:
		lower, upper = 3, 7
	case key == 106:
		lower, upper = 0, 1<<17
	case key == zstdStrategy:
		lower, upper = 1, 9
	case key == 160:
		lower, upper = 0, 2
	case key == 162:
		lower, upper = 4, 4096
	case key == 163:
		lower, upper = 1, 8
	case key == 164:
		lower, upper = 0, 25
	default:
		return false
	}
	return value == 0 || value >= lower && value <= upper
}

// zstdDictionaryMagic begins dictionaries that were trained; other bytes are content to refer to.
const zstdDictionaryMagic = "\x37\xa4\x30\xec"

func trained(dictionary []byte) bool {
	return bytes.HasPrefix(dictionary, []byte(zstdDictionaryMagic))
}

// zstdLoads tells whether a decoder can use the dictionary.
func zstdLoads(dictionary []byte) bool {
	if !trained(dictionary) {
		return true
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderDicts(dictionary))
	if err != nil {
		return false
	}
	d.Close()
	return true
}

// zstdWriter is what zstd's writers are made for.
type zstdWriter struct {
	level    zstd.EncoderLevel
	window   int
	checksum bool
}

// zstdWriter makes a compressor for e: the library has four levels for zstd's, and windows as zstd's levels have them.
func (e *encoder) zstdWriter() flusher {
	level := zstd.EncoderLevelFromZstd(3)
	window := 21
	if v, ok := e.indexed[zstdLevel]; ok && v != 0 {
		level = zstd.EncoderLevelFromZstd(v)
		switch {
		case v < 3:
			window = 20
		case v >= 20:
			window = 23
		case v >= 9:
			window = 22
		}
	}
	switch s := e.indexed[zstdStrategy]; {
	case s >= 7:
		level = zstd.SpeedBestCompression
	case s >= 4:
		level = zstd.SpeedBetterCompression
	case s >= 2:
		level = zstd.SpeedDefault
	case s == 1:
		level = zstd.SpeedFastest
	}
	if v := e.indexed[zstdWindowLog]; v != 0 {
		window = min(v, 26)
	}
	options := []zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderLevel(level),
		zstd.WithWindowSize(1 << window), zstd.WithEncoderCRC(e.indexed[zstdChecksum] != 0), zstd.WithZeroFrames(true)}
	if trained(e.dictionary) {
		options = append(options, zstd.WithEncoderDict(e.dictionary))
	} else if len(e.dictionary) > 0 {
		options = append(options, zstd.WithEncoderDictRaw(0, e.dictionary))
	}
	var w *zstd.Encoder
	if len(e.dictionary) == 0 {
		e.spare = spare(zstdWriter{level, window, e.indexed[zstdChecksum] != 0})
		w, _ = e.spare.Get().(*zstd.Encoder)
	}
	if w != nil {
		w.Reset(&e.out)
	} else {
		var err error
		if w, err = zstd.NewWriter(&e.out, options...); err != nil {
			e.err = zstdFault("Allocation error : not enough memory", 64, "memory_allocation")
			return nil
		}
	}
	if e.pledged > 0 {
		w.ResetContentSize(&e.out, e.pledged)
	}
	return w
}

// zstdFeed compresses input. A source that is there as a whole at once becomes a frame that tells its size.
func (e *encoder) zstdFeed(input []byte, flush int) {
	w := e.writer.(*zstd.Encoder)
	if e.done { // another frame
		e.done, e.started, e.consumed = false, false, 0
		w.Reset(&e.out)
	}
	e.consumed += int64(len(input))
	e.used += len(input)
	wrong := e.consumed > e.pledged || flush == zstdEnd && e.consumed != e.pledged
	if e.pledged != zstdUnknownSize && wrong {
		e.err = zstdFault("Src size is incorrect", 72, "srcSize_wrong")
		return
	}
	size, said := e.indexed[zstdContentSize]
	switch {
	case !e.started && flush == zstdEnd && (!said || size != 0):
		w.ResetWithOptions(&e.out, zstd.WithSingleSegment(len(input) <= 1<<zstdSingleSegmentLog))
		e.out.Write(w.EncodeAll(input, nil))
		e.done = true
		return
	case len(input) > 0:
		w.Write(input)
		e.started = true
	}
	switch flush {
	case zstdEnd:
		w.Close()
		e.done, e.pledged = true, zstdUnknownSize
	case zstdFlush:
		w.Flush()
	}
}

// zstdFrames decompresses the frames of an input. What follows a frame in the same piece of input is left alone.
func (d *decoder) zstdFrames() error {
	for {
		d.boundary = false
		f := &zstdFrame{d: d}
		if err := f.readHeader(); err != nil {
			return err
		}
		if !f.skippable {
			limit := zstdDefaultWindowLogMax
			if v := d.indexed[zstdLevel]; v != 0 {
				limit = v
			}
			if f.window > 1<<limit {
				return zstdFault("Frame requires too much memory for decoding", 16, "frameParameter_windowTooLarge")
			}
			options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(1 << limit)}
			if trained(d.dictionary) {
				options = append(options, zstd.WithDecoderDicts(d.dictionary))
				if f.dictionary != 0 && f.dictionary != binary.LittleEndian.Uint32(d.dictionary[4:]) {
					return zstdWrongDictionary()
				}
			} else if f.dictionary != 0 {
				return zstdWrongDictionary()
			} else if len(d.dictionary) > 0 {
				options = append(options, zstd.WithDecoderDictRaw(0, d.dictionary))
			}
			reader, err := zstd.NewReader(nil, options...)
			if err != nil {
				return zstdFault("Allocation error : not enough memory", 64, "memory_allocation")
			}
			err = reader.Reset(f)
			if err == nil {
				err = d.copy(reader, nil, nil)
			} else if errors.Is(err, errStopped) {
				err = errStopped
			} else {
				err = d.corrupt(err)
			}
			reader.Close()
			if err != nil {
				return err
			}
		}
		if d.left() > 0 || d.reject {
			return nil
		}
		d.boundary = true
		for d.left() == 0 {
			if !d.yield(false) {
				return errStopped
			}
		}
	}
}

func zstdWrongDictionary() error {
	return zstdFault("Dictionary mismatch", 32, "dictionary_wrong")
}

// zstdFrame gives the bytes of one frame and then io.EOF: the library itself would read on to the next frame.
type zstdFrame struct {
	d          *decoder
	pending    []byte
	window     uint64
	dictionary uint32
	checksum   bool
	skippable  bool
	last, done bool
	body       int
	err        error
}

// take reads n bytes of the source into pending.
func (f *zstdFrame) take(n int) []byte {
	b := f.d.bytes(n)
	if b == nil {
		f.err = errStopped
	}
	f.pending = append(f.pending, b...)
	return b
}

// readHeader reads up to the first block, and all of a frame that is to be skipped.
func (f *zstdFrame) readHeader() error {
	const magic, skippable = "\x28\xb5\x2f\xfd", "\x50\x2a\x4d\x18"
	for i := range 4 {
		b := f.take(1)
		if b == nil {
			return errStopped
		}
		if i == 0 {
			f.skippable = b[0]&0xf0 == 0x50
		}
		if f.skippable && i > 0 && b[0] != skippable[i] || !f.skippable && b[0] != magic[i] {
			return zstdFault("Unknown frame descriptor", 10, "prefix_unknown")
		}
	}
	if f.skippable {
		size := f.take(4)
		if size == nil {
			return errStopped
		}
		for n := binary.LittleEndian.Uint32(size); n > 0; n-- {
			if _, err := f.d.source.ReadByte(); err != nil {
				return err
			}
		}
		return nil
	}
	b := f.take(1)
	if b == nil {
		return errStopped
	}
	flags := b[0]
	single := flags&0x20 != 0
	f.checksum = flags&4 != 0
	sizeOfID := []int{0, 1, 2, 4}[flags&3]
	sizeOfSize := []int{0, 2, 4, 8}[flags>>6]
	rest := sizeOfID + sizeOfSize
	switch {
	case !single:
		rest++
	case sizeOfSize == 0:
		sizeOfSize = 1
		rest++
	}
	h := f.take(rest)
	switch {
	case h == nil && rest > 0:
		return errStopped
	case flags&8 != 0:
		return zstdFault("Unsupported frame parameter", 14, "frameParameter_unsupported")
	}
	if !single {
		base := uint64(1) << (10 + h[0]>>3)
		f.window = base + base/8*uint64(h[0]&7)
		h = h[1:]
	}
	little := func(b []byte) (n uint64) {
		for i, c := range b {
			n |= uint64(c) << (8 * i)
		}
		return n
	}
	f.dictionary = uint32(little(h[:sizeOfID]))
	if single {
		f.window = little(h[sizeOfID:])
		if sizeOfSize == 2 {
			f.window += 256
		}
	}
	return nil
}

func (f *zstdFrame) Read(b []byte) (int, error) {
	for len(f.pending) == 0 {
		switch {
		case f.err != nil:
			return 0, f.err
		case f.body > 0:
			n, err := f.d.source.Read(b[:min(len(b), f.body)])
			f.body -= n
			return n, err
		case f.done:
			return 0, io.EOF
		case f.last:
			f.done = true
			if f.checksum {
				f.take(4)
			}
			continue
		}
		h := f.take(3)
		if h == nil {
			continue
		}
		f.last = h[0]&1 != 0
		f.body = int(h[0])>>3 | int(h[1])<<5 | int(h[2])<<13
		switch kind := h[0] >> 1 & 3; {
		case kind == 3 || uint64(f.body) > min(max(f.window, 1<<10), 128<<10):
			f.pending, f.err = nil, zstdCorrupt()
		case kind == 1: // one byte, repeated
			f.body = 1
		}
	}
	n := copy(b, f.pending)
	f.pending = f.pending[n:]
	return n, nil
}

// zstdError names what the library found.
func zstdError(err error) error {
	var named *fault
	switch {
	case errors.As(err, &named):
		return named
	case errors.Is(err, zstd.ErrCRCMismatch):
		return zstdFault("Restored data doesn't match checksum", 22, "checksum_wrong")
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return zstdWrongDictionary()
	}
	return zstdCorrupt()
}
