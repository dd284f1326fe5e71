package fs

import (
	"math"
	"math/big"
	"slices"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
)

// readAt reads at a position, or at the descriptor's own if that is negative.
func readAt(fd int, b []byte, position int64) (int, error) {
	return retry(func() (int, error) {
		if position < 0 {
			return unix.Read(fd, b)
		}
		return unix.Pread(fd, b, position)
	})
}

func writeAt(fd int, b []byte, position int64) (int, error) {
	return retry(func() (int, error) {
		if position < 0 {
			return unix.Write(fd, b)
		}
		return unix.Pwrite(fd, b, position)
	})
}

// writeAll writes until all is written.
func writeAll(fd int, b []byte, position int64) (int, error) {
	done := 0
	for done < len(b) {
		n, err := writeAt(fd, b[done:], position)
		if err != nil {
			return done, err
		}
		done += n
		if position >= 0 {
			position += int64(n)
		}
	}
	return done, nil
}

func openOf(m *module, a args, form form) *job {
	p := m.plainPath(a.at(0), "path")
	var mode uint32
	if form == callback {
		mode = m.mode(a.at(2), "mode", 0o666)
	}
	flags := m.flags(a.at(1), "flags")
	if form != callback {
		mode = m.mode(a.at(2), "mode", 0o666)
	}
	m.openly(flags, p)
	real := m.real(p)
	return &job{syscall: "open", path: p, value: m.number, work: func() (any, error) {
		fd, err := m.open(real, flags, mode)
		if err == nil {
			m.rt.Files.Track(fd)
		}
		return fd, err
	}}
}

func (m *module) number(v any) goja.Value { return m.vm.ToValue(v) }

// position takes where to read so many bytes: a number or bigint, or nothing.
func (m *module) position(v goja.Value, length int64) int64 {
	switch {
	case isNil(v):
		return -1
	case m.isNumber(v):
		return m.rt.ValidateInteger(v, "position", -1, engine.MaxSafeInteger)
	case goja.IsBigInt(v):
		b, ok := engine.BigInt(v)
		if !ok {
			break
		}
		highest := new(big.Int).Sub(big.NewInt(math.MaxInt64), big.NewInt(length))
		if b.Cmp(big.NewInt(-1)) >= 0 && b.Cmp(highest) <= 0 {
			return b.Int64()
		}
		m.rt.ThrowOutOfRange("position", ">= -1 && <= "+highest.String(), v)
	}
	m.rt.ThrowArgType("position", v, "integer", "bigint")
	return 0
}

// place is a position where anything but a safe integer means the descriptor's own: a stream without a start counts from NaN.
func (m *module) place(v goja.Value) int64 {
	if m.isNumber(v) {
		if f := v.ToFloat(); f == math.Trunc(f) && math.Abs(f) <= engine.MaxSafeInteger {
			return int64(f)
		}
	}
	return -1
}

// span is a part of a buffer and where it goes in the file.
type span struct {
	buffer   goja.Value
	bytes    []byte
	position int64
}

// int32Of is JavaScript's `n | 0`.
func int32Of(v goja.Value) int64 {
	f := v.ToFloat()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return int64(int32(uint32(int64(math.Mod(math.Trunc(f), 1<<32)))))
}

