package engine

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// Date.parse as strict and as lenient as V8's: first the format of ECMAScript, and where a text departs from that, one in which
// words and punctuation hardly matter. Which numbers are what follows from their order and size.

const none = math.MinInt32

type dateToken struct {
	kind   byte // 0 for the end, 'n' a number, 'w' a word, ' ' white space, else the character
	n      int  // of a number, its first nine digits
	length int
	word   string // its first three letters, small
}

// dateScanner reads tokens.
type dateScanner struct {
	text string
	at   int
	tok  dateToken
}

func (s *dateScanner) next() dateToken {
	t := s.tok
	s.tok = s.scan()
	return t
}

func (s *dateScanner) scan() dateToken {
	if s.at >= len(s.text) {
		return dateToken{}
	}
	start, c := s.at, s.text[s.at]
	letter := func(c byte) bool { return c >= 'A' } // and all beyond, as in V8
	switch {
	case c >= '0' && c <= '9':
		n, digits := 0, 0
		for ; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9'; s.at++ {
			if d := int(s.text[s.at] - '0'); digits > 0 || d > 0 {
				if digits < 9 {
					n = n*10 + d
				}
				digits++
			}
		}
		return dateToken{kind: 'n', n: n, length: s.at - start}
	case c == ' ' || c >= '\t' && c <= '\r' || c >= 0x80 && strings.HasPrefix(s.text[s.at:], "\u202f"):
		s.at++
		for s.at < len(s.text) && s.text[s.at]&0xc0 == 0x80 {
			s.at++
		}
		return dateToken{kind: ' ', length: 1}
	case letter(c):
		for s.at < len(s.text) && letter(s.text[s.at]) {
			s.at++
		}
		return dateToken{kind: 'w', length: s.at - start, word: strings.ToLower(s.text[start:min(s.at, start+3)])}
	}
	s.at++
	return dateToken{kind: c, length: 1}
}

func (s *dateScanner) skip(c byte) bool {
	if s.tok.kind == c {
		s.next()
		return true
	}
	return false
}

// fixed tells whether a number of so many digits comes next that lies in a range.
func (s *dateScanner) fixed(length, low, high int) bool {
	return s.tok.kind == 'n' && s.tok.length == length && s.tok.n >= low && s.tok.n <= high
}

// dateParser gathers what a text says.
type dateParser struct {
	dateScanner
	day            []int
	month          int // by its name
	iso            bool
	clock          []int
	half           int // 0 for AM, 12 for PM
	sign, tzh, tzm int
}

func (p *dateParser) millis(t dateToken) int {
	n, length := t.n, min(t.length, 9)
	for ; length < 3; length++ {
		n *= 10
	}
	for ; length > 3; length-- {
		n /= 10
	}
	return n
}

// standard reads ECMAScript's format. With done, it has settled the matter; else t is where the lenient reading goes on.
func (p *dateParser) standard() (t dateToken, done, ok bool) {
	switch {
	case p.tok.kind == '+' || p.tok.kind == '-':
		sign := p.next()
		if !p.fixed(6, 0, 999999) {
			return sign, false, false
		}
		if sign.kind == '-' && p.tok.n == 0 { // no year; what follows is read on
			p.next()
			return sign, false, false
		}
		year := p.next().n
		if sign.kind == '-' {
			year = -year
		}
		p.day = append(p.day, year)
	case p.fixed(4, 0, 9999):
		p.day = append(p.day, p.next().n)
	default:
		return p.next(), false, false
	}
	if p.skip('-') {
		if !p.fixed(2, 1, 12) {
			return p.next(), false, false
		}
		p.day = append(p.day, p.next().n)
		if p.skip('-') {
			if !p.fixed(2, 1, 31) {
				return p.next(), false, false
			}
			p.day = append(p.day, p.next().n)
		}
	}
	if p.tok.kind != 'w' || p.tok.word != "t" {
		if p.tok.kind != 0 {
			return p.next(), false, false
		}
	} else {
		p.next()
		if !p.time() {
			return t, true, false
		}
	}
	if p.sign == none && p.clock == nil {
		p.sign, p.tzh, p.tzm = 1, 0, 0
	}
	p.iso = true
	return t, true, true
}

