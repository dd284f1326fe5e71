// Package v8ser reads and writes V8's structured-clone serialization format, the bytes of v8.serialize() and of
// advanced IPC. Encoder appends tags to a buffer as its caller walks a value; Decoder drives a Builder as it meets
// them: neither makes a tree in between, and neither knows a JavaScript engine. Any goroutine, one at a time.
package v8ser

import "errors"

// Version is what Encoder.Header writes: V8 11.3's, Node 20.
const Version = 15

// maxVersion is the newest version that Decoder accepts; 16 differs from 15 in shared objects only.
const maxVersion = 16

// maxDepth bounds the nesting that Decoder follows, so that hostile input cannot exhaust the stack.
const maxDepth = 20000

const (
	tagVersion          = 0xFF
	tagPadding          = 0x00
	tagVerifyCount      = '?'
	tagHole             = '-'
	tagUndefined        = '_'
	tagNull             = '0'
	tagTrue             = 'T'
	tagFalse            = 'F'
	tagInt32            = 'I'
	tagUint32           = 'U'
	tagDouble           = 'N'
	tagBigInt           = 'Z'
	tagUTF8             = 'S'
	tagLatin1           = '"'
	tagUTF16            = 'c'
	tagRef              = '^'
	tagObject           = 'o'
	tagObjectEnd        = '{'
	tagSparseArray      = 'a'
	tagSparseArrayEnd   = '@'
	tagDenseArray       = 'A'
	tagDenseArrayEnd    = '$'
	tagDate             = 'D'
	tagTrueObject       = 'y'
	tagFalseObject      = 'x'
	tagNumberObject     = 'n'
	tagBigIntObject     = 'z'
	tagStringObject     = 's'
	tagRegExp           = 'R'
	tagMap              = ';'
	tagMapEnd           = ':'
	tagSet              = '\''
	tagSetEnd           = ','
	tagArrayBuffer      = 'B'
	tagResizableBuffer  = '~'
	tagBufferTransfer   = 't'
	tagSharedBuffer     = 'u'
	tagView             = 'V'
	tagError            = 'r'
	tagHost             = '\\'
	errTagMessage       = 'm'
	errTagCause         = 'c'
	errTagStack         = 's'
	errTagEnd           = '.'
	regExpFlags         = "gimyus d"
	regExpFlagUnicodeV  = 1 << 8
	regExpKnownFlagBits = 0x1BF
)

// ErrVersion is V8's complaint about the header.
var ErrVersion = errors.New("Unable to deserialize cloned data due to invalid or unsupported version.")

// ErrData is V8's complaint about everything after the header.
var ErrData = errors.New("Unable to deserialize cloned data.")

// ViewType names the element type of a view on an ArrayBuffer by V8's tag.
type ViewType byte

// The view types.
const (
	Int8Array         ViewType = 'b'
	Uint8Array        ViewType = 'B'
	Uint8ClampedArray ViewType = 'C'
	Int16Array        ViewType = 'w'
	Uint16Array       ViewType = 'W'
	Int32Array        ViewType = 'd'
	Uint32Array       ViewType = 'D'
	Float16Array      ViewType = 'h'
	Float32Array      ViewType = 'f'
	Float64Array      ViewType = 'F'
	BigInt64Array     ViewType = 'q'
	BigUint64Array    ViewType = 'Q'
	DataView          ViewType = '?'
)

// Size is the number of bytes of one element, 0 for an unknown type.
func (t ViewType) Size() int {
	switch t {
	case Int8Array, Uint8Array, Uint8ClampedArray, DataView:
		return 1
	case Int16Array, Uint16Array, Float16Array:
		return 2
	case Int32Array, Uint32Array, Float32Array:
		return 4
	case Float64Array, BigInt64Array, BigUint64Array:
		return 8
	}
	return 0
}

// ErrorKind is the letter by which an Error's prototype is written; 0 is plain Error.
type ErrorKind byte

func errorName(kind ErrorKind) string {
	switch kind {
	case 'E':
		return "EvalError"
	case 'R':
		return "RangeError"
	case 'F':
		return "ReferenceError"
	case 'S':
		return "SyntaxError"
	case 'T':
		return "TypeError"
	case 'U':
		return "URIError"
	}
	return ""
}

// Name is the constructor's name, "Error" for what V8 knows no letter for.
func (k ErrorKind) Name() string {
	if name := errorName(k); name != "" {
		return name
	}
	return "Error"
}

// ErrorKindOf is the kind that V8 writes for an error of that name.
func ErrorKindOf(name string) ErrorKind {
	for _, kind := range []ErrorKind{'E', 'R', 'F', 'S', 'T', 'U'} {
		if errorName(kind) == name {
			return kind
		}
	}
	return 0
}

// FlagBits turns "gi" into V8's bit set of regular expression flags.
func FlagBits(flags string) uint32 {
	var bits uint32
	for i := 0; i < len(flags); i++ {
		if flags[i] == 'v' {
			bits |= regExpFlagUnicodeV
		}
		for j := 0; j < len(regExpFlags); j++ {
			if regExpFlags[j] == flags[i] {
				bits |= 1 << j
			}
		}
	}
	return bits
}

// flagString is the inverse of FlagBits, in the order of RegExp.prototype.flags.
func flagString(bits uint32) string {
	var out []byte
	for _, flag := range []byte("dgimsuvy") {
		if bits&FlagBits(string(flag)) != 0 {
			out = append(out, flag)
		}
	}
	return string(out)
}
