package intl

import (
	"strings"
)

// Ranges of dates are written as ICU's DateIntervalFormat does: by the largest field in which the two ends differ.

// intervals has the patterns of a range by that field.
type intervals struct {
	patterns    map[byte]intervalPattern
	pattern     string // of one end
	date, clock string // the patterns of the two halves of a skeleton that has both
	combined    string // {1} is the date, {0} the time
	fallback    string // {0} and {1} are the ends
}

type intervalPattern struct {
	first, second string
	whole         bool // second is a pattern for each of the ends
}

// The fields that an end may differ in, largest first, and their letters in CLDR.
const intervalFields = "GyMdahms"

// rangePatterns prepares the patterns of ranges, once.
func (f *DateFormat) rangePatterns() *intervals {
	if f.ranges != nil {
		return f.ranges
	}
	r := &intervals{patterns: map[byte]intervalPattern{}}
	b := &intervalBuilder{f: f, r: r, g: generatorOf(f.o.Locale, f.calendar, f.o.NumberingSystem)}
	b.load()
	r.fallback = dateValue(f.t, f.calendar, "dateTimeFormats/intervalFormats/intervalFormatFallback")
	var text strings.Builder
	for _, t := range tokens(f.pattern) {
		switch t.letter {
		case 0:
		case 'B':
			text.WriteByte('B')
		default:
			text.WriteString(strings.Repeat(string(t.letter), t.length))
		}
	}
	r.pattern = b.hours(b.g.best(text.String()))
	b.build(text.String())
	f.ranges = r
	return r
}

type intervalBuilder struct {
	f         *DateFormat
	r         *intervals
	g         *generator
	skeletons map[string]map[byte]string
	order     []string
	source    string // "gregorian" or another calendar's name
}

func (b *intervalBuilder) load() {
	b.skeletons = map[string]map[byte]string{}
	read := func(calendar string) {
		b.f.t.Each(calendar+"/dateTimeFormats/intervalFormats/", func(key, value string) {
			name, field, ok := strings.Cut(key, "/")
			if !ok {
				return
			}
			if b.skeletons[name] == nil {
				b.skeletons[name] = map[byte]string{}
				b.order = append(b.order, name)
			}
			letter := field[0]
			if letter == 'H' {
				letter = 'h'
			}
			if letter == 'B' {
				letter = 'a'
			}
			b.skeletons[name][letter] = value
		})
	}
	if read(b.f.calendar); len(b.order) == 0 {
		read("generic")
	}
}

// halves splits a skeleton into date and time, as it is and normalised.
func halves(text string) (date, normalDate, clock, normalClock string) {
	counts := map[byte]int{}
	for i := range len(text) {
		counts[text[i]]++
	}
	var d, nd, t, nt strings.Builder
	for _, c := range []byte("GyMLEced") {
		n := counts[c]
		if n == 0 {
			continue
		}
		d.WriteString(strings.Repeat(string(c), n))
		switch {
		case c == 'M' && n < 3, c == 'd', c == 'E' && n <= 3, c == 'G' && n <= 3:
			n = 1
		}
		nd.WriteString(strings.Repeat(string(c), n))
	}
	for _, c := range []byte("BahHKkmsSzvO") {
		n := counts[c]
		if n == 0 {
			continue
		}
		t.WriteString(strings.Repeat(string(c), n))
		switch c {
		case 'a':
			continue
		case 'k':
			c = 'H'
		case 'K':
			c = 'h'
		}
		if c == 'h' || c == 'H' || c == 'm' || c == 'z' || c == 'v' || c == 'B' {
			n = 1
		}
		nt.WriteString(strings.Repeat(string(c), n))
	}
	return d.String(), nd.String(), t.String(), nt.String()
}

func counted(s string) (m [128]int) {
	for i := range len(s) {
		m[s[i]]++
	}
	return m
}

