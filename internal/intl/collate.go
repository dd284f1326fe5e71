package intl

import (
	"bytes"
	"cmp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// CollatorOptions are the resolved options of a Collator.
type CollatorOptions struct {
	Locale, Usage, Sensitivity, Collation, CaseFirst string
	Numeric, IgnorePunctuation                       bool
}

// Collator compares texts.
type Collator struct {
	sync.Mutex
	o    CollatorOptions
	main *collate.Collator
	last *collate.Collator // decides where main finds no difference, with capitals first; nil if that makes none
	own  *rotation         // puts the language's own script before others; nil if that is Latin
	keys collate.Buffer
}

// ownScripts are the scripts that languages put before others.
var ownScripts = [...]struct {
	languages string
	script    *unicode.RangeTable
}{
	{" be bg kk ky mk mn ru sr uk ", unicode.Cyrillic}, {" el ", unicode.Greek}, {" ar fa ps sd ug ur ", unicode.Arabic}, {" he yi ", unicode.Hebrew},
	{" hi kok mr ne ", unicode.Devanagari}, {" as bn ", unicode.Bengali}, {" ta ", unicode.Tamil}, {" te ", unicode.Telugu}, {" kn ", unicode.Kannada},
	{" ml ", unicode.Malayalam}, {" gu ", unicode.Gujarati}, {" pa ", unicode.Gurmukhi}, {" si ", unicode.Sinhala}, {" th ", unicode.Thai},
	{" lo ", unicode.Lao}, {" km ", unicode.Khmer}, {" my ", unicode.Myanmar}, {" ka ", unicode.Georgian}, {" hy ", unicode.Armenian},
	{" am ", unicode.Ethiopic}, {" ko ", unicode.Hangul}, {" zh ", unicode.Han},
}

// rotation moves the primary weights of a script before those of Latin.
type rotation struct{ latin, first, last int }

// newRotation is the rotation for a language, nil if it needs none.
func newRotation(language string, c *collate.Collator) *rotation {
	for _, own := range ownScripts {
		if !strings.Contains(own.languages, " "+language+" ") {
			continue
		}
		var b collate.Buffer
		weight := func(r rune) int {
			b.Reset()
			w, _ := primary(c.KeyFromString(&b, string(r)))
			return w
		}
		r := rotation{latin: weight('a'), first: 1 << 23}
		if own.script == unicode.Han { // all that comes behind
			r.first, r.last = weight('阿'), 1<<23-1
			return &r
		}
		for _, part := range own.script.R16 {
			for letter := rune(part.Lo); letter <= rune(part.Hi) && letter < 0xAC00; letter += rune(part.Stride) {
				if w := weight(letter); w > r.latin && unicode.IsLetter(letter) {
					r.first, r.last = min(r.first, w), max(r.last, w)
				}
			}
		}
		return &r
	}
	return nil
}

// primary reads the first primary weight of a key; there is none before two zeros.
func primary(key []byte) (weight, size int) {
	switch {
	case len(key) > 2 && key[0]&0x80 != 0:
		return int(key[0]&0x7F)<<16 | int(key[1])<<8 | int(key[2]), 3
	case len(key) > 1 && (key[0] != 0 || key[1] != 0):
		return int(key[0])<<8 | int(key[1]), 2
	}
	return 0, 0
}

func (r *rotation) weight(w int) int {
	switch {
	case w >= r.first && w <= r.last:
		return w - r.first + r.latin
	case w >= r.latin && w < r.first:
		return w + r.last - r.first + 1
	}
	return w
}

// compare compares two keys with their primary weights moved.
func (r *rotation) compare(a, b []byte) int {
	for {
		w, n := primary(a)
		v, m := primary(b)
		if n == 0 || m == 0 {
			return bytes.Compare(a, b)
		}
		if n := cmp.Compare(r.weight(w), r.weight(v)); n != 0 {
			return n
		}
		a, b = a[n:], b[m:]
	}
}

// CaseFirst tells which of small and capital letters a locale puts first: "upper", or "false" for small ones.
func CaseFirst(locale string) string {
	switch language, _, _ := strings.Cut(locale, "-"); language {
	case "da", "mt":
		return "upper"
	}
	return "false"
}

// NewCollator has the order that golang.org/x/text has for a language.
func NewCollator(o CollatorOptions) *Collator {
	base, _, _ := strings.Cut(o.Locale, "-")
	var u strings.Builder
	u.WriteString(base)
	if base == "zh" && strings.Contains(dataLocale(o.Locale), "Hant") {
		u.WriteString("-Hant")
	}
	u.WriteString("-u")
	if o.Collation != "" && o.Collation != "default" {
		u.WriteString("-co-" + o.Collation)
	}
	c := &Collator{o: o}
	prefix := u.String()
	make := func(strength string) *collate.Collator {
		s := prefix + strength
		tag, err := language.Parse(s)
		if err != nil {
			tag = language.Und
		}
		options := []collate.Option{collate.OptionsFromTag(tag)}
		if o.Numeric {
			options = append(options, collate.Numeric)
		}
		return collate.New(tag, options...)
	}
	switch o.Sensitivity {
	case "base":
		c.main = make("-ks-level1")
	case "accent":
		c.main = make("-ks-level2")
	case "case":
		c.main = make("-ks-level1")
		c.last = make("-ks-level3")
	default:
		c.main = make("-ks-level3")
		if o.CaseFirst == "upper" {
			c.main, c.last = make("-ks-level2"), c.main
		}
	}
	c.own = newRotation(base, c.main)
	return c
}

// Compare is -1, 0 or 1.
func (c *Collator) Compare(a, b string) int {
	if a == b {
		return 0
	}
	if c.o.IgnorePunctuation {
		a, b = without(a, unicode.P, unicode.Z), without(b, unicode.P, unicode.Z)
	}
	c.Lock()
	defer c.Unlock()
	n := 0
	if c.own != nil {
		c.keys.Reset()
		n = c.own.compare(c.main.KeyFromString(&c.keys, a), c.main.KeyFromString(&c.keys, b))
	} else {
		n = c.main.CompareString(a, b)
	}
	if n == 0 && c.last != nil {
		if c.o.Sensitivity == "case" {
			a, b = without(norm.NFD.String(a), unicode.Mn), without(norm.NFD.String(b), unicode.Mn)
		}
		if c.o.CaseFirst == "upper" {
			n = capitalsFirst(a, b)
		}
		if n == 0 {
			n = c.last.CompareString(a, b)
		}
	}
	return n
}

// capitalsFirst compares texts by the first letter that is a capital in one of them only.
func capitalsFirst(a, b string) int {
	other := []rune(norm.NFD.String(b))
	for i, r := range []rune(norm.NFD.String(a)) {
		if i == len(other) {
			break
		}
		if upper := unicode.IsUpper(r); upper != unicode.IsUpper(other[i]) {
			if upper {
				return -1
			}
			return 1
		}
	}
	return 0
}

// without is a text without the characters of some classes.
func without(s string, classes ...*unicode.RangeTable) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, classes...) {
			return -1
		}
		return r
	}, s)
}