// readSpan takes (buffer, offset, length, position), (buffer, options) or, unless it is the sync form, (options).
func (m *module) readSpan(a args, form form) (s span, empty bool) {
	buffer, offset, length, position := a.at(1), a.at(2), a.at(3), a.at(4)
	_, isObject := offset.(*goja.Object)
	short := len(a) <= 3
	if form == sync {
		short = short || isObject || goja.IsNull(offset)
	}
	b, ok := m.view(buffer)
	if short {
		params := offset
		if form != sync && len(a) <= 2 {
			params = goja.Undefined()
			if !ok {
				if params = buffer; len(a) == 2 && !isNil(params) {
					m.rt.ValidateObject(params, "options")
				}
				buffer = goja.Undefined()
				if o, object := params.(*goja.Object); object {
					buffer = get(o, "buffer")
				}
				if goja.IsUndefined(buffer) {
					buffer = m.rt.NewBuffer(make([]byte, 16384))
				}
				b, ok = m.view(buffer)
			}
		}
		var o *goja.Object
		if !isNil(params) {
			o = m.rt.ValidateObject(params, "options")
		}
		offset, length, position = get(o, "offset"), get(o, "length"), get(o, "position")
		if goja.IsUndefined(offset) {
			offset = m.vm.ToValue(0)
		}
		if goja.IsUndefined(length) {
			length = m.vm.ToValue(float64(len(b)) - offset.ToFloat())
		}
	}
	if !ok {
		m.rt.ThrowArgType("buffer", buffer, "Buffer", "TypedArray", "DataView")
	}
	from := int64(0)
	if !(goja.IsUndefined(offset) || form != sync && goja.IsNull(offset)) {
		from = m.rt.ValidateInteger(offset, "offset", 0, engine.MaxSafeInteger)
	}
	n := int32Of(length)
	s.buffer = buffer
	s.position = m.position(position, n)
	if n == 0 {
		return s, true
	}
	if len(b) == 0 {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "buffer", buffer, "is empty and cannot be written"))
	}
	if n < 0 {
		m.rt.ThrowOutOfRange("length", ">= 0", m.vm.ToValue(n))
	}
	if from+n > int64(len(b)) {
		m.rt.ThrowOutOfRange("length", "<= "+m.vm.ToValue(int64(len(b))-from).String(), m.vm.ToValue(n))
	}
	s.bytes = b[from : from+n]
	return s, false
}

func get(o *goja.Object, name string) goja.Value {
	if o != nil {
		if v := o.Get(name); v != nil {
			return v
		}
	}
	return goja.Undefined()
}

func readOf(m *module, a args, form form) *job {
	fd := m.fd(a.at(0))
	s, empty := m.readSpan(a, form)
	j := &job{syscall: "read", value: m.number}
	if form != sync {
		j.extra = s.buffer
	}
	if empty {
		j.ready = m.vm.ToValue(0)
		return j
	}
	if form == callback && len(s.bytes) <= maxNow {
		var n int
		j.now = func() (any, bool) {
			var all bool
			n, all = readNow(fd, s.bytes, s.position)
			return n, all
		}
		j.work = func() (any, error) {
			if n > 0 && !isRegular(fd) { // a pipe gives what it has
				return n, nil
			}
			at := s.position
			if at >= 0 {
				at += int64(n)
			}
			more, err := readAt(fd, s.bytes[n:], at)
			if n > 0 {
				err = nil // it comes with the next read
			}
			return n + max(more, 0), err
		}
		return j
	}
	j.work = func() (any, error) { return readAt(fd, s.bytes, s.position) }
	return j
}

// maxNow is how much is read at most on the loop's goroutine, where the system has it in memory.
const maxNow = 256 << 10

func isRegular(fd int) bool {
	var s unix.Stat_t
	return unix.Fstat(fd, &s) == nil && s.Mode&unix.S_IFMT == unix.S_IFREG
}