// time reads what follows the T.
func (p *dateParser) time() bool {
	if !p.fixed(2, 0, 24) {
		return false
	}
	hour := p.next().n
	most := 59
	if hour == 24 {
		most = 0
	}
	if !p.skip(':') || !p.fixed(2, 0, most) {
		return false
	}
	p.clock = append(p.clock, hour, p.next().n)
	if p.skip(':') {
		if !p.fixed(2, 0, most) {
			return false
		}
		p.clock = append(p.clock, p.next().n)
		if p.skip('.') {
			if p.tok.kind != 'n' || hour == 24 && p.tok.n > 0 {
				return false
			}
			p.clock = append(p.clock, p.millis(p.next()))
		}
	}
	switch {
	case p.tok.kind == 'w' && p.tok.word == "z" && p.tok.length == 1:
		p.next()
		p.sign, p.tzh, p.tzm = 1, 0, 0
	case p.tok.kind == '+' || p.tok.kind == '-':
		p.signed(p.next())
		if p.tok.kind == 'n' && p.tok.length == 4 {
			n := p.next().n
			p.tzh, p.tzm = n/100, n%100
			if p.tzh > 23 || p.tzm > 59 {
				return false
			}
			break
		}
		if !p.fixed(2, 0, 23) {
			return false
		}
		p.tzh = p.next().n
		if !p.skip(':') || !p.fixed(2, 0, 59) {
			return false
		}
		p.tzm = p.next().n
	}
	return p.tok.kind == 0
}

func (p *dateParser) signed(t dateToken) {
	if p.sign = 1; t.kind == '-' {
		p.sign = -1
	}
}

// expecting tells whether a number may be the next part of the time.
func (p *dateParser) expecting(n int) bool {
	switch len(p.clock) {
	case 1, 2:
		return n < 60
	case 3:
		return n < 1000
	}
	return false
}

func (p *dateParser) final(n int) {
	for p.clock = append(p.clock, n); len(p.clock) < 4; {
		p.clock = append(p.clock, 0)
	}
}

// lenient reads the rest of a text from token t on.
func (p *dateParser) lenient(t dateToken) bool {
	read := p.day != nil
	for ; t.kind != 0; t = p.next() {
		switch {
		case t.kind == 'n':
			read = true
			if !p.number(t.n) {
				return false
			}
		case t.kind == 'w':
			kind, value := dateWord(t)
			switch {
			case kind == 'a' && p.clock != nil:
				p.half = value
			case kind == 'm':
				p.month = value
				p.skip('-')
			case kind == 'z' && read:
				p.sign, p.tzh, p.tzm = 1, value, 0
				if value < 0 {
					p.sign, p.tzh = -1, -value
				}
			case read || p.tok.kind == 'n':
				return false // words count only in front, and apart from the numbers
			}
		case (t.kind == '+' || t.kind == '-') && (p.tzh == 0 && p.tzm == 0 || p.clock != nil):
			p.signed(t)
			n, length := 0, 0
			if p.tok.kind == 'n' {
				t := p.next()
				n, length = t.n, t.length
			}
			read = true
			switch {
			case p.tok.kind == ':':
				p.tzh, p.tzm = n, none
			case length == 1 || length == 2:
				p.tzh, p.tzm = n, 0
			case length == 3 || length == 4:
				p.tzh, p.tzm = n/100, n%100
			default:
				return false
			}
		case (t.kind == '+' || t.kind == '-' || t.kind == ')') && read:
			return false
		case t.kind == '(':
			for depth := 1; depth > 0 && p.tok.kind != 0; {
				switch p.next().kind {
				case '(':
					depth++
				case ')':
					depth--
				}
			}
		}
	}
	return true
}

