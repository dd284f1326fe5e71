package engine

import (
	"reflect"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/places"
	"gonode/internal/engine/program"
	"gonode/internal/parse"
)

// mostText is how long a text may be that is parsed again to word an error.
const mostText = 4 << 20

// placesOf finds the places of a file, nil if its text is too long or cannot be parsed by itself.
func (e *Engine) placesOf(f *file.File) *places.Places {
	p, ok := e.places[f]
	if ok {
		return p
	}
	if text := f.Source(); len(text) <= mostText {
		o := parse.Options{Return: true, NewTarget: true, SuperProperty: true, SuperCall: true, Private: true, ImportName: "import$"}
		r, err := parse.Program(f.Name(), text, o)
		if err == nil {
			p = places.New(r.Program)
		} else if prg, _ := e.hooks.Module(f.Name(), text); prg != nil {
			p = places.New(prg)
		}
	}
	if len(e.places) >= 8 || e.places == nil {
		e.places = map[*file.File]*places.Places{}
	}
	e.places[f] = p
	return p
}

// placeAt is what an instruction stands for.
func (e *Engine) placeAt(prg *goja.Program, pc int) (place places.Place, ok bool) {
	f := fileOf(prg)
	if f == nil || places.KindAt(prg, pc) == places.None {
		return place, false
	}
	if p := e.placesOf(f); p != nil {
		return p.At(prg, pc)
	}
	return place, false
}

// place is what the running instruction stands for, in Go code what called it.
func (e *Engine) place() (places.Place, bool) {
	m := e.machine()
	prg, pc := m.Prg, m.PC
	if prg == nil {
		depth := m.depth()
		if depth == 0 {
			return places.Place{}, false
		}
		prg, pc = m.CallStack[depth-1].Prg, m.CallStack[depth-1].PC
	}
	if prg == nil {
		return places.Place{}, false
	}
	return e.placeAt(prg, pc)
}

// position is the line and column of an instruction, as V8 tells them.
func (e *Engine) position(prg *goja.Program, pc int) file.Position {
	at := layout.StackFrame{Prg: prg, PC: pc}.Position()
	if k, _, ok := program.Engine(prg, pc); ok {
		behind := 0
		switch {
		case strings.HasPrefix(k.Name, "loadDynamic"):
			return e.loadPosition(prg, pc, at)
		case k.Name == "iterNext":
			at.Column -= takenBefore((&Frame{Prg: prg}).SourceLine(at.Line), at.Column-1)
			return at
		case strings.HasPrefix(k.Name, "_putValue"):
			behind = assignedAt(lineOf(prg, at))
		case k.Name == "_throwAssignToConst":
			if _, ok := e.placeAt(prg, pc); !ok {
				behind = assignedAt(lineOf(prg, at))
			}
		case strings.HasPrefix(k.Name, "_newDerivedClass"), strings.HasPrefix(k.Name, "newDerivedClass"):
			behind = superclassAt(lineOf(prg, at))
		}
		if behind > 0 {
			at.Column += behind
			return at
		}
	}
	switch places.KindAt(prg, pc) {
	case places.None, places.Call, places.Construct: // the engine's are right, and nothing has to be parsed
		return at
	}
	if place, ok := e.placeAt(prg, pc); ok {
		own := fileOf(prg).Position(place.Offset)
		at.Line, at.Column = own.Line, own.Column
	}
	return at
}

// callsNothing tells whether the call that runs is one of a variable that is not defined.
func (e *Engine) callsNothing() bool {
	m := e.machine()
	k, operand, ok := program.Engine(m.Prg, m.PC)
	if !ok || k.Name != "call" {
		return false
	}
	at := m.SP - 1 - int(*(*uint32)(operand))
	return at >= 0 && at < len(m.Stack) && m.Stack[at] != nil && reflect.TypeOf(m.Stack[at]).String() == "goja.valueUnresolved"
}