// writeSpan takes what write writes: (buffer, offset, length, position), (buffer, options) or (string, position, encoding).
func (m *module) writeSpan(a args) span {
	buffer, offset, length, position := a.at(1), a.at(2), a.at(3), a.at(4)
	b, ok := m.view(buffer)
	if !ok {
		if !m.isString(buffer) {
			m.rt.ThrowArgType("buffer", buffer, "string", "Buffer", "TypedArray", "DataView")
		}
		encoding := ""
		if m.isString(length) {
			if e, ok := engine.ParseEncoding(length.String()); ok {
				encoding = e.String()
			}
		}
		if text := buffer.String(); encoding == "hex" && len(text)%2 != 0 {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "encoding", length, "is invalid for data of length "+m.vm.ToValue(len(text)).String()))
		}
		s := span{buffer, m.encode(buffer, encoding), -1}
		s.position = m.place(offset)
		return s
	}
	if o, object := offset.(*goja.Object); object || goja.IsNull(offset) {
		offset, length, position = get(o, "offset"), get(o, "length"), get(o, "position")
	}
	from := int64(0)
	if !isNil(offset) {
		from = m.rt.ValidateInteger(offset, "offset", 0, engine.MaxSafeInteger)
	}
	n := int64(len(b)) - from
	if m.isNumber(length) {
		f := length.ToFloat()
		if f != math.Trunc(f) {
			m.rt.ThrowOutOfRange("length", "an integer", length)
		}
		n = int64(f)
	}
	if from > int64(len(b)) {
		m.rt.ThrowOutOfRange("offset", "<= "+m.vm.ToValue(len(b)).String(), m.vm.ToValue(from))
	}
	if n > int64(len(b))-from {
		m.rt.ThrowOutOfRange("length", "<= "+m.vm.ToValue(int64(len(b))-from).String(), m.vm.ToValue(n))
	}
	if n < 0 {
		m.rt.ThrowOutOfRange("length", ">= 0", m.vm.ToValue(n))
	}
	m.rt.ValidateInteger(m.vm.ToValue(n), "length", 0, math.MaxInt32)
	s := span{buffer, b[from : from+n], -1}
	s.position = m.place(position)
	return s
}

func writeOf(m *module, a args, form form) *job {
	fd := m.fd(a.at(0))
	s := m.writeSpan(a)
	j := &job{syscall: "write", value: m.number, work: func() (any, error) { return writeAt(fd, s.bytes, s.position) }}
	if form != sync {
		j.extra = s.buffer
	}
	return j
}

// vectors takes the arguments of readv and writev.
func (m *module) vectors(a args) (fd int, list [][]byte, position int64) {
	fd = m.fd(a.at(0))
	o, ok := a.at(1).(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		m.rt.ThrowArgType("buffers", a.at(1), "ArrayBufferView[]")
	}
	m.rt.ForOf(o, func(v goja.Value) bool {
		b, ok := m.view(v)
		if !ok {
			m.rt.ThrowArgType("buffers", a.at(1), "ArrayBufferView[]")
		}
		list = append(list, b)
		return true
	})
	return fd, list, m.place(a.at(2))
}

func readvOf(m *module, a args, form form) *job {
	fd, list, position := m.vectors(a)
	j := &job{syscall: "read", value: m.number, work: func() (any, error) {
		total := 0
		for _, b := range list {
			n, err := readAt(fd, b, position)
			if err != nil {
				if total > 0 {
					break
				}
				return nil, err
			}
			total += n
			if position >= 0 {
				position += int64(n)
			}
			if n < len(b) {
				break
			}
		}
		return total, nil
	}}
	if form != sync {
		j.extra = a.at(1)
	}
	return j
}

func writevOf(m *module, a args, form form) *job {
	fd, list, position := m.vectors(a)
	j := &job{syscall: "write", value: m.number}
	if form != sync {
		j.extra = a.at(1)
	}
	if len(list) == 0 {
		j.ready = m.vm.ToValue(0)
		return j
	}
	j.work = func() (any, error) {
		total := 0
		for _, b := range list {
			n, err := writeAll(fd, b, position)
			total += n
			if err != nil {
				if total > 0 {
					break
				}
				return nil, err
			}
			if position >= 0 {
				position += int64(n)
			}
		}
		return total, nil
	}
	return j
}

// isFd tells whether a path argument is a descriptor: a number that could be one.
// isFd tells whether a file is named by its descriptor, by comparing the value with a number that is made of it. It throws for
// numbers that are none, and for what cannot be made a number.
func (m *module) isFd(v goja.Value) bool {
	f := v.ToNumber().ToFloat()
	if !m.isNumber(v) || f != math.Trunc(f) || f < math.MinInt32 || f > math.MaxInt32 {
		return false
	}
	m.fd(v)
	return true
}

const maxReadFile = 1<<31 - 1