// nearest is the listed skeleton nearest to one; difference is 0 if it is the same, 1 if lengths differ, 2 if the kind of zone does,
// -1 if fields are missing.
func (b *intervalBuilder) nearest(text string) (name string, difference int) {
	zone := strings.Contains(text, "z")
	want := counted(strings.ReplaceAll(text, "z", "v"))
	best := 1 << 30
	difference = -1
	for _, candidate := range b.order {
		have := counted(candidate)
		distance, kind := 0, 1
		for c := range want {
			switch a, h := want[c], have[c]; {
			case a == h:
			case a == 0 || h == 0:
				distance += 0x1000
				kind = -1
			case c == 'M' && (a <= 2) != (h <= 2):
				distance += 0x100
			default:
				distance += max(a-h, h-a)
			}
		}
		if distance < best {
			name, best, difference = candidate, distance, kind
		}
		if distance == 0 {
			difference = 0
			break
		}
	}
	if zone && difference >= 0 {
		difference = 2
	}
	return name, difference
}

// fieldRank orders fields by size, the largest first; it is -1 for others.
func fieldRank(letter byte) int {
	switch letter {
	case 'G':
		return 0
	case 'y':
		return 1
	case 'M', 'L':
		return 2
	case 'E', 'c', 'e', 'd':
		return 3
	case 'a', 'B':
		return 4
	case 'h', 'H', 'k', 'K':
		return 5
	case 'm':
		return 6
	case 's':
		return 7
	case 'S':
		return 8
	}
	return -1
}

// ignored tells whether a pattern shows nothing as small as a field.
func ignored(pattern string, field byte) bool {
	for _, t := range tokens(pattern) {
		if rank := fieldRank(t.letter); rank >= 0 && rank >= fieldRank(field) {
			return false
		}
	}
	return true
}

// set splits a pattern where its first field comes again.
func (b *intervalBuilder) set(field byte, pattern string) {
	list := tokens(pattern)
	seen := map[byte]bool{}
	for i, t := range list {
		if t.letter == 0 {
			continue
		}
		if seen[t.letter] {
			b.r.patterns[field] = intervalPattern{first: untoken(list[:i]), second: untoken(list[i:])}
			return
		}
		seen[t.letter] = true
	}
	b.r.patterns[field] = intervalPattern{first: pattern}
}

// adjusted makes the fields of a listed pattern as long as the skeleton's.
func adjusted(text, best, pattern string, difference int) string {
	if difference == 0 {
		return pattern
	}
	want, have := counted(text), counted(best)
	list := tokens(pattern)
	for i, t := range list {
		if t.letter == 0 {
			continue
		}
		c := t.letter
		if difference == 2 && c == 'v' {
			list[i].letter = 'z'
			continue
		}
		if c == 'L' {
			c = 'M'
		}
		n, h := want[c], have[c]
		if h == t.length && n > h {
			list[i].length += n - h
		}
	}
	return untoken(list)
}

// choose sets the pattern for ends that differ in a field. It gives the longer skeletons by which it was found, if it was.
func (b *intervalBuilder) choose(field byte, text, best string, difference int, extend bool) (longer, longerBest string, found bool) {
	pattern := b.skeletons[best][field]
	if pattern == "" {
		if ignored(best, field) {
			return "", "", false
		}
		if field == 'a' {
			if p := b.skeletons[best]['h']; p != "" {
				b.set('a', adjusted(text, best, p, difference))
			}
			return "", "", false
		}
		if extend {
			longer, longerBest = string(field)+text, string(field)+best
			pattern = b.skeletons[longerBest][field]
			if pattern == "" && difference == 0 {
				if other, d := b.nearest(longerBest); d != -1 {
					if pattern = b.skeletons[other][field]; pattern != "" {
						best, difference = other, d
					}
				}
			}
		}
	}
	if pattern == "" {
		return "", "", false
	}
	b.set(field, adjusted(text, best, pattern, difference))
	return longer, longerBest, longer != ""
}