func (p *dateParser) number(n int) bool {
	if p.tok.kind == ':' {
		p.next()
		if p.skip(':') {
			if p.clock != nil {
				return false
			}
			p.clock = append(p.clock, n, 0)
			return true
		}
		if len(p.clock) == 4 {
			return false
		}
		p.clock = append(p.clock, n)
		p.skip('.')
		return true
	}
	dot := p.skip('.')
	switch {
	case dot && p.expecting(n):
		p.clock = append(p.clock, n)
		if p.tok.kind != 'n' {
			return false
		}
		p.final(p.millis(p.next()))
	case p.tzh != none && p.tzm == none && n < 60:
		p.tzm = n
	case p.expecting(n):
		p.final(n)
		switch k := p.tok; {
		case k.kind == 0, k.kind == ' ', k.kind == '+', k.kind == '-', k.kind == 'w' && k.word == "z" && k.length == 1:
		default:
			return false
		}
	default:
		if len(p.day) == 3 {
			return false
		}
		p.day = append(p.day, n)
		p.skip('-')
	}
	return true
}

// dateWord tells what a word means: 'm' a month, 'a' AM or PM, 'z' a time zone.
func dateWord(t dateToken) (kind byte, value int) {
	if len(t.word) == 3 {
		if i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", t.word); i >= 0 && i%3 == 0 {
			return 'm', i/3 + 1
		}
	}
	if t.length > 3 {
		return 0, 0
	}
	switch t.word {
	case "am":
		return 'a', 0
	case "pm":
		return 'a', 12
	case "ut", "utc", "gmt", "z":
		return 'z', 0
	case "est", "cdt":
		return 'z', -5
	case "edt":
		return 'z', -4
	case "cst", "mdt":
		return 'z', -6
	case "mst", "pdt":
		return 'z', -7
	case "pst":
		return 'z', -8
	}
	return 0, 0
}

// parseDate gives the parts of a date: year, month from 1, day, hours, minutes, seconds and milliseconds, and the seconds that its zone
// is ahead of UTC, or local.
func parseDate(text string) (parts [7]int, offset int, local, ok bool) {
	p := &dateParser{dateScanner: dateScanner{text: text}, month: none, half: none, sign: none, tzh: none, tzm: none}
	p.next()
	t, done, fine := p.standard()
	if done && !fine || !done && !p.lenient(t) || len(p.day) == 0 {
		return
	}
	for len(p.day) < 3 {
		p.day = append(p.day, 1)
	}
	isDay := func(n int) bool { return n >= 1 && n <= 31 }
	c := p.day
	year, month, day := c[0], c[1], c[2]
	switch {
	case p.month != none && !isDay(c[0]):
		month, day = p.month, c[1]
	case p.month != none:
		year, month, day = c[1], p.month, c[0]
	case !p.iso && isDay(c[0]):
		year, month, day = c[2], c[0], c[1]
	}
	if !p.iso {
		if year >= 0 && year < 50 {
			year += 2000
		} else if year >= 50 && year < 100 {
			year += 1900
		}
	}
	if month < 1 || month > 12 || !isDay(day) {
		return
	}
	for len(p.clock) < 4 {
		p.clock = append(p.clock, 0)
	}
	hour, minute, second, ms := p.clock[0], p.clock[1], p.clock[2], p.clock[3]
	if p.half != none {
		if hour > 12 {
			return
		}
		hour = hour%12 + p.half
	}
	if (hour > 23 || minute > 59 || second > 59 || ms > 999) && (hour != 24 || minute != 0 || second != 0 || ms != 0) {
		return
	}
	if p.sign != none {
		offset = max(p.tzh, 0)*3600 + max(p.tzm, 0)*60
		offset *= p.sign
	}
	return [7]int{year, month, day, hour, minute, second, ms}, offset, p.sign == none, true
}

