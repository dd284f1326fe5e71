// Package regex compiles and matches the regular expressions of ECMAScript 2025, on ASCII strings and on strings of UTF-16 units alike.
// It knows nothing of an engine's values. A Program is immutable and may be shared; a Matcher belongs to one goroutine. Matching is
// backtracking on a stack of its own: deterministic parts leave nothing on it, and a search that backtracks for long remembers where it
// has failed, which makes it linear where there are no back references.
package regex

// Flags are the flags of a regular expression.
type Flags uint8

// The flags, in the order in which the flags property has them.
const (
	HasIndices Flags = 1 << iota
	Global
	IgnoreCase
	Multiline
	DotAll
	Unicode
	UnicodeSets
	Sticky
)

const flagLetters = "dgimsuvy"

// ParseFlags reads flags as they are written; it is false for an unknown or repeated letter and for u together with v.
func ParseFlags(s string) (Flags, bool) {
	var flags Flags
	for i := range len(s) {
		f := Flags(0)
		for j := range len(flagLetters) {
			if flagLetters[j] == s[i] {
				f = 1 << j
			}
		}
		if f == 0 || flags&f != 0 {
			return 0, false
		}
		flags |= f
	}
	return flags, flags&(Unicode|UnicodeSets) != Unicode|UnicodeSets
}

// String writes the flags in alphabetical order.
func (f Flags) String() string {
	var b [8]byte
	out := b[:0]
	for j := range len(flagLetters) {
		if f&(1<<j) != 0 {
			out = append(out, flagLetters[j])
		}
	}
	return string(out)
}

func (f Flags) unicode() bool { return f&(Unicode|UnicodeSets) != 0 }

// Name is a named group: its name and the numbers of the groups that have it.
type Name struct {
	Name   string
	Groups []int
}

// SyntaxError says what is wrong with a pattern, in V8's words.
type SyntaxError string

func (e SyntaxError) Error() string { return string(e) }

const (
	errTooLarge          SyntaxError = "Regular expression too large"
	errGroup             SyntaxError = "Unterminated group"
	errParen             SyntaxError = "Unmatched ')'"
	errEnd               SyntaxError = `\ at end of pattern`
	errProperty          SyntaxError = "Invalid property name"
	errClassProperty     SyntaxError = "Invalid property name in character class"
	errEscape            SyntaxError = "Invalid escape"
	errDecimal           SyntaxError = "Invalid decimal escape"
	errUnicodeEscape     SyntaxError = "Invalid Unicode escape"
	errNothing           SyntaxError = "Nothing to repeat"
	errLoneBracket       SyntaxError = "Lone quantifier brackets"
	errNumberOrder       SyntaxError = "numbers out of order in {} quantifier"
	errQuantifier        SyntaxError = "Incomplete quantifier"
	errLookQuantifier    SyntaxError = "Invalid quantifier"
	errInvalidGroup      SyntaxError = "Invalid group"
	errDashes            SyntaxError = "Multiple dashes in flag group"
	errRepeatedFlag      SyntaxError = "Repeated flag in flag group"
	errFlagGroup         SyntaxError = "Invalid flag group"
	errCaptures          SyntaxError = "Too many captures"
	errName              SyntaxError = "Invalid capture group name"
	errDuplicate         SyntaxError = "Duplicate capture group name"
	errReference         SyntaxError = "Invalid named reference"
	errReferenced        SyntaxError = "Invalid named capture referenced"
	errUnterminatedClass SyntaxError = "Unterminated character class"
	errClassOrder        SyntaxError = "Range out of order in character class"
	errClass             SyntaxError = "Invalid character class"
	errSetOperation      SyntaxError = "Invalid set operation in character class"
	errInClass           SyntaxError = "Invalid character in character class"
	errNegatedStrings    SyntaxError = "Negated character class may contain strings"
)

// node is a part of a pattern. Flags have been dealt with: sets are closed under case where i holds, and assertions have their kind.
type node interface{}

type (
	setNode   struct{ set charset }
	catNode   struct{ list []node }
	altNode   struct{ list []node }
	groupNode struct {
		index int
		body  node
	}
	loopNode struct {
		body        node
		min, max    int // max is -1 without a limit
		greedy      bool
		first, last int // the groups inside are first to last-1
	}
	assertNode struct{ kind assertion }
	lookNode   struct {
		body             node
		behind, negative bool
	}
	refNode struct {
		name   string // of a named reference, until its groups are known
		groups []int
		fold   bool
	}
)

type assertion uint8

const (
	textStart assertion = iota
	textEnd
	lineStart
	lineEnd
	wordEdge
	notWordEdge
	foldedWordEdge // with i and u: ſ and the Kelvin sign are word characters
	notFoldedWordEdge
)
