package source

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja/ast"

	"gonode/internal/coverage"
	"gonode/internal/probes"
)

// The names that stand in a text in place of import.meta, of import in import(), and of the local name of a default
// export. They have the length of what they replace, so that every position stays that of the file.
const (
	MetaName    = "import$meta"
	ImportName  = "imp$rt"
	defaultName = "d$f"
)

// Request is a module that a text imports from: the specifier with its attributes.
type Request struct {
	Specifier  string
	Attributes [][2]string
	Offset     int  // of the specifier
	Source     bool // it is the module's source that is imported
}

// SourceExport is the name of what an import of a module's source imports.
const SourceExport = "source"

// Import binds a name to another module's export. Name is "*" for the namespace.
type Import struct {
	Local, Name string
	Request     int
	Offset      int // of the name
}

// Export is one name that a module exports. With a Request it is another module's: Name is that module's name for it,
// "*" for its namespace. Exported is "" for export *.
type Export struct {
	Exported, Local string
	Name            string
	Request         int // -1 for a local one
	Offset          int
	// Mutable exports may get another value after their declaration has been evaluated.
	Mutable bool
}

// moduleText is a text whose module syntax has been replaced, byte for byte, by what the engine parses.
type moduleText struct {
	text     string
	code     []byte
	requests []Request
	imports  []Import
	exports  []Export
	declared []int // where exported declarations begin
	items    []int // where import and export statements stand
	fallback int   // where the default export's declaration begins, or -1
	anon     int   // where that stands in text, if it is an anonymous function or class
	// disposing is parse.Result's.
	disposing func([]ast.Statement) ([]ast.Statement, *[]ast.Statement)
	// counts asks for counted, what is counted of the module.
	counts  bool
	counted *coverage.Script
	// stops asks for probed, where a debugger can stop in the module.
	stops  bool
	probed *probes.Script
	// infer asks for inferred, the names that parse.Options.Infer finds.
	infer    bool
	inferred map[int]string
	// There are import or export statements.
	statements bool
	meta       bool   // there is import.meta
	dynamic    bool   // there is import()
	awaits     bool   // there is the word await
	declares   bool   // a declaration at the top names what a CommonJS module is given
	await      int    // where the first at the top level is, or -1
	module     bool   // import and export statements are allowed
	at         int    // where the scanner is
	prev       string // the token before: a word, a punctuator, or "0" for any literal
	stack      []bracket
	closed     bracket // the one that prev closed
	err        *SyntaxError
}

// bracket is an open ( [ { or ${.
type bracket struct {
	open    byte
	before  string // the token in front of it
	control bool   // the parenthesis of if, while, for, with
	value   bool   // the brace of an object literal
	call    int    // 1 + the offset of the import whose parenthesis this is
}

// scan finds the module syntax of a text by its tokens alone. It may be wrong about a regular expression in odd
// places; then the result does not parse, and esbuild's printing of the text is tried.
func scan(name, text string, module bool) *moduleText {
	s := &moduleText{text: text, code: []byte(text), fallback: -1, module: module}
	if strings.HasPrefix(text, "#!") {
		s.line()
	}
	for s.err == nil && s.at < len(text) {
		s.token()
	}
	if s.err != nil {
		s.err.Name = name
	}
	return s
}

func (s *moduleText) line() {
	if i := strings.IndexAny(s.text[s.at:], "\r\n"); i >= 0 {
		s.at += i
	} else {
		s.at = len(s.text)
	}
}

// space skips white space and comments and tells whether a line ended in between.
func (s *moduleText) space() (newline bool) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '\n' || c == '\r':
			newline = true
			s.at++
		case c == ' ' || c == '\t' || c == '\v' || c == '\f':
			s.at++
		case c == '/' && strings.HasPrefix(s.text[s.at:], "//"):
			s.line()
		case c == '/' && strings.HasPrefix(s.text[s.at:], "/*"):
			end := strings.Index(s.text[s.at+2:], "*/")
			if end < 0 {
				s.at = len(s.text)
				return newline
			}
			newline = newline || strings.ContainsAny(s.text[s.at:s.at+2+end], "\n\r")
			s.at += end + 4
		case c >= 0x80:
			size, line := wideSpace(s.text[s.at:])
			if size == 0 {
				return newline
			}
			newline = newline || line
			s.at += size
		default:
			return newline
		}
	}
	return newline
}

// wideSpace gives the length of the white space beyond ASCII that text begins with, 0 if there is none, and whether it ends the line.
func wideSpace(text string) (size int, line bool) {
	switch r, size := utf8.DecodeRuneInString(text); r {
	case '\u2028', '\u2029':
		return size, true
	case '\u00a0', '\ufeff', '\u1680', '\u202f', '\u205f', '\u3000':
		return size, false
	default:
		if r < '\u2000' || r > '\u200a' {
			return 0, false
		}
		return size, false
	}
}

func wordChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '\\' || c >= 0x80
}

// wordAt tells whether text begins with a character of a word.
func wordAt(text string) bool {
	if text == "" || !wordChar(text[0]) {
		return false
	}
	size, _ := wideSpace(text)
	return size == 0
}

// word reads the word at the place, "" if there is none.
func (s *moduleText) word() string {
	start := s.at
	for wordAt(s.text[s.at:]) {
		if s.text[s.at] >= 0x80 {
			_, size := utf8.DecodeRuneInString(s.text[s.at:])
			s.at += size
			continue
		}
		if s.text[s.at] == '\\' && strings.HasPrefix(s.text[s.at:], `\u{`) {
			if end := strings.IndexByte(s.text[s.at:], '}'); end > 0 {
				s.at += end
			}
		}
		s.at++
	}
	return s.text[start:s.at]
}