// separate finds listed patterns for a skeleton of dates or times.
func (b *intervalBuilder) separate(date, clock string) bool {
	text := date
	if clock != "" {
		text = clock
	}
	best, difference := b.nearest(text)
	if difference == -1 {
		return false
	}
	if clock == "" {
		b.choose('d', text, best, difference, true)
		if longer, longerBest, ok := b.choose('M', text, best, difference, true); ok {
			text, best = longer, longerBest
		}
		b.choose('y', text, best, difference, true)
		b.choose('G', text, best, difference, true)
		return true
	}
	b.choose('m', text, best, difference, false)
	b.choose('h', text, best, difference, false)
	b.choose('a', text, best, difference, false)
	return true
}

func (b *intervalBuilder) build(text string) {
	date, normalDate, clock, normalClock := halves(text)
	found := b.separate(normalDate, normalClock)
	whole := func(field byte, text string) {
		b.r.patterns[field] = intervalPattern{second: b.hours(b.g.best(text)), whole: true}
	}
	if date != "" && clock != "" {
		b.r.date, b.r.clock = b.g.best(normalDate), b.hours(b.g.best(normalClock))
		b.r.combined = dateValue(b.f.t, b.f.calendar, "dateTimeFormats/medium")
	}
	switch {
	case clock == "":
	case date == "":
		for _, field := range []byte("dMy") {
			whole(field, "yMd"+clock)
		}
		whole('G', "GyMd"+clock)
	case found:
		missing := text
		for _, field := range []byte("dMyG") {
			if !strings.ContainsRune(date, rune(field)) {
				missing = string(field) + missing
				whole(field, missing)
			}
		}
		for _, field := range []byte("ahm") {
			if p, ok := b.r.patterns[field]; ok {
				b.set(field, strings.Replace(strings.Replace(b.r.combined, "{1}", b.r.date, 1), "{0}", p.first+p.second, 1))
			}
		}
	}
	for field, p := range b.r.patterns {
		p.first, p.second = b.hours(p.first), b.hours(p.second)
		b.r.patterns[field] = p
	}
}

// hours has a pattern count hours as the format does.
func (b *intervalBuilder) hours(pattern string) string {
	if b.f.o.HourCycle == "" || pattern == "" {
		return pattern
	}
	return withHours(pattern, b.f.o.HourCycle)
}

// difference is the largest field in which two moments differ, 0 if there is none.
func (f *DateFormat) difference(a, b float64) byte {
	x, y := breakDown(a, f.o.Zone, f.o.Calendar), breakDown(b, f.o.Zone, f.o.Calendar)
	switch {
	case x.era != y.era:
		return 'G'
	case x.year != y.year:
		return 'y'
	case x.month != y.month:
		return 'M'
	case x.day != y.day:
		return 'd'
	case x.hour/12 != y.hour/12:
		return 'a'
	case x.hour != y.hour:
		return 'h'
	case x.minute != y.minute:
		return 'm'
	case x.second != y.second:
		return 's'
	case x.milli != y.milli:
		return 'S'
	}
	return 0
}

// FormatRangeToParts writes two moments as a range.
func (f *DateFormat) FormatRangeToParts(a, b float64) []Part {
	mark := func(parts []Part, source string) []Part {
		for i := range parts {
			parts[i].Source = source
		}
		return parts
	}
	single := func() []Part { return mark(f.FormatToParts(a), "shared") }
	field := f.difference(a, b)
	if field == 0 {
		return single()
	}
	r := f.rangePatterns()
	p, ok := r.patterns[field]
	if !ok || p.first == "" && p.second == "" {
		if ignored(f.pattern, field) {
			return single()
		}
		if strings.IndexByte("ahmsS", field) >= 0 && r.date != "" && r.clock != "" {
			times := f.pair(r.fallback, r.clock, a, b)
			return join(f.fill(r.combined, mark(f.write(tokens(r.date), a), "shared"), times))
		}
		return join(f.pair(r.fallback, r.pattern, a, b))
	}
	if p.whole {
		return join(f.pair(r.fallback, p.second, a, b))
	}
	first, second := tokens(p.first), tokens(p.second)
	return f.spanned(first, second, a, b)
}

