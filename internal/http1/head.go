package http1

// Head is a copy of a message's head that outlives the parser's input. Its strings hold one byte per character, as
// received (Latin-1).
type Head struct {
	text   string
	target span
	fields []field
	few    [8]field
}

type field struct{ name, value span32 }

type span32 struct{ from, to uint32 }

// CopyHead copies the target or reason phrase and the fields into h, in one piece.
func (p *Parser) CopyHead(h *Head) {
	first := p.url
	if p.mode == Response {
		first = p.status
	}
	from, to := first.from, first.to
	if n := len(p.values); n > 0 {
		if first == (span{}) {
			from = p.names[0].from
			first = span{from, from}
		}
		to = p.values[n-1].to
	}
	h.text = string(p.bytes(span{from, to}))
	h.target = span{first.from - from, first.to - from}
	h.fields = h.few[:0]
	for i, v := range p.values {
		b := p.bytes(v)
		for n := len(b); n > 0 && (b[n-1] == ' ' || b[n-1] == '\t'); n-- {
			b = b[:n-1]
		}
		v.to = v.from + len(b)
		n := p.names[i]
		h.fields = append(h.fields, field{
			span32{uint32(n.from - from), uint32(n.to - from)}, span32{uint32(v.from - from), uint32(v.to - from)}})
	}
}

// Target is the request target, or the reason phrase of a response.
func (h *Head) Target() string { return h.text[h.target.from:h.target.to] }

// Len is the number of fields.
func (h *Head) Len() int { return len(h.fields) }

// Truncate keeps the first n fields only.
func (h *Head) Truncate(n int) { h.fields = h.fields[:n] }

// Name is the i-th field's name as received.
func (h *Head) Name(i int) string { return h.text[h.fields[i].name.from:h.fields[i].name.to] }

// Value is the i-th field's value.
func (h *Head) Value(i int) string { return h.text[h.fields[i].value.from:h.fields[i].value.to] }
