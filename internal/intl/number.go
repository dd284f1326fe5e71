// Package intl formats numbers, dates, lists and names, compares and segments text, and reads locale identifiers as ECMA-402 has it,
// without an engine. Its data are package cldr's. What it makes is never changed afterwards and may be shared.
package intl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gonode/internal/cldr"
)

// Part is a piece of formatted text.
type Part struct {
	Type, Value string
	Source      string // of a range: "startRange", "endRange" or "shared"
	Unit        string // of a relative time or a duration: the unit in the singular
}

// Join is the text of parts.
func Join(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Value)
	}
	return b.String()
}

// NumberOptions are the resolved options of a NumberFormat.
type NumberOptions struct {
	Locale          string // with data
	NumberingSystem string
	Style           string
	Currency        string
	CurrencyDisplay string
	CurrencySign    string
	Unit            string
	UnitDisplay     string
	Notation        string
	CompactDisplay  string
	SignDisplay     string
	Grouping        string // "auto", "always", "min2", "false"
	Rounding
}

// NumberFormat formats numbers.
type NumberFormat struct {
	o        NumberOptions
	symbols  symbols
	plurals  *Plurals
	pattern  *numberPattern
	compact  map[int]map[string]string // by power of ten and plural category
	minGroup int
	numbers  *cldr.Table
}

type symbols struct {
	decimal, group, plus, minus, percent, exponential, infinity, nan, approximately string
	digits                                                                          []string
	currencyDecimal, currencyGroup                                                  string
}

// numberPattern is a pattern as "¤#,##0.00;(¤#,##0.00)", taken apart.
type numberPattern struct {
	prefix, suffix                 []Part
	negativePrefix, negativeSuffix []Part
	hasNegative                    bool
	primary, secondary             int  // sizes of groups, 0 if there are none
	zeros                          int  // digits before the point
	wordOnly                       bool // the number itself is not written
}

// Digits are the ten digits of a numbering system, nil if it is not known.
func Digits(system string) []string {
	s := cldr.Supplemental("digits/" + system)
	if s == "" {
		return nil
	}
	return strings.Split(s, "")
}

// DefaultNumberingSystem is that of a locale.
func DefaultNumberingSystem(locale string) string {
	if s := cldr.Numbers.Of(dataLocale(locale)).Get("defaultNumberingSystem"); s != "" {
		return s
	}
	return "latn"
}

func symbolsOf(t *cldr.Table, system string) symbols {
	// Arabic digits have signs of their own, in all languages.
	var other *cldr.Table
	switch system {
	case "arab":
		other = cldr.Numbers.Of("ar")
	case "arabext":
		other = cldr.Numbers.Of("fa")
	}
	get := func(name string) string {
		if v, ok := t.Lookup("symbols-numberSystem-" + system + "/" + name); ok {
			return v
		}
		if other != nil {
			if v, ok := other.Lookup("symbols-numberSystem-" + system + "/" + name); ok {
				return v
			}
		}
		return t.Get("symbols-numberSystem-latn/" + name)
	}
	s := symbols{decimal: get("decimal"), group: get("group"), plus: get("plusSign"), minus: get("minusSign"), percent: get("percentSign"),
		exponential: get("exponential"), infinity: get("infinity"), nan: get("nan"), approximately: get("approximatelySign"),
		currencyDecimal: get("currencyDecimal"), currencyGroup: get("currencyGroup")}
	s.digits = Digits(system)
	return s
}