func readFileOf(m *module, a args, form form) *job {
	o := m.options(a.at(1))
	value := func(v any) goja.Value { return m.text(v.([]byte), o.encoding) }
	grows := form == sync && o.encoding == "utf8" // the one form that reads on behind the size
	if form != promise && m.isFd(a.at(0)) {
		fd := int(a.at(0).ToInteger())
		return &job{syscall: "read", signal: o.signal, value: value, work: func() (any, error) { return m.readAll(fd, grows) }}
	}
	flag := o.get("flag")
	p := m.plainPath(a.at(0), "path")
	flags := m.flags(flag, "options.flag")
	m.openly(flags, p)
	real := m.real(p)
	return &job{syscall: "read", signal: o.signal, value: value, work: func() (any, error) {
		fd, err := m.open(real, flags, 0o666)
		if err != nil {
			return nil, &failure{err, "open", p, ""}
		}
		defer unix.Close(fd)
		return m.readAll(fd, grows)
	}}
}

// readAll reads from the descriptor's position to the end, which is at a regular file's size unless it grows, or is said to be empty as
// those of /proc are.
func (m *module) readAll(fd int, grows bool) ([]byte, error) {
	s, err := statFd(fd)
	if err != nil {
		return nil, &failure{errno: err, syscall: "fstat"}
	}
	size, sized := int64(8192), false
	if s.kind() == unix.S_IFREG && s.numbers[statSize] > 0 {
		size, sized = s.numbers[statSize], !grows
		if size > maxReadFile {
			return nil, &thrown{func() goja.Value { return m.rt.NewError("ERR_FS_FILE_TOO_LARGE", m.vm.ToValue(size)) }}
		}
		if grows {
			size++ // room to see the end
		}
	}
	noRoom := &thrown{func() goja.Value { return m.rt.Memory.NoBuffer() }}
	if !m.rt.Memory.Room(size) {
		return nil, noRoom
	}
	b := make([]byte, 0, size)
	for {
		if len(b) == cap(b) {
			// The old memory stays until the new is filled.
			if len(b) > maxReadFile || !m.rt.Memory.Room(3*int64(len(b))) {
				return nil, noRoom
			}
			b = slices.Grow(b, max(len(b), 1))
		}
		if m.rt.Cancelled() {
			return nil, unix.ECANCELED // nobody is told
		}
		n, err := readAt(fd, b[len(b):cap(b)], -1)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return b, nil
		}
		if b = b[:len(b)+n]; sized && int64(len(b)) == size {
			return b, nil
		}
	}
}

func writeFileOf(m *module, a args, flag string, form form) *job {
	o := m.options(a.at(2))
	data, ok := m.view(a.at(1))
	if !ok {
		if !m.isString(a.at(1)) {
			m.rt.ThrowArgType("data", a.at(1), "string", "Buffer", "TypedArray", "DataView")
		}
		data = m.encode(a.at(1), o.encoding)
	}
	flush := false
	if v := o.get("flush"); !isNil(v) {
		flush = m.rt.ValidateBoolean(v, "options.flush")
	}
	if form != promise && m.isFd(a.at(0)) {
		fd := int(a.at(0).ToInteger())
		return &job{syscall: "write", signal: o.signal, work: func() (any, error) {
			_, err := writeAll(fd, data, -1)
			if err == nil && flush {
				err = unix.Fsync(fd)
			}
			return nil, err
		}}
	}
	given := o.get("flag")
	if !truthy(given) {
		given = m.vm.ToValue(flag)
	}
	p := m.plainPath(a.at(0), "path")
	flags := m.flags(given, "flags")
	mode := m.mode(o.get("mode"), "mode", 0o666)
	m.openly(flags, p)
	real := m.real(p)
	return &job{syscall: "write", signal: o.signal, work: func() (any, error) {
		fd, err := m.open(real, flags, mode)
		if err != nil {
			return nil, &failure{err, "open", p, ""}
		}
		_, err = writeAll(fd, data, -1)
		if err == nil && flush {
			err = unix.Fsync(fd)
		}
		if e := unix.Close(fd); err == nil && e != nil && e != syscall.EINTR {
			err = &failure{errno: e, syscall: "close"}
		}
		return nil, err
	}}
}