// loadPosition is position for the variable that an instruction reads; otherwise is what the engine says.
func (e *Engine) loadPosition(prg *goja.Program, pc int, otherwise file.Position) file.Position {
	if f := fileOf(prg); f != nil {
		if p := e.placesOf(f); p != nil {
			if offset, ok := p.Load(places.Offset(prg, pc)); ok {
				own := f.Position(offset)
				otherwise.Line, otherwise.Column = own.Line, own.Column
			}
		}
	}
	return otherwise
}

// iterationWords words a value that a pattern, a loop or a spread cannot iterate.
func (e *Engine) iterationWords(p places.Place, v goja.Value) string {
	const symbol = " (cannot read property Symbol(Symbol.iterator))"
	nullish := v == nil || goja.IsUndefined(v) || goja.IsNull(v)
	switch {
	case p.Kind == places.Argument && p.Nested:
		return e.uniterable(v)
	case p.Kind == places.Argument && nullish:
		return places.Print(p.Source) + " is not iterable (cannot read property " + v.String() + ")"
	case p.Kind == places.Argument:
		return "Spread syntax requires ...iterable[Symbol.iterator] to be a function"
	case p.Kind == places.Iterate && p.Nested && p.Parent != nil && nullish:
		return "Cannot destructure property 'Symbol(Symbol.iterator)' of '" + e.printed(p, v) + "' as it is " + v.String() + "."
	case p.Kind == places.Iterate && p.Nested && p.Parent != nil && p.Outer != nil:
		return places.Print(p.Outer) + " is not iterable" + symbol
	case p.Nested || p.Assigned || p.Catch || p.Source == nil && !p.Loop:
		return e.uniterable(v)
	case p.Source == nil:
		return ".for is not iterable"
	}
	switch source := p.Source.(type) {
	case *ast.CallExpression:
		return places.Print(source.Callee) + " is not a function or its return value is not iterable"
	case *ast.NewExpression:
		return places.Print(source.Callee) + " is not a function or its return value is not iterable"
	case *ast.OptionalChain:
		return e.uniterable(v)
	case *ast.DotExpression, *ast.BracketExpression:
		if _, pattern := p.Node.(ast.Pattern); pattern {
			return e.uniterable(v)
		}
	}
	return places.Print(p.Source) + " is not iterable"
}

// printed is how V8 writes what a pattern takes apart.
func (e *Engine) printed(p places.Place, v goja.Value) string {
	switch {
	case p.Outer != nil:
		return places.Print(p.Outer)
	case p.Catch:
		return ".catch"
	case p.Loop:
		return ".for"
	case v != nil && goja.IsNull(v):
		return "object null"
	}
	return "undefined"
}

// destructuringWords words undefined or null that an object pattern looks into.
func (e *Engine) destructuringWords(p places.Place, v string) string {
	pattern := p.Node.(*ast.ObjectPattern)
	name, first := "", places.FirstName(pattern)
	if first != nil {
		name = keyText(first)
	}
	reads := p.Nested || p.Loop && p.Assigned
	if len(pattern.Properties) > 0 {
		switch first := pattern.Properties[0].(type) {
		case *ast.PropertyShort:
			reads = reads || first.Initializer != nil
		case *ast.PropertyKeyed:
			_, assigned := first.Value.(*ast.AssignExpression)
			reads = reads || assigned
		}
	}
	var value goja.Value
	if v == "null" {
		value = goja.Null()
	}
	of := e.printed(p, value)
	switch {
	case reads && name != "":
		return "Cannot read properties of " + v + " (reading '" + name + "')"
	case p.Nested && p.Parent != nil && len(pattern.Properties) == 0 && pattern.Rest == nil:
		name = keyText(p.Parent)
	case p.Nested:
		return "Cannot read properties of " + v
	}
	if name == "" {
		return "Cannot destructure '" + of + "' as it is " + v + "."
	}
	return "Cannot destructure property '" + name + "' of '" + of + "' as it is " + v + "."
}

// keyText is the name of a property that is not computed.
func keyText(e ast.Expression) string {
	switch e := e.(type) {
	case *ast.Identifier:
		return e.Name.String()
	case *ast.StringLiteral:
		return e.Value.String()
	}
	return strings.Trim(places.Print(e), `"`)
}

