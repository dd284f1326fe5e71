package fast

import (
	"math"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// Functions of the language that ask nobody and cannot throw, for ASCII strings and what is no object of an unusual kind. The engine's way to them
// is a frame, a call and what the interpreter looks at behind it, which takes longer than they do.

// longText is how long a string may be that is looked through here: a longer one is looked through where interrupts are seen.
const longText = 1 << 16

// textCall calls a method of an ASCII string.
func textCall(fn native, this *layout.Words, args []goja.Value) (i int64, v goja.Value, r result) {
	if this.Tab != asciiTab || len(args) == 0 || len(args) > 2 {
		return 0, nil, noResult
	}
	t := textOf(this)
	switch first := wordsOf(&args[0]); {
	case first.Tab == intTab:
		from, to := intOf(first), int64(len(t))
		if fn == charAt {
			if from < 0 || from >= to {
				return 0, asciiValue(""), valueResult
			}
			return 0, asciiValue(characters[t[from] : t[from]+1]), valueResult
		}
		if len(args) > 1 {
			if wordsOf(&args[1]).Tab != intTab {
				return 0, nil, noResult
			}
			to = intOf(wordsOf(&args[1]))
		}
		switch fn {
		case textSlice:
			from, to = within(from, len(t)), within(to, len(t))
		case textSubstring:
			from, to = min(max(from, 0), int64(len(t))), min(max(to, 0), int64(len(t)))
			from, to = min(from, to), max(from, to)
		default:
			return 0, nil, noResult
		}
		return 0, asciiValue(part(t, from, max(from, to))), valueResult
	case first.Tab == asciiTab && len(t) < longText:
		what, from := textOf(first), 0
		if len(args) > 1 {
			if wordsOf(&args[1]).Tab != intTab {
				return 0, nil, noResult
			}
			from = int(min(max(intOf(wordsOf(&args[1])), 0), int64(len(t))))
		}
		switch fn {
		case textIndexOf:
			if at := strings.Index(t[from:], what); at >= 0 {
				return int64(from + at), nil, intResult
			}
			return -1, nil, intResult
		case textIncludes:
			return 0, boolValue(strings.Contains(t[from:], what)), valueResult
		case textStartsWith:
			return 0, boolValue(strings.HasPrefix(t[from:], what)), valueResult
		case textEndsWith:
			if len(args) > 1 {
				t = t[:from]
			}
			return 0, boolValue(strings.HasSuffix(t, what)), valueResult
		}
	}
	return 0, nil, noResult
}

// within is where a number that may count from the end lies in so many.
func within(i int64, n int) int64 {
	if i < 0 {
		return max(i+int64(n), 0)
	}
	return min(i, int64(n))
}

// part is a piece of a string. A short one does not hold the memory of a long string.
func part(t string, from, to int64) string {
	if p := t[from:to]; len(p)*16 >= len(t) {
		return p
	}
	return strings.Clone(t[from:to])
}

// test calls a function that answers yes or no about its argument, or about this and a name; nil if it has to be called as others are.
func test(fn native, this *layout.Words, args []goja.Value) goja.Value {
	if len(args) == 0 {
		return nil
	}
	w := wordsOf(&args[0])
	switch fn {
	case isArray:
		if w.Tab == objectTab {
			if tab := layout.SelfOf((*goja.Object)(w.Data)).Tab; tab != arrayTab && tab != baseTab {
				return nil
			} else if tab == arrayTab {
				return yes
			}
		}
		return no
	case numberIsInteger:
		return boolValue(w.Tab == intTab || w.Tab == floatTab && math.Floor(floatOf(w)) == floatOf(w) && !math.IsInf(floatOf(w), 0))
	case numberIsFinite:
		return boolValue(w.Tab == intTab || w.Tab == floatTab && !math.IsInf(floatOf(w), 0) && !math.IsNaN(floatOf(w)))
	case numberIsNaN:
		return boolValue(w.Tab == floatTab && math.IsNaN(floatOf(w)))
	case hasOwn:
		if len(args) < 2 {
			return nil
		}
		this, w = w, wordsOf(&args[1])
	}
	// hasOwnProperty, or hasOwn
	if this.Tab != objectTab || w.Tab != asciiTab {
		return nil
	}
	self := layout.SelfOf((*goja.Object)(this.Data))
	if self.Tab != baseTab {
		return nil
	}
	return boolValue((*layout.BaseObject)(self.Data).Values[unistring.String(textOf(w))] != nil)
}
