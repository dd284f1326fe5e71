package source

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gonode/internal/engine/utf"
	"gonode/internal/parse"
)

func itoa(n int) string { return strconv.Itoa(n) }

// syntaxError words an error of the engine's parser or compiler as V8 does.
func syntaxError(name, text string, err error) *SyntaxError {
	e := &SyntaxError{Name: name, Line: 1, Column: 1, Width: 1}
	switch err := err.(type) {
	case *goja.CompilerSyntaxError:
		e.Message = err.Message
		if err.File != nil {
			p := err.File.Position(err.Offset)
			e.Line, e.Column = p.Line, p.Column
		}
	case *SyntaxError:
		return err
	case *parse.Error:
		e.Message = err.Message
		e.place(text, err.Start, err.End)
		return e
	default:
		e.Message = err.Error()
	}
	e.locate(text)
	return e
}

// place puts an error between two offsets in bytes.
func (e *SyntaxError) place(text string, start, end int) {
	before := text[:min(start, len(text))]
	e.Line = strings.Count(before, "\n") + 1
	e.Source = lineOf(text, e.Line)
	from := start - (strings.LastIndexByte(before, '\n') + 1)
	from = min(from, len(e.Source))
	e.Column = utf16Len(e.Source[:from]) + 1
	e.Width = utf16Len(e.Source[from:min(max(from+end-start, from), len(e.Source))])
}

// locate fills in the line, the width of the token at the place and V8's wording.
func (e *SyntaxError) locate(text string) {
	e.Source = lineOf(text, e.Line)
	// The engine counts bytes; the column is one of UTF-16 units.
	at := min(max(e.Column-1, 0), len(e.Source))
	token := tokenAt(e.Source[at:])
	e.Column = utf16Len(e.Source[:at]) + 1
	e.Width = max(utf16Len(token), 1)
	e.Message = wording(e.Message, token)
	if rest, ok := strings.CutPrefix(e.Source[at:], "import.meta"); ok && strings.HasPrefix(e.Message, "Cannot use import") {
		e.Message = "Cannot use 'import.meta' outside a module"
		e.Column, e.Width = utf16Len(e.Source[:len(e.Source)-len(rest)])-3, 4
	}
	if before := strings.TrimRight(e.Source[:at], " \t"); strings.HasPrefix(e.Message, "Unexpected ") && strings.HasSuffix(before, "await") &&
		(len(before) == 5 || !wordChar(before[len(before)-6])) {
		e.Message = "await is only valid in async functions and the top level bodies of modules"
		e.Column, e.Width = utf16Len(before)-4, 5
	}
	if e.Message == "Unexpected end of input" {
		// V8 marks the end of the text, where there is nothing to underline.
		e.Line, e.Width = strings.Count(text, "\n")+1, 0
		e.Source = text[strings.LastIndexByte(text, '\n')+1:]
		e.Column = utf16Len(e.Source) + 1
	}
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// tokenAt is the token at the start of s, near enough to underline it.
func tokenAt(s string) string {
	if s == "" {
		return ""
	}
	r, size := utf8.DecodeRuneInString(s)
	word := func(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	switch {
	case word(r) || r == '#':
		for i, r := range s {
			if i > 0 && !word(r) {
				return s[:i]
			}
		}
		return s
	case r == '"' || r == '\'':
		for i := 1; i < len(s); i++ {
			if s[i] == '\\' {
				i++
			} else if s[i] == s[0] {
				return s[:i+1]
			}
		}
		return s[:size]
	}
	for _, op := range []string{">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=",
		"=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**"} {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return s[:size]
}

func wording(m, token string) string {
	switch {
	case m == "Unexpected token ILLEGAL":
		return "Invalid or unexpected token"
	case m == "Unexpected identifier" && token != "":
		return "Unexpected identifier '" + token + "'"
	case m == "Unexpected reserved word":
		if token == "import" {
			return "Cannot use import statement outside a module"
		}
		if token == "enum" || token == "await" {
			return "Unexpected reserved word"
		}
		return "Unexpected token '" + token + "'"
	case strings.HasPrefix(m, "Unexpected token '"):
		return m // said by scan or by esbuildWording
	case strings.HasPrefix(m, "Unexpected token "):
		return "Unexpected token '" + strings.TrimPrefix(m, "Unexpected token ") + "'"
	case m == "Not a valid left-value expression":
		return "Invalid left-hand side in assignment"
	case m == "Assignment to eval or arguments is not allowed in strict mode":
		return "Unexpected eval or arguments in strict mode"
	case m == "Delete of an unqualified identifier in strict mode":
		return "Delete of an unqualified identifier in strict mode."
	case m == "Missing initializer in destructuring declaration", m == "Missing catch or finally after try":
		return m
	case strings.HasPrefix(m, "Already saw a default in switch"):
		return "More than one default clause in switch statement"
	}
	return m
}

// LooksLikeModule tells whether a text is an ES module and no CommonJS one: by import and export statements, by
// import.meta, by a top-level await, or by a declaration of what a CommonJS module has already.
func LooksLikeModule(text string, typeScript bool) bool {
	text = utf.Text(text)
	if typeScript {
		s, err := parse.Strip(text)
		if err != nil {
			return false
		}
		if text = s.Text; s.Unsupported != nil || s.Decorators {
			text = string(transform("", text).Code)
		}
	}
	m := scan("", text, true)
	if m.statements || m.meta {
		return true
	}
	if !m.awaits && !m.declares {
		return false
	}
	if _, err := Compile("", text, Options{Kind: Function, Params: CommonJSParams}); err == nil {
		return false
	}
	_, err := Compile("", text, Options{Kind: Module})
	return err == nil
}

// TokenWidth is the width of the token that a text begins with.
func TokenWidth(text string) int { return max(utf16Len(tokenAt(text)), 1) }
