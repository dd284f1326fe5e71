package intl

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// Case is a text in capital or small letters where a language has rules of its own; it is false elsewhere.
func Case(s, locale string, upper bool) (string, bool) {
	t, _ := Parse(locale)
	tag := language.Und
	switch t.Language {
	case "az":
		tag = language.Azerbaijani
	case "tr":
		tag = language.Turkish
	case "lt":
		tag = language.Lithuanian
	case "el":
		tag = language.Greek
	default:
		return "", false
	}
	if upper {
		return cases.Upper(tag).String(s), true
	}
	return cases.Lower(tag, cases.HandleFinalSigma(true)).String(s), true
}