// completeDates makes Date read texts as V8 does, and write years as ECMAScript does.
func (e *Engine) completeDates(class *goja.Object) {
	place := constructorOf(class)
	if place == nil {
		return
	}
	plain := *place
	value := func(text string) goja.Value {
		parts, offset, local, ok := parseDate(text)
		switch {
		case !ok || parts[0] > 300000 || parts[0] < -300000:
			return e.vm.ToValue(math.NaN())
		case local:
			fields := [7]float64{}
			for i, n := range parts {
				fields[i] = float64(n)
			}
			fields[1]--
			return e.vm.ToValue(clipTime(localToUTC(timeOf(fields))))
		}
		t := time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], 0, time.UTC)
		ms := float64(t.Unix()-int64(offset))*1000 + float64(parts[6])
		if math.Abs(ms) > 8.64e15 {
			return e.vm.ToValue(math.NaN())
		}
		return e.vm.ToValue(ms)
	}
	*place = func(args []goja.Value, target *goja.Object) *goja.Object {
		if len(args) == 1 {
			v := args[0]
			if o, ok := v.(*goja.Object); ok && o.ClassName() != "Date" {
				v = e.primitive(o, "default")
			}
			if s, ok := v.(goja.String); ok {
				v = value(s.String())
			}
			args = []goja.Value{v}
		} else if len(args) > 1 {
			args = []goja.Value{e.vm.ToValue(dateOf(args))}
		}
		return plain(args, target)
	}
	e.WrapNative(class.Get("parse"), func(Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			return value(e.toString(e.primitiveString(call.Argument(0))).String())
		}
	})
	e.WrapNative(class.Get("UTC"), func(f Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			args := make([]goja.Value, len(call.Arguments)) // each is asked for its number, whatever came before
			for i, v := range call.Arguments {
				args[i] = v.ToNumber()
			}
			call.Arguments = args
			return f(call)
		}
	})
	proto := class.Get("prototype").(*goja.Object)
	e.completeSetters(proto)
	e.WrapNative(proto.Get("toISOString"), func(f Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			v := f(call)
			// A year before 0 has six digits.
			if year, rest, ok := strings.Cut(strings.TrimPrefix(v.String(), "-"), "-"); ok && v.String()[0] == '-' && len(year) < 6 {
				n, _ := strconv.Atoi(year)
				digits := strconv.Itoa(n)
				return e.vm.ToValue("-" + strings.Repeat("0", 6-len(digits)) + digits + "-" + rest)
			}
			return v
		}
	})
}

// constructorOf is the place of what new calls for a class that the engine makes from a template.
func constructorOf(class *goja.Object) *Constructor {
	t := layout.SelfType(class)
	if t.Kind() != reflect.Pointer {
		return nil
	}
	f, ok := t.Elem().FieldByName("construct")
	if !ok || f.Type != reflect.TypeFor[Constructor]() {
		return nil
	}
	return layout.At[Constructor](layout.SelfOf(class).Data, f.Offset)
}

// primitive is the abstract operation ToPrimitive, with the hint "default" or "number".
func (e *Engine) primitive(o *goja.Object, hint string) goja.Value {
	if exotic, ok := o.GetSymbol(goja.SymToPrimitive).(*goja.Object); ok {
		v := e.Apply(exotic, o, e.vm.ToValue(hint))
		if _, object := v.(*goja.Object); object {
			e.Throw(e.vm.NewTypeError("Cannot convert object to primitive value"))
		}
		return v
	}
	for _, name := range [...]string{"valueOf", "toString"} {
		if f, ok := goja.AssertFunction(o.Get(name)); ok {
			v := e.Call(f, o)
			if _, object := v.(*goja.Object); !object {
				return v
			}
		}
	}
	panic(e.vm.NewTypeError("Cannot convert object to primitive value"))
}

// primitiveString is ToPrimitive with the hint of a string, which goja's String does.
func (e *Engine) primitiveString(v goja.Value) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		return e.vm.ToValue(o.String())
	}
	return v
}
