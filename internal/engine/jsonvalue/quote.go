package jsonvalue

import (
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/utf"
)

// lookEvery is after how many bytes of a string an interruption is looked for.
const lookEvery = 1 << 20

const hexDigits = "0123456789abcdef"

func (w *writer) quote(s goja.String) { w.quoteBytes(text(s)) }

func (w *writer) quoteUTF8(s string) {
	w.quoteBytes(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// quoteBytes quotes text in which surrogates that stand alone are three bytes each: those are escaped.
func (w *writer) quoteBytes(b []byte) {
	buf := append(w.buf, '"')
	start := 0
	for i, look := 0, lookEvery; i < len(b); {
		if i >= look {
			look += lookEvery
			w.look()
		}
		if n := plainPrefix(b[i:min(len(b), i+lookEvery)]); n > 0 {
			i += n
			continue
		}
		ch := b[i]
		if ch >= utf8.RuneSelf {
			w.wide = true
			if ch != 0xED || i+2 >= len(b) || b[i+1] < 0xA0 {
				i++
				continue
			}
			r, _ := utf.DecodeRune(b[i:])
			buf = append(buf, b[start:i]...)
			buf = append(buf, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			i += 3
			start = i
			continue
		}
		buf = append(buf, b[start:i]...)
		switch ch {
		case '"', '\\':
			buf = append(buf, '\\', ch)
		case '\b':
			buf = append(buf, '\\', 'b')
		case '\f':
			buf = append(buf, '\\', 'f')
		case '\n':
			buf = append(buf, '\\', 'n')
		case '\r':
			buf = append(buf, '\\', 'r')
		case '\t':
			buf = append(buf, '\\', 't')
		default:
			buf = append(buf, '\\', 'u', '0', '0', hexDigits[ch>>4], hexDigits[ch&15])
		}
		i++
		start = i
	}
	buf = append(buf, b[start:]...)
	w.buf = append(buf, '"')
}