// lineOf is the rest of a line of a program's text.
func lineOf(prg *goja.Program, at file.Position) string {
	src := fileOf(prg)
	if src == nil || at.Column < 1 {
		return ""
	}
	text := (&Frame{Prg: prg}).SourceLine(at.Line)
	if at.Column > len(text) {
		return ""
	}
	return text[at.Column-1:]
}

// assignedAt is how far behind a name its assignment's sign stands, where V8 says that it is; 0 if there is none.
func assignedAt(text string) int {
	i := 0
	for i < len(text) && wordByte(text[i]) {
		i++
	}
	rest := strings.TrimLeft(text[i:], " \t")
	if i == 0 || rest == "" || strings.HasPrefix(rest, "==") || strings.HasPrefix(rest, "=>") {
		return 0
	}
	for _, sign := range [...]string{"=", "++", "--", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??="} {
		if strings.HasPrefix(rest, sign) {
			return len(text) - len(rest)
		}
	}
	return 0
}

// awaitsAt is how far from where the engine says that a function waits V8 says so: at the variable of a loop of for await, at yield* and at the
// await behind a variable's name.
func awaitsAt(line string, at int) int {
	if at < 0 || at > len(line) {
		return 0
	}
	if rest, ok := strings.CutPrefix(line[at:], "for await"); ok {
		if head, _, ok := strings.Cut(rest, " of "); ok && strings.HasPrefix(strings.TrimLeft(head, " "), "(") {
			of := at + len("for await") + len(head) + len(" of ")
			return of - takenBefore(line, of) - at
		}
		return 0
	}
	if before, ok := strings.CutSuffix(strings.TrimRight(line[:at], " "), "yield*"); ok {
		return len(before) - at
	}
	end := at
	for end < len(line) && wordByte(line[end]) {
		end++
	}
	rest, ok := strings.CutPrefix(strings.TrimLeft(line[end:], " "), "=")
	if rest = strings.TrimLeft(rest, " "); ok && end > at && strings.HasPrefix(rest, "await ") {
		return len(line) - len(rest) - at
	}
	return 0
}

// takenBefore is how far before what a for statement goes over the variable stands that takes each value, where V8 says that the next one is
// asked for: a name, the last part of a property, or the end of a pattern. It is 0 if that is not on the line.
func takenBefore(line string, at int) int {
	if at < 0 || at > len(line) {
		return 0
	}
	of := strings.LastIndex(line[:at], " of ")
	if of < 0 || strings.ContainsAny(line[of:at], ";{}") {
		return 0
	}
	before := line[:of]
	before = strings.TrimRight(before, " \t")
	start := len(before)
	switch {
	case start == 0:
		return 0
	case before[start-1] == '}':
		return at - (start - 1)
	case before[start-1] == ']':
		start--
		for start >= 0 && before[start] != '[' {
			start--
		}
		if start > 0 && (wordByte(before[start-1]) || before[start-1] == ')' || before[start-1] == ']') {
			return at - start // an element
		}
		return at - (len(before) - 1)
	}
	for start > 0 && wordByte(before[start-1]) {
		start--
	}
	return at - start
}

// superclassAt is how far behind the beginning of a class the name is that it extends, or the last property of a chain of names.
func superclassAt(text string) int {
	rest, ok := strings.CutPrefix(text, "class")
	if !ok {
		return 0
	}
	if rest = strings.TrimLeft(rest, " "); !strings.HasPrefix(rest, "extends ") {
		_, rest, ok = strings.Cut(rest, " extends ")
	} else {
		rest = rest[len("extends "):]
	}
	if rest = strings.TrimLeft(rest, " "); !ok || rest == "" || !wordByte(rest[0]) || rest[0] >= '0' && rest[0] <= '9' {
		return 0
	}
	end := 0
	for end < len(rest) && (wordByte(rest[end]) || rest[end] == '.') {
		end++
	}
	if tail := strings.TrimLeft(rest[end:], " "); !strings.HasPrefix(tail, "{") {
		return 0
	}
	return len(text) - len(rest) + strings.LastIndexByte(rest[:end], '.') + 1
}
