package regex

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:generate node generate.mjs node_modules

//go:embed unicode.bin
var unicodeData []byte

//go:embed case.bin
var caseData string

// varint reads a number of seven bits a byte, lowest first.
func varint(s string) (int, string) {
	n := 0
	for i := 0; ; i++ {
		n |= int(s[i]&127) << (7 * i)
		if s[i] < 128 {
			return n, s[i+1:]
		}
	}
}

// properties has the data of each property by its kind and name: "gLu", "sGreek", "xGrek", "bAlpha", "qRGI_Emoji".
func properties() map[string]string {
	propertiesOnce.Do(func() { propertyTable = readProperties() })
	return propertyTable
}

var (
	propertiesOnce sync.Once
	propertyTable  map[string]string
	casingsOnce    sync.Once
	casings        [2]*casing
)

func readProperties() map[string]string {
	data, err := io.ReadAll(flate.NewReader(bytes.NewReader(unicodeData)))
	if err != nil {
		panic(err) // the embedded data is part of the program
	}
	table := make(map[string]string, 1000)
	var n int
	for s := string(data); s != ""; {
		kind := s[:1]
		n, s = varint(s[1:])
		names := strings.Split(s[:n], ",")
		n, s = varint(s[n:])
		for _, name := range names {
			table[kind+name] = s[:n]
		}
		s = s[n:]
	}
	return table
}

// rangesOf decodes the ranges of a property; each call makes new ones.
func rangesOf(s string) charset {
	out := make(charset, 0, len(s)/3+1)
	at, n := 0, 0
	for s != "" {
		n, s = varint(s)
		at += n
		n, s = varint(s)
		out = append(out, span{rune(at), rune(at + n)})
		at += n + 1
	}
	return normal(out)
}

// stringsOf decodes the strings of a property.
func stringsOf(s string) [][]rune {
	var out [][]rune
	n, c := 0, 0
	for s != "" {
		n, s = varint(s)
		str := make([]rune, n)
		for i := range str {
			c, s = varint(s)
			str[i] = rune(c)
		}
		out = append(out, str)
	}
	return out
}

var emojiKinds = []string{"qBasic_Emoji", "qEmoji_Keycap_Sequence", "qRGI_Emoji_Flag_Sequence", "qRGI_Emoji_Modifier_Sequence",
	"qRGI_Emoji_Tag_Sequence", "qRGI_Emoji_ZWJ_Sequence"}

// property finds what \p{name} or \p{name=value} means. Properties of strings exist where v is set.
func property(name, value string, hasValue, v bool) (set classSet, ok bool) {
	table := properties()
	keys := []string{"g" + name, "b" + name}
	if hasValue {
		switch name {
		case "General_Category", "gc":
			keys = []string{"g" + value}
		case "Script", "sc":
			keys = []string{"s" + value}
		case "Script_Extensions", "scx":
			keys = []string{"x" + value}
		default:
			return classSet{}, false
		}
	}
	for _, key := range keys {
		if data, ok := table[key]; ok {
			return classSet{chars: rangesOf(data)}, true
		}
	}
	if !v || hasValue {
		return classSet{}, false
	}
	keys = []string{"q" + name}
	if name == "RGI_Emoji" {
		keys = emojiKinds
	}
	for _, key := range keys {
		data, ok := table[key]
		if !ok {
			return classSet{}, false
		}
		for _, s := range stringsOf(data) {
			set.add(s)
		}
	}
	set.chars = normal(set.chars)
	return set, true
}

// casing is one relation of case: what each character is canonicalized to, and for each canonical character all that lead to it.
type casing struct {
	to   map[rune]rune
	from map[rune][]rune
	keys []rune // the characters of to, ascending
}

func newCasing(s string) (*casing, string) {
	n, s := varint(s)
	c := &casing{to: make(map[rune]rune, n), from: make(map[rune][]rune, n), keys: make([]rune, 0, n)}
	at, d := 0, 0
	for range n {
		d, s = varint(s)
		at += d
		d, s = varint(s)
		if d&1 != 0 {
			d = -(d + 1)
		}
		to := rune(at + d/2)
		c.to[rune(at)] = to
		c.from[to] = append(c.from[to], rune(at))
		c.keys = append(c.keys, rune(at))
	}
	return c, s
}

// casingOf gives simple case folding, which patterns with u or v use, or the uppercase rule of those without.
func casingOf(unicode bool) *casing {
	casingsOnce.Do(func() {
		var rest string
		casings[0], rest = newCasing(caseData)
		casings[1], _ = newCasing(rest)
	})
	if unicode {
		return casings[0]
	}
	return casings[1]
}

// canonical is the specification's Canonicalize for a pattern with the flag i.
func canonical(c rune, unicode bool) rune {
	if c < 128 {
		switch {
		case unicode && c >= 'A' && c <= 'Z':
			return c + 32
		case !unicode && c >= 'a' && c <= 'z':
			return c - 32
		}
		return c
	}
	if to, ok := casingOf(unicode).to[c]; ok {
		return to
	}
	return c
}

// closeCase adds to a set all characters whose canonical form is that of one in the set.
func closeCase(s charset, unicode bool) charset {
	out := slices.Clone(s)
	ascii := len(s) == 0 || s[len(s)-1].hi < 128
	for _, r := range s {
		if lo, hi := max(r.lo, 'A'), min(r.hi, 'Z'); lo <= hi {
			out = append(out, span{lo + 32, hi + 32})
		}
		if lo, hi := max(r.lo, 'a'), min(r.hi, 'z'); lo <= hi {
			out = append(out, span{lo - 32, hi - 32})
		}
	}
	if ascii && !unicode {
		return normal(out) // no other character is uppercased to an ASCII letter
	}
	table := casingOf(unicode)
	base := normal(slices.Clone(out))
	for _, c := range table.keys {
		to := table.to[c]
		in := base.has(to)
		if !in {
			for _, other := range table.from[to] {
				if base.has(other) {
					in = true
					break
				}
			}
		}
		if in {
			out = append(out, span{c, c}, span{to, to})
		}
	}
	return normal(out)
}
