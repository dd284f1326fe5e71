package jsonvalue

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/shapes"
	"gonode/internal/engine/utf"
)

// SyntaxError is what is wrong with a text, in V8's words.
type SyntaxError struct {
	message string
}

func (e *SyntaxError) Error() string { return e.message }

// Parse is JSON.parse of UTF-8, as it comes from a descriptor: malformed sequences read as U+FFFD.
func (c *Codec) Parse(in []byte) (goja.Value, error) {
	if !utf8.Valid(in) {
		in = sanitize(in)
	}
	return c.parse(in)
}

// ParseValue is JSON.parse(text, reviver), errors thrown. Loop goroutine only.
func (c *Codec) ParseValue(source, reviver goja.Value) goja.Value {
	if _, ok := source.(goja.String); !ok {
		if _, symbol := source.(*goja.Symbol); symbol {
			panic(c.vm.NewTypeError("Cannot convert a Symbol value to a string"))
		}
		source = source.ToString()
	}
	v, err := c.parse(text(source))
	if err != nil {
		c.throw("SyntaxError", err.Error())
	}
	if call, ok := goja.AssertFunction(reviver); ok {
		root := c.vm.NewObject()
		root.DefineDataProperty("", v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		p := parser{Codec: c, in: text(source)}
		s := p.snapshot()
		c.bind(s, v)
		return c.revive(call, root, c.vm.ToValue(""), s)
	}
	return v
}

// sanitize replaces each malformed sequence by U+FFFD, as decoders of the Encoding standard do: the longest prefix of
// a well-formed sequence counts as one.
func sanitize(in []byte) []byte {
	out := make([]byte, 0, len(in)+16)
	for len(in) > 0 {
		r, n := utf8.DecodeRune(in)
		if r != utf8.RuneError || n > 1 {
			out = append(out, in[:n]...)
			in = in[n:]
			continue
		}
		for n < len(in) && n < 4 && !utf8.FullRune(in[:n]) && in[n]&0xC0 == 0x80 {
			n++
		}
		if n > 1 && utf8.FullRune(in[:n]) {
			n-- // the last byte made it malformed, and starts anew
		}
		out = append(out, "\uFFFD"...)
		in = in[n:]
	}
	return out
}

type parser struct {
	*Codec
	in     []byte
	pos    int
	values int // that have begun
	parts  int // of strings, between escapes
}

func (c *Codec) parse(in []byte) (v goja.Value, err error) {
	p := parser{Codec: c, in: in}
	parsed := false
	defer func() {
		if !parsed { // by an error or an interruption
			clear(c.items)
			clear(c.members)
			c.items, c.members = c.items[:0], c.members[:0]
		}
	}()
	if v, err = p.value(0); err != nil {
		return nil, err
	}
	parsed = true
	if cap(c.items) > 1<<14 {
		c.items = nil
	}
	if cap(c.members) > 1<<14 {
		c.members = nil
	}
	p.space()
	if p.pos < len(p.in) {
		return nil, p.place("Unexpected non-whitespace character after JSON")
	}
	return v, nil
}

func (p *parser) space() {
	for p.pos < len(p.in) {
		switch p.in[p.pos] {
		case ' ', '\n', '\r', '\t':
			p.pos++
		default:
			return
		}
	}
}

// peek is the next character after white space, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.in) && p.in[p.pos] > ' ' {
		return p.in[p.pos]
	}
	p.space()
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *parser) value(depth int) (goja.Value, error) {
	if p.values++; p.values&0xff == 0 {
		guard.Poll(p.vm)
	}
	switch ch := p.peek(); ch {
	case '{':
		return p.object(depth + 1)
	case '[':
		return p.array(depth + 1)
	case '"':
		return p.string()
	case 't':
		return p.word("true", p.vm.ToValue(true))
	case 'f':
		return p.word("false", p.vm.ToValue(false))
	case 'n':
		return p.word("null", goja.Null())
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	}
	return nil, p.unexpected()
}

func (p *parser) word(word string, v goja.Value) (goja.Value, error) {
	for i := 0; i < len(word); i++ {
		if p.pos >= len(p.in) || p.in[p.pos] != word[i] {
			return nil, p.unexpected()
		}
		p.pos++
	}
	return v, nil
}