// pair writes both ends by one pattern.
func (f *DateFormat) pair(fallback, pattern string, a, b float64) []Part {
	list := tokens(pattern)
	x, y := f.write(list, a), f.write(list, b)
	mark := func(parts []Part, source string) {
		first, last := len(parts), -1
		for i, p := range parts {
			if p.Type != "literal" {
				first, last = min(first, i), i
			}
		}
		for i := range parts {
			if parts[i].Source = "shared"; i >= first && i <= last {
				parts[i].Source = source
			}
		}
	}
	mark(x, "startRange")
	mark(y, "endRange")
	before, rest, _ := strings.Cut(fallback, "{0}")
	between, after, _ := strings.Cut(rest, "{1}")
	all := []Part{}
	literal := func(s string) {
		if s != "" {
			all = append(all, Part{Type: "literal", Value: s, Source: "shared"})
		}
	}
	literal(before)
	all = append(all, x...)
	literal(between)
	all = append(all, y...)
	literal(after)
	return all
}

// fill puts a date and times into a pattern of both.
func (f *DateFormat) fill(pattern string, date, times []Part) []Part {
	var all []Part
	for pattern != "" {
		i := strings.IndexByte(pattern, '{')
		if i < 0 {
			i = len(pattern)
		}
		if i > 0 {
			text := ""
			for _, t := range tokens(pattern[:i]) {
				text += t.text
			}
			all = append(all, Part{Type: "literal", Value: text, Source: "shared"})
		}
		if i == len(pattern) {
			break
		}
		if pattern[i+1] == '1' {
			all = append(all, date...)
		} else {
			all = append(all, times...)
		}
		pattern = pattern[i+3:]
	}
	return all
}

// spanned writes the first part of a pattern with one end and the second with the other. What is before the first field that comes
// twice, and behind the last, belongs to both.
func (f *DateFormat) spanned(first, second []token, a, b float64) []Part {
	letters := func(list []token) map[byte]bool {
		m := map[byte]bool{}
		for _, t := range list {
			if t.letter != 0 {
				m[t.letter] = true
			}
		}
		return m
	}
	in1, in2 := letters(first), letters(second)
	// The span of an end goes from its first to its last field that the other end has, too.
	span := func(list []token, other map[byte]bool) (lo, hi int) {
		lo, hi = len(list), -1
		for i, t := range list {
			if t.letter != 0 && other[t.letter] {
				lo, hi = min(lo, i), i
			}
		}
		return lo, hi
	}
	lo1, hi1 := span(first, in2)
	lo2, hi2 := span(second, in1)
	var all []Part
	write := func(list []token, lo, hi int, at float64, source string) {
		x := breakDown(at, f.o.Zone, f.o.Calendar)
		for i, t := range list {
			kind, value := "literal", t.text
			if t.letter != 0 {
				kind, value = f.field(t, &x)
			}
			if value == "" {
				continue
			}
			s := "shared"
			if i >= lo && i <= hi {
				s = source
			}
			all = append(all, Part{Type: kind, Value: value, Source: s})
		}
	}
	write(first, lo1, hi1, a, "startRange")
	write(second, lo2, hi2, b, "endRange")
	return join(all)
}

// join makes one of literals that follow each other.
func join(parts []Part) []Part {
	var all []Part
	for _, p := range parts {
		if n := len(all); n > 0 && p.Type == "literal" && all[n-1].Type == "literal" && all[n-1].Source == p.Source {
			all[n-1].Value += p.Value
			continue
		}
		all = append(all, p)
	}
	return all
}
