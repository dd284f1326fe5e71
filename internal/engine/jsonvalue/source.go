package jsonvalue

import (
	"strconv"

	"github.com/dop251/goja"
)

// snapshot is a value as a text has it, for a reviver that asks: it is told the source of values that nobody has changed meanwhile.
type snapshot struct {
	value   goja.Value
	source  string
	items   []*snapshot // of an array
	members map[string]*snapshot
}

// snapshot reads a text that has been parsed.
func (p *parser) snapshot() *snapshot {
	s := &snapshot{}
	switch p.peek() {
	case '[':
		s.items = []*snapshot{}
		for p.pos++; p.peek() != ']'; {
			s.items = append(s.items, p.snapshot())
			if p.peek() == ',' {
				p.pos++
			}
		}
		p.pos++
	case '{':
		s.members = map[string]*snapshot{}
		for p.pos++; p.peek() != '}'; {
			key, _ := p.string()
			p.peek()
			p.pos++ // the colon
			s.members[string(text(key))] = p.snapshot()
			if p.peek() == ',' {
				p.pos++
			}
		}
		p.pos++
	default:
		from := p.pos
		s.value, _ = p.value(0)
		s.source = string(p.in[from:p.pos])
	}
	return s
}

// bind notes the objects that have been made of the text.
func (c *Codec) bind(s *snapshot, v goja.Value) {
	o, ok := v.(*goja.Object)
	if !ok {
		return
	}
	s.value = o
	for i, item := range s.items {
		c.bind(item, c.get(o, c.vm.ToValue(i)))
	}
	for name, member := range s.members {
		c.bind(member, c.get(o, c.wide([]byte(name))))
	}
}

// of gives the snapshot if it is that of a value.
func (s *snapshot) of(v goja.Value) *snapshot {
	if s == nil || !s.value.SameAs(v) {
		return nil
	}
	return s
}

// item and member are the parts of a snapshot, nil where there are none.
func (s *snapshot) item(i int64) *snapshot {
	if s == nil || i >= int64(len(s.items)) {
		return nil
	}
	return s.items[i]
}

func (s *snapshot) member(key goja.Value) *snapshot {
	if s == nil {
		return nil
	}
	return s.members[string(text(key))]
}

// raw is the state of what JSON.rawJSON makes.
type raw struct {
	own  *goja.Object
	text []byte
}

// Raw is JSON.rawJSON.
func (c *Codec) Raw(v goja.Value) goja.Value {
	source, ok := v.(goja.String)
	if !ok {
		if _, symbol := v.(*goja.Symbol); symbol {
			panic(c.vm.NewTypeError("Cannot convert a Symbol value to a string"))
		}
		source = c.vm.ToValue(v.ToString().String()).(goja.String)
	}
	in := text(source)
	if len(in) == 0 || space(in[len(in)-1]) {
		c.throw("SyntaxError", "Invalid value for JSON.rawJSON")
	}
	if space(in[0]) || in[0] == '{' || in[0] == '[' {
		c.throw("SyntaxError", "Unexpected token '"+string(in[0])+"', "+strconv.Quote(string(in))+" is not valid JSON")
	}
	if _, err := c.parse(in); err != nil {
		c.throw("SyntaxError", err.Error())
	}
	state := &raw{text: append([]byte(nil), in...)}
	o := c.in.NewObject(nil, state)
	state.own = o
	o.DefineDataProperty("rawJSON", source, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	freeze, _ := goja.AssertFunction(c.in.Member(c.in.Intrinsic("Object"), "freeze"))
	if _, err := freeze(goja.Undefined(), o); err != nil {
		panic(err)
	}
	c.raws = true
	return o
}

func space(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// rawOf is the state of what Raw has made, nil of all else.
func (c *Codec) rawOf(o *goja.Object) *raw {
	if c.raws {
		if r, ok := c.in.Slot(o).(*raw); ok && r.own == o {
			return r
		}
	}
	return nil
}

// IsRaw is JSON.isRawJSON.
func (c *Codec) IsRaw(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	return ok && c.rawOf(o) != nil
}