// write puts a numbering system's digits for ASCII's.
func (s *symbols) write(text string) string {
	if len(s.digits) != 10 || s.digits[0] == "0" {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' {
			b.WriteString(s.digits[c-'0'])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// bySystem reads a value that depends on the numbering system.
func bySystem(t *cldr.Table, kind, system, rest string) string {
	if v, ok := t.Lookup(kind + "-numberSystem-" + system + rest); ok {
		return v
	}
	return t.Get(kind + "-numberSystem-latn" + rest)
}

// NewNumberFormat prepares what the options ask for.
func NewNumberFormat(o NumberOptions) *NumberFormat {
	o.Locale = dataLocale(o.Locale)
	t := cldr.Numbers.Of(o.Locale)
	f := &NumberFormat{o: o, numbers: t, symbols: symbolsOf(t, o.NumberingSystem), plurals: PluralsOf(o.Locale, false)}
	if o.Style == "currency" {
		if s := f.symbols.currencyDecimal; s != "" {
			f.symbols.decimal = s
		}
		if s := f.symbols.currencyGroup; s != "" {
			f.symbols.group = s
		}
	}
	kind, rest := "decimalFormats", "/standard"
	switch {
	case o.Style == "percent", o.Style == "unit" && o.Unit == "percent" && o.UnitDisplay != "long":
		kind = "percentFormats"
	case o.Style == "currency" && o.CurrencyDisplay != "name":
		kind = "currencyFormats"
		if o.CurrencySign == "accounting" {
			rest = "/accounting"
		}
	}
	text := bySystem(t, kind, o.NumberingSystem, rest)
	if o.Notation == "scientific" || o.Notation == "engineering" {
		// Only the affixes count: the pattern of scientific notation says where the exponent goes.
		f.pattern = parsePattern(text)
		f.pattern.primary = 0
	} else {
		f.pattern = parsePattern(text)
	}
	f.minGroup = 1
	if t.Get("minimumGroupingDigits") == "2" {
		f.minGroup = 2
	}
	switch o.Grouping {
	case "always":
		f.minGroup = 1
	case "min2":
		f.minGroup = 2
	case "false":
		f.pattern.primary = 0
	}
	if o.Notation == "compact" {
		f.loadCompact()
	}
	return f
}

// loadCompact reads the patterns of compact notation.
func (f *NumberFormat) loadCompact() {
	currency := f.o.Style == "currency" && f.o.CurrencyDisplay != "name"
	prefix := "/" + f.o.CompactDisplay + "/decimalFormat/"
	kind := "decimalFormats"
	if currency {
		prefix, kind = "/short/standard/", "currencyFormats"
	}
	f.compact = map[int]map[string]string{}
	for _, system := range []string{f.o.NumberingSystem, "latn"} {
		f.numbers.Each(kind+"-numberSystem-"+system+prefix, func(key, value string) {
			power, category, ok := strings.Cut(key, "-count-")
			if !ok || strings.Contains(category, "-") {
				return
			}
			n := len(power) - 1
			if f.compact[n] == nil {
				f.compact[n] = map[string]string{}
			}
			f.compact[n][category] = value
		})
		if len(f.compact) > 0 {
			return
		}
	}
}

// parsePattern reads a pattern. The affixes' parts have the types that formatToParts gives, and "sign" and "currency" to be filled in.
func parsePattern(text string) *numberPattern {
	p := &numberPattern{}
	positive, negative, hasNegative := cutUnquoted(text, ';')
	var body string
	p.prefix, body, p.suffix = splitPattern(positive)
	if hasNegative {
		p.hasNegative = true
		p.negativePrefix, _, p.negativeSuffix = splitPattern(negative)
	}
	whole, _, _ := strings.Cut(body, ".")
	groups := strings.Split(whole, ",")
	if n := len(groups); n > 1 {
		p.primary = len(groups[n-1])
		p.secondary = p.primary
		if n > 2 {
			p.secondary = len(groups[n-2])
		}
	}
	p.zeros = strings.Count(whole, "0")
	p.wordOnly = body == ""
	return p
}

func cutUnquoted(s string, c byte) (before, after string, found bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == c && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func splitPattern(s string) (prefix []Part, body string, suffix []Part) {
	side := &prefix
	add := func(kind, value string) {
		if n := len(*side); n > 0 && (*side)[n-1].Type == kind && kind == "literal" {
			(*side)[n-1].Value += value
			return
		}
		*side = append(*side, Part{Type: kind, Value: value})
	}
	quoted := false
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		c := runes[i]
		switch {
		case c == '\'':
			if i+1 < len(runes) && runes[i+1] == '\'' {
				add("literal", "'")
				i++
			} else {
				quoted = !quoted
			}
		case quoted:
			add("literal", string(c))
		case strings.ContainsRune("#0,.@", c):
			body += string(c)
			side = &suffix
		case c == '¤':
			for i+1 < len(runes) && runes[i+1] == '¤' {
				i++
			}
			add("currency", "")
		case c == '%':
			add("percentSign", "")
		case c == '-':
			add("minusSign", "")
		case c == '+':
			add("plusSign", "")
		case c == '~':
			add("approximatelySign", "")
		default:
			add("literal", string(c))
		}
	}
	return prefix, body, suffix
}

// formatted is a number with what stands around it, from the inside to the outside.
type formatted struct {
	body                     []Part
	exponent                 []Part
	prefix, suffix           []Part // of the pattern: signs, currencies, compact names
	outerPrefix, outerSuffix []Part // units and names of currencies
	written                  written
	rounded                  Decimal
}

func (x *formatted) parts() []Part {
	var all []Part
	for _, p := range [][]Part{x.outerPrefix, x.prefix, x.body, x.exponent, x.suffix, x.outerSuffix} {
		all = append(all, p...)
	}
	return all
}

// Format is the text of a number.
func (f *NumberFormat) Format(d Decimal) string {
	x := f.format(d, false)
	return Join(x.parts())
}

// FormatToParts is Format in pieces.
func (f *NumberFormat) FormatToParts(d Decimal) []Part {
	x := f.format(d, false)
	return tidy(x.parts())
}

// Select is the plural category of a number as this format writes it.
func (f *NumberFormat) Select(d Decimal) string {
	x := f.format(d, false)
	return f.plurals.Select(x.written)
}

// tidy joins literals, and leaves spaces and direction marks at the ends of other parts to literals.
func tidy(parts []Part) []Part {
	var list []Part
	literal := func(s, source string) {
		if s == "" {
			return
		}
		if n := len(list); n > 0 && list[n-1].Type == "literal" && list[n-1].Source == source {
			list[n-1].Value += s
			return
		}
		list = append(list, Part{Type: "literal", Value: s, Source: source})
	}
	for _, p := range parts {
		if p.Type == "literal" || p.Type == "group" {
			if p.Type == "literal" {
				literal(p.Value, p.Source)
			} else {
				list = append(list, p)
			}
			continue
		}
		rest := strings.TrimLeftFunc(p.Value, ignorable)
		literal(p.Value[:len(p.Value)-len(rest)], p.Source)
		core := strings.TrimRightFunc(rest, ignorable)
		if core != "" {
			q := p
			q.Value = core
			list = append(list, q)
		}
		literal(rest[len(core):], p.Source)
	}
	return list
}

func ignorable(r rune) bool {
	return r == ' ' || r == '\t' || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Bidi_Control, r)
}

func (f *NumberFormat) format(d Decimal, approximate bool) *formatted {
	x := &formatted{}
	if f.o.Style == "percent" {
		d = d.shifted(2)
	}
	pattern := f.pattern
	shift := 0
	least := 0
	switch {
	case !d.finite():
		x.rounded = d
		if f.o.Notation == "compact" {
			pattern = f.compactPattern(0, d, x)
		}
	case f.o.Notation == "compact":
		shift, x.rounded, least = f.choose(d, f.compactShift)
		whole, fraction := x.rounded.text(1, least)
		x.written = written{whole: whole, fraction: fraction}
		magnitude := shift
		if !x.rounded.IsZero() {
			magnitude = x.rounded.magnitude() + shift
		}
		pattern = f.compactPattern(magnitude, x.rounded, x)
		x.written.exponent = shift
	case f.o.Notation == "scientific", f.o.Notation == "engineering":
		shift, x.rounded, least = f.choose(d, func(magnitude int) int {
			if f.o.Notation == "engineering" {
				return magnitude - ((magnitude%3)+3)%3
			}
			return magnitude
		})
		f.exponent(x, shift)
	default:
		x.rounded, least = f.o.Rounding.Apply(d)
	}
	whole, fraction := x.rounded.text(max(f.o.MinInteger, 0), least)
	if whole == "" && f.o.MinInteger > 0 {
		whole = "0"
	}
	if f.o.Notation != "compact" {
		x.written = written{whole: whole, fraction: fraction}
	}
	switch {
	case d.NaN:
		x.body = []Part{{Type: "nan", Value: f.symbols.nan}}
		x.written.special = true
	case d.Infinite:
		x.body = []Part{{Type: "infinity", Value: f.symbols.infinity}}
		x.written.special = true
	default:
		if !pattern.wordOnly {
			x.body = f.grouped(pattern, whole, fraction)
		}
	}
	f.affixes(x, pattern, approximate)
	if f.o.Style == "unit" && (f.o.Unit != "percent" || f.o.UnitDisplay == "long") {
		f.unit(x)
	} else if f.o.Style == "currency" && f.o.CurrencyDisplay == "name" {
		f.currencyName(x)
	}
	return x
}

// choose finds the power of ten that a notation takes out of a number, which rounding may change.
func (f *NumberFormat) choose(d Decimal, shiftOf func(magnitude int) int) (shift int, rounded Decimal, least int) {
	magnitude := d.magnitude()
	if d.IsZero() {
		magnitude = 0
		if f.o.Notation == "compact" {
			rounded, least = f.o.Rounding.Apply(d)
			return 0, rounded, least
		}
	}
	shift = shiftOf(magnitude)
	rounded, least = f.o.Rounding.Apply(d.shifted(-shift))
	if rounded.IsZero() || rounded.magnitude()+shift == magnitude {
		return shift, rounded, least
	}
	if again := shiftOf(magnitude + 1); again != shift {
		shift = again
		rounded, least = f.o.Rounding.Apply(d.shifted(-shift))
	}
	return shift, rounded, least
}

// compactShift is the power of ten that compact notation expresses in words.
func (f *NumberFormat) compactShift(magnitude int) int {
	magnitude = min(magnitude, 14)
	list := f.compact[magnitude]
	pattern := list["other"]
	zeros := strings.Count(pattern, "0")
	if pattern == "" || pattern == "0" || zeros == 0 && !strings.Contains(pattern, "0") {
		return 0
	}
	return magnitude - zeros + 1
}

// compactPattern is the pattern for a number of that magnitude.
func (f *NumberFormat) compactPattern(magnitude int, rounded Decimal, x *formatted) *numberPattern {
	list := f.compact[min(magnitude, 14)]
	if magnitude < 3 || f.compactShift(magnitude) == 0 {
		return f.pattern
	}
	category := f.plurals.Select(x.written)
	text := list[category]
	if one := (rounded.digits == "1" && rounded.exponent == 1); one && list["1"] != "" {
		text = list["1"]
	}
	if text == "" {
		text = list["other"]
	}
	p := parsePattern(text)
	for _, side := range []*[]Part{&p.prefix, &p.suffix} {
		for i := range *side {
			if (*side)[i].Type == "literal" {
				(*side)[i].Type = "compact"
			}
		}
	}
	p.primary, p.secondary = f.pattern.primary, f.pattern.secondary
	if f.o.CurrencySign == "accounting" && f.pattern.hasNegative {
		p.hasNegative = true
		p.negativePrefix = append([]Part{{Type: "literal", Value: "("}}, p.prefix...)
		p.negativeSuffix = append(append([]Part{}, p.suffix...), Part{Type: "literal", Value: ")"})
	}
	return p
}

func (f *NumberFormat) exponent(x *formatted, n int) {
	x.exponent = []Part{{Type: "exponentSeparator", Value: f.symbols.exponential}}
	if n < 0 {
		x.exponent = append(x.exponent, Part{Type: "exponentMinusSign", Value: f.symbols.minus})
		n = -n
	}
	x.exponent = append(x.exponent, Part{Type: "exponentInteger", Value: f.symbols.write(itoa(n))})
}

// grouped writes digits with separators.
func (f *NumberFormat) grouped(p *numberPattern, whole, fraction string) []Part {
	var parts []Part
	if p.primary > 0 && len(whole) >= p.primary+f.minGroup {
		end := len(whole) - p.primary
		tail := whole[end:]
		var groups []string
		for end > p.secondary {
			groups = append(groups, whole[end-p.secondary:end])
			end -= p.secondary
		}
		groups = append(groups, whole[:end])
		for i := len(groups) - 1; i >= 0; i-- {
			parts = append(parts, Part{Type: "integer", Value: f.symbols.write(groups[i])}, Part{Type: "group", Value: f.symbols.group})
		}
		parts = append(parts, Part{Type: "integer", Value: f.symbols.write(tail)})
	} else if whole != "" {
		parts = append(parts, Part{Type: "integer", Value: f.symbols.write(whole)})
	}
	if fraction != "" {
		parts = append(parts, Part{Type: "decimal", Value: f.symbols.decimal}, Part{Type: "fraction", Value: f.symbols.write(fraction)})
	}
	return parts
}

// affixes sets what the pattern has around the number: a sign by the options, the currency.
func (f *NumberFormat) affixes(x *formatted, p *numberPattern, approximate bool) {
	negative := x.rounded.Negative
	zero := x.rounded.IsZero() || x.rounded.NaN
	sign := ""
	switch f.o.SignDisplay {
	case "auto", "":
		if negative {
			sign = "minusSign"
		}
	case "always":
		sign = "plusSign"
		if negative {
			sign = "minusSign"
		}
	case "exceptZero":
		if !zero {
			sign = "plusSign"
			if negative {
				sign = "minusSign"
			}
		}
	case "negative":
		if negative && !zero {
			sign = "minusSign"
		}
	}
	signs := func(parts []Part) bool {
		for _, q := range parts {
			if q.Type == "minusSign" {
				return true
			}
		}
		return false
	}
	prefix, suffix := p.prefix, p.suffix
	own := p.hasNegative && (sign == "minusSign" || (sign == "plusSign" || approximate) && (signs(p.negativePrefix) || signs(p.negativeSuffix)))
	if own {
		prefix, suffix = p.negativePrefix, p.negativeSuffix
	} else if sign != "" {
		prefix = append([]Part{{Type: sign}}, prefix...)
	}
	if approximate && !own {
		prefix = append([]Part{{Type: "approximatelySign"}}, prefix...)
	}
	fill := func(parts []Part) []Part {
		var list []Part
		for _, q := range parts {
			if own && q.Type == "minusSign" {
				if approximate {
					list = append(list, Part{Type: "approximatelySign", Value: f.symbols.approximately})
				}
				if q.Type = sign; sign == "" {
					continue
				}
			}
			switch q.Type {
			case "minusSign":
				q.Value = f.symbols.minus
			case "plusSign":
				q.Value = f.symbols.plus
			case "approximatelySign":
				q.Value = f.symbols.approximately
			case "percentSign":
				q.Value = f.symbols.percent
				if f.o.Style == "unit" {
					q.Type = "unit"
				}
			case "currency":
				q.Value = f.currencyText()
			}
			list = append(list, q)
		}
		return list
	}
	x.prefix, x.suffix = fill(prefix), fill(suffix)
	// A currency that is a word keeps a distance from the digits.
	if n := len(x.prefix); n > 0 && x.prefix[n-1].Type == "currency" && len(x.body) > 0 && isDigits(x.body[0]) {
		if r, _ := utf8.DecodeLastRuneInString(x.prefix[n-1].Value); wordy(r) {
			x.prefix = append(x.prefix, Part{Type: "literal", Value: f.spacing("beforeCurrency")})
		}
	}
	if len(x.suffix) > 0 && x.suffix[0].Type == "currency" && len(x.body) > 0 && len(x.exponent) == 0 && isDigits(x.body[len(x.body)-1]) {
		if r, _ := utf8.DecodeRuneInString(x.suffix[0].Value); wordy(r) {
			x.suffix = append([]Part{{Type: "literal", Value: f.spacing("afterCurrency")}}, x.suffix...)
		}
	}
}

func isDigits(p Part) bool { return p.Type == "integer" || p.Type == "fraction" }

func wordy(r rune) bool { return !unicode.Is(unicode.S, r) && !unicode.Is(unicode.Z, r) }

func (f *NumberFormat) spacing(side string) string {
	// Which of the two sides it is follows from where the number stands: "before" is before the digits.
	return bySystem(f.numbers, "currencyFormats", f.o.NumberingSystem, "/currencySpacing/"+side+"/insertBetween")
}

// SelectBy is the plural category that rules give a number as this format writes it.
func (f *NumberFormat) SelectBy(rules *Plurals, d Decimal) string {
	d.Negative = false
	x := f.format(d, false)
	return rules.Select(x.written)
}