func (p *parser) object(depth int) (goja.Value, error) {
	if depth > maxCalls {
		return p.nested()
	}
	p.pos++
	base := len(p.members)
	if p.peek() == '}' {
		p.pos++
		return p.empty(), nil
	}
	shape := shapes.Empty()
	if p.peek() != '"' {
		return nil, p.at("Expected property name or '}'")
	}
	for {
		var name unistring.String
		var err error
		if name, shape, err = p.key(shape); err != nil {
			return nil, err
		}
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		p.members = append(p.members, member{name, v})
		switch p.peek() {
		case ',':
			p.pos++
			if p.peek() != '"' {
				return nil, p.at("Expected double-quoted property name")
			}
		case '}':
			p.pos++
			return p.made(base, shape), nil
		default:
			return nil, p.at("Expected ',' or '}' after property value")
		}
	}
}

// key reads a name and the colon; shape is that of the names before it.
func (p *parser) key(shape *shapes.Shape) (name unistring.String, _ *shapes.Shape, err error) {
	if likely, next := p.likely(shape); next != nil {
		name, shape = likely, next
	} else {
		key, isASCII, err := p.stringBytes()
		if err != nil {
			return "", nil, err
		}
		if isASCII {
			name = unistring.String(p.strings.Name(key))
		} else {
			name = unistring.FromUtf16(append([]uint16{unistring.BOM}, utf.Units(key)...))
		}
		if shape != nil {
			shape = shape.WithData(name)
		}
	}
	if p.peek() != ':' {
		return "", nil, p.at("Expected ':' after property name")
	}
	p.pos++
	return name, shape, nil
}

// made makes an object of the members from base on.
func (p *parser) made(base int, shape *shapes.Shape) goja.Value {
	o := p.make(p.members[base:], shape)
	clear(p.members[base:])
	p.members = p.members[:base]
	return o
}

// listed makes an array of the items from base on.
func (p *parser) listed(base int) goja.Value {
	a := p.list(p.items[base:])
	clear(p.items[base:])
	p.items = p.items[:base]
	return a
}

// nested reads an array or an object without calls of itself, however deep it goes.
func (p *parser) nested() (goja.Value, error) {
	type level struct {
		base   int
		object bool
		name   unistring.String
		shape  *shapes.Shape
	}
	var levels []level
	for {
		v, opened := goja.Value(nil), false
		var err error
		if p.values++; p.values&0xff == 0 {
			guard.Poll(p.vm)
		}
		switch p.peek() {
		case '[':
			p.pos++
			if opened = p.peek() != ']'; opened {
				levels = append(levels, level{base: len(p.items)})
			} else {
				p.pos++
				v = p.list(nil)
			}
		case '{':
			p.pos++
			if opened = p.peek() != '}'; !opened {
				p.pos++
				v = p.empty()
				break
			}
			if p.peek() != '"' {
				return nil, p.at("Expected property name or '}'")
			}
			l := level{base: len(p.members), object: true, shape: shapes.Empty()}
			if l.name, l.shape, err = p.key(l.shape); err != nil {
				return nil, err
			}
			levels = append(levels, l)
		default:
			if v, err = p.value(0); err != nil {
				return nil, err
			}
		}
		for !opened {
			if len(levels) == 0 {
				return v, nil
			}
			l := &levels[len(levels)-1]
			if l.object {
				p.members = append(p.members, member{l.name, v})
			} else {
				p.items = append(p.items, v)
			}
			switch c := p.peek(); {
			case c == ',' && l.object:
				p.pos++
				if p.peek() != '"' {
					return nil, p.at("Expected double-quoted property name")
				}
				if l.name, l.shape, err = p.key(l.shape); err != nil {
					return nil, err
				}
				opened = true
			case c == ',':
				p.pos++
				opened = true
			case c == '}' && l.object:
				p.pos++
				v = p.made(l.base, l.shape)
				levels = levels[:len(levels)-1]
			case c == ']' && !l.object:
				p.pos++
				v = p.listed(l.base)
				levels = levels[:len(levels)-1]
			case l.object:
				return nil, p.at("Expected ',' or '}' after property value")
			default:
				return nil, p.at("Expected ',' or ']' after array element")
			}
		}
	}
}