func (s *moduleText) token() {
	s.space()
	if s.at >= len(s.text) {
		return
	}
	c := s.text[s.at]
	switch {
	case c >= '0' && c <= '9':
		for s.at < len(s.text) && (wordChar(s.text[s.at]) || s.text[s.at] == '.') {
			s.at++
		}
		s.prev = "0"
	case wordChar(c) || c == '#':
		s.name()
	case c == '"' || c == '\'':
		s.quoted()
		s.prev = "0"
	case c == '`':
		s.at++
		s.template()
	case c == '/' && s.regexp():
		s.literal()
		s.prev = "0"
	case c == '(' || c == '[' || c == '{':
		s.open(c)
	case c == ')' || c == ']' || c == '}':
		s.close(c)
	default:
		n := 1
		for _, op := range [...]string{"...", "=>", "++", "--", "?."} {
			if strings.HasPrefix(s.text[s.at:], op) {
				n = len(op)
				break
			}
		}
		s.prev = s.text[s.at : s.at+n]
		s.at += n
	}
}

func (s *moduleText) open(c byte) {
	b := bracket{open: c, before: s.prev}
	switch c {
	case '(':
		switch s.prev {
		case "if", "while", "for", "with":
			b.control = true
		}
	case '{':
		switch s.prev {
		case "(", ",", "=", ":", "[", "!", "&", "|", "?", "+", "-", "*", "%", "^", "~", "<", ">", "/", "return", "typeof", "case",
			"in", "of", "instanceof", "new", "void", "delete", "throw", "yield", "await", "...", "default":
			b.value = true
		}
	}
	s.stack = append(s.stack, b)
	s.prev = string(rune(c))
	s.at++
}

func (s *moduleText) close(c byte) {
	s.at++
	s.prev = string(rune(c))
	n := len(s.stack) - 1
	if n < 0 {
		return
	}
	s.closed, s.stack = s.stack[n], s.stack[:n]
	if s.closed.open == '$' {
		s.template()
		return
	}
	if at := s.closed.call - 1; at >= 0 {
		// import(x) { } is a method of that name.
		here := s.at
		s.space()
		method := s.at < len(s.text) && s.text[s.at] == '{'
		s.at = here
		if !method {
			copy(s.code[at:], ImportName)
			s.dynamic = true
		}
	}
}

// regexp tells a slash that begins a regular expression from a division.
func (s *moduleText) regexp() bool {
	switch s.prev {
	case "", "(", "[", "{":
		return true
	case "0", "]", "++", "--":
		return false
	case ")":
		return s.closed.control
	case "}":
		return !s.closed.value
	}
	switch s.prev {
	case "return", "typeof", "case", "do", "else", "in", "instanceof", "new", "void", "delete", "throw", "yield", "await", "of":
		return true
	}
	return !wordChar(s.prev[0]) && s.prev[0] != '#'
}

func (s *moduleText) literal() {
	class := false
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '\\':
			s.at++
		case c == '\n' || c == '\r':
			return
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			s.at++
			s.word()
			return
		}
	}
}

// quoted reads a string literal and returns what stands between its quotes.
func (s *moduleText) quoted() string {
	q, start := s.text[s.at], s.at+1
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '\n', '\r':
			return s.text[start:s.at]
		case q:
			s.at++
			return s.text[start : s.at-1]
		}
	}
	return s.text[start:min(s.at, len(s.text))]
}

// template reads on in a template literal, up to its end or to the next substitution.
func (s *moduleText) template() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '`':
			s.at++
			s.prev = "0"
			return
		case '$':
			if strings.HasPrefix(s.text[s.at:], "${") {
				s.at += 2
				s.stack = append(s.stack, bracket{open: '$'})
				s.prev = "("
				return
			}
		}
		s.at++
	}
}

// name reads a word and deals with those that matter.
func (s *moduleText) name() {
	start, before := s.at, s.prev
	if s.text[s.at] == '#' {
		s.at++
	}
	w := s.word()
	if s.at == start { // a stray character
		s.at++
	}
	s.prev = "x"
	if before == "." || before == "?." {
		return
	}
	switch w {
	case "import":
		s.importWord(start)
	case "export":
		if s.module && len(s.stack) == 0 {
			s.exportStatement(start)
		}
	case "await":
		s.awaits = true
		s.prev = w
	case "const", "let", "class":
		s.declares = s.declares || len(s.stack) == 0 && s.namesWrapper()
	case "return", "typeof", "case", "do", "else", "in", "instanceof", "new", "void", "delete", "throw", "yield", "of", "if",
		"while", "for", "with", "default":
		s.prev = w
	}
}

// namesWrapper tells whether the next word is what a CommonJS module is given.
func (s *moduleText) namesWrapper() bool {
	before := s.at
	s.space()
	name := s.word()
	s.at = before
	return slices.Contains(CommonJSParams, name)
}

func (s *moduleText) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *moduleText) importWord(start int) {
	end := s.at
	s.space()
	switch s.peek() {
	case '(':
		s.prev = "import"
		s.open('(')
		s.stack[len(s.stack)-1].call = start + 1
		return
	case '.':
		s.at++
		s.space()
		switch s.word() {
		case "meta":
			if s.module {
				s.blank(start, s.at)
				copy(s.code[start:], MetaName)
				s.meta = true
			}
			return
		case "source":
			s.dynamic = true
		}
	case ':', '=', ')', ',', '}', ';':
	default:
		if s.module && len(s.stack) == 0 {
			s.importStatement(start)
			return
		}
	}
	s.at = end
}

// blank overwrites a part of the text with spaces, keeping the ends of lines.
func (s *moduleText) blank(from, to int) {
	for i := from; i < to; i++ {
		if c := s.code[i]; c != '\n' && c != '\r' {
			s.code[i] = ' '
		}
	}
}
