package parse

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

// V8 gives functions that have no name of their own one for stacks, by what stands around them: m.x = [() => {}] is "m.x". It does so while
// it reads the text: names that it meets are put on a stack, and an assignment, a declaration or a property hands what is on the stack to
// the functions that have been met since; a call takes the last of them out. A function's body is read when it is first called, and by
// itself. What looks as if it was called at once is read where it stands, and has no inferred name; the body of an arrow function is read
// where it stands, too, but once more when it is called, and that counts for the functions in it.

// inferrer finds these names. A nil one does nothing.
type inferrer struct {
	found   map[int]string // by where the function begins
	reading []*inference   // the last one counts for the functions that are met, the others for those around
	called  int            // where a function begins that looks as if it was called at once, or -1
	opened  int            // where what the last parenthesis has opened begins, or -1
	named   int            // where a function begins that has a name from its surroundings, or -1
	name    string         // that name
}

// inference is what has been met since a function's body began.
type inference struct {
	names     []inferredName
	functions []int // that are to be named: where they begin, -1 if it does not matter
	open      []int // for each part that is open, how many names there were
}

type inferredName struct {
	text     string
	variable bool
}

func newInferrer() *inferrer {
	return &inferrer{found: map[int]string{}, reading: []*inference{{}}, called: -1, opened: -1, named: -1}
}

// open begins a part whose names count within it only, and whose functions, if it is the outermost, get their names in it.
func (i *inferrer) open() {
	if i == nil {
		return
	}
	for _, r := range i.reading {
		r.open = append(r.open, len(r.names))
	}
}

func (i *inferrer) close() {
	if i == nil {
		return
	}
	for _, r := range i.reading {
		n := len(r.open) - 1
		r.names, r.open = r.names[:r.open[n]], r.open[:n]
		if n == 0 {
			r.functions = r.functions[:0]
		}
	}
}

func (i *inferrer) push(name inferredName) {
	for _, r := range i.reading {
		if len(r.open) > 0 {
			r.names = append(r.names, name)
		}
	}
}

func (i *inferrer) variable(name string) {
	if i != nil {
		i.push(inferredName{name, true})
	}
}

// property takes the name of a property.
func (i *inferrer) property(name string) {
	if i != nil && name != "prototype" {
		i.push(inferredName{name, false})
	}
}

// key takes the name of a property that is written out.
func (i *inferrer) key(k *key) {
	if i == nil || k.computed {
		return
	}
	switch e := k.e.(type) {
	case *ast.StringLiteral:
		i.property(e.Value.String())
	case *ast.PrivateIdentifier:
		i.property("#" + e.Name.String())
	case *ast.NumberLiteral:
		switch v := e.Value.(type) {
		case int64:
			i.property(strconv.FormatInt(v, 10))
		case float64:
			i.property(strconv.FormatFloat(v, 'f', -1, 64))
		default:
			i.property(strings.TrimSuffix(e.Literal, "n"))
		}
	}
}

// member takes what stands in brackets.
func (i *inferrer) member(e ast.Expression) {
	if i == nil {
		return
	}
	name := unistring.String("")
	switch e := e.(type) {
	case *ast.StringLiteral:
		name = e.Value
	case *ast.TemplateLiteral:
		if e.Tag != nil || len(e.Elements) != 1 {
			i.property("<computed>")
			return
		}
		name = e.Elements[0].Parsed
	default:
		i.property("<computed>")
		return
	}
	text := name.String()
	if n, err := strconv.ParseUint(text, 10, 32); err == nil && n < 1<<32-1 && strconv.FormatUint(n, 10) == text {
		text = "<computed>"
	}
	i.property(text)
}

// function takes a function or class that has no name of its own.
func (i *inferrer) function(start int, called bool) {
	if i == nil {
		return
	}
	for n, r := range i.reading {
		if len(r.open) == 0 {
			continue
		}
		if called || n+1 < len(i.reading) {
			r.functions = append(r.functions, -1)
		} else {
			r.functions = append(r.functions, start)
		}
	}
}

// declared takes what is declared, or assigned to in a pattern, if that is a name.
func (i *inferrer) declared(target ast.Expression) {
	if i == nil {
		return
	}
	if id, ok := target.(*ast.Identifier); ok {
		i.variable(id.Name.String())
	}
}

// calledAt tells whether the function at a place looks as if it was called at once.
func (i *inferrer) calledAt(start int) bool { return i != nil && i.called == start }

// openedAt is where what the last parenthesis has opened begins, or -1.
func (i *inferrer) openedAt() int {
	if i == nil {
		return -1
	}
	return i.opened
}

// named is the name by which a function is known within: its own or a method's.
func (m *method) named(own *ast.Identifier) string {
	if own != nil {
		return own.Name.String()
	}
	return m.name
}

// call forgets the function before: it is an argument, or what is called.
func (i *inferrer) call() {
	if i == nil {
		return
	}
	for _, r := range i.reading {
		if n := len(r.functions); n > 0 {
			r.functions = r.functions[:n-1]
		}
	}
}

// infer names the functions that have been met.
func (i *inferrer) infer() {
	if i == nil {
		return
	}
	for _, r := range i.reading {
		if len(r.functions) == 0 {
			continue
		}
		name := r.name()
		for _, start := range r.functions {
			if start >= 0 {
				i.found[start] = name
			}
		}
		r.functions = r.functions[:0]
	}
}

func (r *inference) name() string {
	var b strings.Builder
	for n, name := range r.names {
		if name.variable && n+1 < len(r.names) && r.names[n+1].variable {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name.text)
	}
	return b.String()
}

// assigned names the functions of a value that a variable or a property is given.
func (i *inferrer) assigned(value ast.Expression) {
	if i == nil {
		return
	}
	switch v := value.(type) {
	case *ast.CallExpression, *ast.NewExpression:
		i.call()
	case *ast.TemplateLiteral:
		if v.Tag != nil {
			i.call()
		} else {
			i.infer()
		}
	default:
		i.infer()
	}
}

// gives notes the name that a function has from its surroundings if it begins at a place.
func (i *inferrer) gives(target ast.Expression, start int) {
	if i == nil {
		return
	}
	switch t := target.(type) {
	case *ast.Identifier:
		i.named, i.name = start, t.Name.String()
	case *ast.StringLiteral:
		i.named, i.name = start, t.Value.String()
	}
}

// enter begins the body of a function, unless it is read where it stands; leave is to be given what it gives. again tells that it is read there
// and once more.
func (i *inferrer) enter(start int, name string, called, again bool) (outer []*inference) {
	if i == nil || called {
		return nil
	}
	if name == "" && i.named == start {
		name = i.name
	}
	body := &inference{}
	if first, _ := utf8.DecodeRuneInString(name); unicode.IsUpper(first) {
		body.names = append(body.names, inferredName{name, false})
	}
	outer = i.reading
	if again {
		i.reading = append(slices.Clone(outer), body)
	} else {
		i.reading = []*inference{body}
	}
	return outer
}

func (i *inferrer) leave(outer []*inference) {
	if i != nil && outer != nil {
		i.reading = outer
	}
}

// likely notes that the function that comes next looks as if it was called at once.
func (p *parser) likely() {
	if p.infer == nil {
		return
	}
	p.infer.opened = p.tok.start
	if p.isName("function") {
		p.infer.called = p.tok.start
	} else if p.isName("async") {
		saved := p.lexer
		p.scan()
		if p.isName("function") && !p.tok.newline {
			p.infer.called = saved.tok.start
		}
		p.lexer = saved
	}
}