// likely reads a name if it is the one that followed the names of a shape before.
func (p *parser) likely(s *shapes.Shape) (unistring.String, *shapes.Shape) {
	if s == nil {
		return "", nil
	}
	name, next := s.Likely()
	if next == nil {
		return "", nil
	}
	from := p.pos + 1
	end := from + len(name)
	if end >= len(p.in) || p.in[end] != '"' || string(p.in[from:end]) != string(name) {
		return "", nil
	}
	// A name of the engine's that is not ASCII begins with what no text has; one with a character that stands for itself no longer is the name.
	for _, ch := range p.in[from:end] {
		if !plain[ch] {
			return "", nil
		}
	}
	p.pos = end + 1
	return name, next
}

func (c *Codec) empty() *goja.Object {
	if shapes.Empty() == nil {
		return c.vm.NewObject()
	}
	return shapes.New(c.vm, c.objects.objectPrototype, 0)
}

// make makes an object. Its properties are created, not assigned: no setter, not even that of __proto__, interferes. The shape is that of
// the names, nil if they have none.
func (c *Codec) make(members []member, shape *shapes.Shape) *goja.Object {
	if shape != nil {
		o, slots := shape.Make(c.vm, c.objects.objectPrototype)
		for i := range slots {
			slots[i].Value = members[i].value
		}
		return o
	}
	o := c.vm.NewObject()
	if impl := c.objects.plain(o); impl != nil {
		values := make(map[unistring.String]goja.Value, len(members))
		impl.Values = values
		names := make([]unistring.String, 0, len(members))
		for _, m := range members {
			before := len(values)
			values[m.name] = m.value
			if len(values) > before {
				names = append(names, m.name)
			}
		}
		impl.PropNames = names
		return o
	}
	for _, m := range members {
		if u := m.name.AsUtf16(); u != nil {
			c.define(o, goja.StringFromUTF16(u[1:]), m.value)
		} else {
			o.DefineDataProperty(string(m.name), m.value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
	}
	return o
}

func (p *parser) array(depth int) (goja.Value, error) {
	if depth > maxCalls {
		return p.nested()
	}
	p.pos++
	base := len(p.items)
	if p.peek() == ']' {
		p.pos++
		return p.list(nil), nil
	}
	for {
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		p.items = append(p.items, v)
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return p.listed(base), nil
		default:
			return nil, p.at("Expected ',' or ']' after array element")
		}
	}
}

// list makes an array of values, which are copied.
func (c *Codec) list(values []goja.Value) *goja.Object {
	if shapes.Empty() == nil {
		items := make([]any, len(values))
		for i, v := range values {
			items[i] = v
		}
		return c.vm.NewArray(items...)
	}
	return shapes.NewArray(c.vm, c.objects.arrayPrototype, slices.Clone(values))
}

// integer is the value of a number within ±2^53.
func (c *Codec) integer(v int64) goja.Value {
	if f := c.objects.facts; f != nil {
		return f.IntValue(v)
	}
	return c.vm.ToValue(v)
}

// revive is InternalizeJSONProperty; s is what the text has in this place, if anything.
func (c *Codec) revive(reviver goja.Callable, holder *goja.Object, key goja.Value, s *snapshot) goja.Value {
	if c.depth++; c.depth > maxDepth {
		c.depth = 0
		c.throw("RangeError", "Maximum call stack size exceeded")
	}
	v := c.get(holder, key)
	context := c.vm.NewObject()
	s = s.of(v)
	if o, ok := v.(*goja.Object); ok {
		if isArray(o) {
			for i, n := int64(0), o.Get("length").ToInteger(); i < n; i++ {
				c.reviveItem(reviver, o, c.vm.ToValue(strconv.FormatInt(i, 10)), s.item(i))
			}
		} else {
			for _, key := range c.keyValues(o) {
				c.reviveItem(reviver, o, key, s.member(key))
			}
		}
	} else if s != nil {
		context.DefineDataProperty("source", c.vm.ToValue(s.source), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	c.depth--
	before := c.Holder
	c.Holder = holder
	out, err := reviver(holder, key, v, context)
	c.Holder = before
	if err != nil {
		c.depth = 0
		panic(err)
	}
	return out
}

func (c *Codec) reviveItem(reviver goja.Callable, o *goja.Object, key goja.Value, s *snapshot) {
	v := c.revive(reviver, o, key, s)
	if goja.IsUndefined(v) {
		c.delete(o, key)
		return
	}
	c.define(o, key, v)
}
