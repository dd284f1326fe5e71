package source

import (
	"cmp"
	"strings"

	"gonode/internal/parse"
)

// typeError is an error in the syntax of a TypeScript text.
func (u *Unit) typeError(err *parse.Error, o Options) error {
	if err.TooDeep() {
		return ErrTooDeep
	}
	e := typeSyntaxError(cmp.Or(o.SourceURL, u.Name), u.Text, err)
	e.Code = "ERR_INVALID_TYPESCRIPT_SYNTAX"
	return e
}

// typeSyntaxError says where in a TypeScript text something is wrong, with the lines before and behind.
func typeSyntaxError(name, text string, err *parse.Error) *SyntaxError {
	e := &SyntaxError{Name: name, Message: err.Message}
	// What begins behind the end of the last line is in that line to those who count lines, but not to those who show them.
	shown := strings.TrimSuffix(text, "\n")
	e.place(shown, err.Start, err.End)
	lines := strings.Split(shown, "\n")
	first := strings.Count(text[:min(err.Start, len(text))], "\n")
	last := max(first, strings.Count(shown[:min(max(err.Start, err.End), len(shown))], "\n"))
	if first == last && err.Start < len(shown) && err.End > len(shown) {
		e.Width += len(text) - len(shown) // the line's end is part of it
	}
	tabs := func(s string) string { return strings.ReplaceAll(strings.TrimSuffix(s, "\r"), "\t", "    ") }
	var b strings.Builder
	for i := max(first-1, 0); i < len(lines) && i <= last+1; i++ {
		if i > last && lines[i] == "" {
			break
		}
		if first != last {
			mark := "    "
			if i == first || i == last {
				mark = "  > "
			}
			b.WriteString(mark)
		}
		b.WriteString(tabs(lines[i]) + "\n")
		if i == first && first == last && e.Width > 0 {
			before := text[strings.LastIndexByte(text[:err.Start], '\n')+1 : err.Start]
			b.WriteString(strings.Repeat(" ", utf16Len(tabs(before))) + strings.Repeat("^", e.Width) + "\n")
		}
	}
	e.snippet = b.String()
	return e
}

// StripTypes gives a TypeScript text as JavaScript in which all that is not a type has its place. The error is a *SyntaxError, or ErrTooDeep.
func StripTypes(name, text string) (string, error) {
	s, err := parse.Strip(text)
	if err == nil && s.Unsupported == nil {
		return s.Text, nil
	}
	wrong, code := s.Unsupported, "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"
	if err != nil {
		wrong, code = err.(*parse.Error), "ERR_INVALID_TYPESCRIPT_SYNTAX"
		if wrong.TooDeep() {
			return "", ErrTooDeep
		}
	}
	e := typeSyntaxError(name, text, wrong)
	e.Code = code
	return "", e
}

// TranslateTypes gives a TypeScript text as JavaScript, enums and namespaces too, and the source map that goes with it. The error is as that of StripTypes.
func TranslateTypes(name, text string) (code, sourceMap string, err error) {
	if _, err := StripTypes(name, text); err != nil {
		if e, ok := err.(*SyntaxError); !ok || e.Code == "ERR_INVALID_TYPESCRIPT_SYNTAX" {
			return "", "", err
		}
	}
	if tooDeep(text, true) {
		return "", "", ErrTooDeep
	}
	r := transform(name, text)
	if len(r.Errors) > 0 {
		u := Unit{Name: name, Text: text}
		return "", "", u.rejected(r.Errors[0])
	}
	return string(r.Code), string(r.Map), nil
}
