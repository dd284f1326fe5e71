package intl

import (
	"math/bits"
	"sort"
	"strings"
	"sync"

	"gonode/internal/cldr"
)

// A skeleton says which fields a date is to be written with, and how long: "yMMMd". The pattern that a locale writes them by is found as
// ICU's DateTimePatternGenerator does, among the patterns that CLDR lists: the nearest, with its fields made as long as asked for,
// and what it lacks appended.

// Fields of dates in the order of skeletons.
const (
	eraField = iota
	yearField
	quarterField
	monthField
	weekField
	weekOfMonthField
	weekdayField
	dayOfYearField
	weekdayInMonthField
	dayField
	dayPeriodField
	hourField
	minuteField
	secondField
	fractionField
	zoneField
	fieldCount
)

const (
	dateMask = 1<<dayPeriodField - 1
	timeMask = 1<<fieldCount - 1 - dateMask
)

// Kinds of a field's form, as numbers whose differences are distances.
const (
	delta       = 0x10
	numericForm = 0x100
	narrowForm  = -0x101
	shorterForm = -0x102
	shortForm   = -0x103
	longForm    = -0x104
	extraField  = 0x10000
	lackedField = 0x1000
)

// formOf is the field that a letter stands for, and the kind of its form at that length.
func formOf(letter byte, n int) (field, form int) {
	text := func(shift int) int {
		switch {
		case n == 4:
			return longForm - shift
		case n == 5:
			return narrowForm - shift
		case n >= 6:
			return shorterForm - shift
		}
		return shortForm - shift
	}
	textFrom3 := func(number, shift int) int {
		if n < 3 {
			return number
		}
		return text(shift)
	}
	switch letter {
	case 'G':
		return eraField, text(0)
	case 'y':
		return yearField, numericForm
	case 'Y':
		return yearField, numericForm + delta
	case 'u':
		return yearField, numericForm + 2*delta
	case 'r':
		return yearField, numericForm + 3*delta
	case 'U':
		return yearField, text(0)
	case 'Q':
		return quarterField, textFrom3(numericForm, 0)
	case 'q':
		return quarterField, textFrom3(numericForm+delta, delta)
	case 'M':
		return monthField, textFrom3(numericForm, 0)
	case 'L':
		return monthField, textFrom3(numericForm+delta, delta)
	case 'w':
		return weekField, numericForm
	case 'W':
		return weekOfMonthField, numericForm
	case 'E':
		return weekdayField, text(0)
	case 'c':
		return weekdayField, textFrom3(numericForm+2*delta, 2*delta)
	case 'e':
		return weekdayField, textFrom3(numericForm+delta, delta)
	case 'd':
		return dayField, numericForm
	case 'D':
		return dayOfYearField, numericForm
	case 'F':
		return weekdayInMonthField, numericForm
	case 'a':
		return dayPeriodField, text(0)
	case 'b':
		return dayPeriodField, text(delta)
	case 'B':
		return dayPeriodField, text(3 * delta)
	case 'h':
		return hourField, numericForm
	case 'K':
		return hourField, numericForm + delta
	case 'H':
		return hourField, numericForm + 10*delta
	case 'k':
		return hourField, numericForm + 11*delta
	case 'm':
		return minuteField, numericForm
	case 's':
		return secondField, numericForm
	case 'S':
		return fractionField, numericForm
	case 'v':
		return zoneField, text(2 * delta)
	case 'z':
		return zoneField, text(0)
	case 'O':
		return zoneField, text(delta)
	case 'V', 'Z', 'X', 'x':
		return zoneField, text(3 * delta)
	}
	return -1, 0
}

// skeleton is the fields of a pattern: letter, length and form of each.
type skeleton struct {
	letter [fieldCount]byte
	length [fieldCount]int
	form   [fieldCount]int
}

// token is a piece of a pattern: a field, or literal text.
type token struct {
	letter byte // 0 for text
	length int
	text   string
}

// tokens takes a pattern apart.
func tokens(pattern string) []token {
	var list []token
	text := func(s string) {
		if n := len(list); n > 0 && list[n-1].letter == 0 {
			list[n-1].text += s
			return
		}
		list = append(list, token{text: s})
	}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			if i+1 < len(pattern) && pattern[i+1] == '\'' {
				text("'")
				i += 2
				continue
			}
			i++
			for i < len(pattern) {
				if pattern[i] == '\'' {
					if i+1 < len(pattern) && pattern[i+1] == '\'' {
						text("'")
						i += 2
						continue
					}
					break
				}
				text(pattern[i : i+1])
				i++
			}
			i++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			n := i
			for i < len(pattern) && pattern[i] == c {
				i++
			}
			list = append(list, token{letter: c, length: i - n})
		default:
			text(pattern[i : i+1])
			i++
		}
	}
	return list
}

// untoken is the pattern of tokens.
func untoken(list []token) string {
	var b strings.Builder
	for _, t := range list {
		if t.letter != 0 {
			b.WriteString(strings.Repeat(string(t.letter), t.length))
			continue
		}
		if quotes(t.text) {
			b.WriteString("'" + strings.ReplaceAll(t.text, "'", "''") + "'")
		} else {
			b.WriteString(strings.ReplaceAll(t.text, "'", "''"))
		}
	}
	return b.String()
}

func quotes(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' {
			return true
		}
	}
	return false
}

// skeletonOf is the skeleton of a pattern, or of a skeleton's text.
func skeletonOf(pattern string) skeleton {
	var s skeleton
	for _, t := range tokens(pattern) {
		if t.letter != 0 {
			s.set(t.letter, t.length)
		}
	}
	if s.length[hourField] > 0 {
		if c := s.letter[hourField]; c == 'h' || c == 'K' {
			if s.length[dayPeriodField] == 0 {
				s.set('a', 1)
			}
		} else {
			s.clear(dayPeriodField)
		}
	}
	return s
}

func (s *skeleton) set(letter byte, n int) {
	field, form := formOf(letter, n)
	if field < 0 {
		return
	}
	if form > 0 {
		form += n
	}
	s.letter[field], s.length[field], s.form[field] = letter, n, form
}

func (s *skeleton) clear(field int) { s.letter[field], s.length[field], s.form[field] = 0, 0, 0 }

func (s *skeleton) mask() (m int) {
	for i, n := range s.length {
		if n > 0 {
			m |= 1 << i
		}
	}
	return m
}

func (s *skeleton) String() string {
	var b strings.Builder
	for i, n := range s.length {
		b.WriteString(strings.Repeat(string(s.letter[i]), n))
	}
	return b.String()
}

// base is what skeletons have in common that differ in the lengths of numbers only.
func (s *skeleton) base() string {
	var b strings.Builder
	for i, n := range s.length {
		if n == 0 {
			continue
		}
		if s.form[i] > 0 {
			n = 1
		} else if n < 3 {
			n = 3
		}
		b.WriteString(strings.Repeat(string(s.letter[i]), n))
	}
	return b.String()
}

// distance says how far a pattern's fields are from those asked for within a mask.
func (s *skeleton) distance(other *skeleton, mask int) (distance, missing int) {
	for i := range fieldCount {
		mine := 0
		if mask&(1<<i) != 0 {
			mine = s.form[i]
		}
		theirs := other.form[i]
		switch {
		case mine == theirs:
		case mine == 0:
			distance += extraField
		case theirs == 0:
			distance += lackedField
			missing |= 1 << i
		default:
			distance += max(mine-theirs, theirs-mine)
		}
	}
	return distance, missing
}

// generator finds patterns for skeletons in a locale and a calendar.
type generator struct {
	t, misc   *cldr.Table
	prefix    string
	entries   []*patternEntry
	decimal   string
	byBase    map[string][]*patternEntry
	bySpelled map[string]*patternEntry
}

type patternEntry struct {
	skeleton skeleton
	pattern  string
	base     string
	listed   bool // under a skeleton of its own
}

var generators struct {
	sync.Mutex
	known map[string]*generator
}

// generatorOf is the generator of a locale with data, for one of cldr's calendars and a numbering system.
func generatorOf(locale, calendar, system string) *generator {
	generators.Lock()
	defer generators.Unlock()
	key := locale + "/" + calendar + "/" + system
	if g := generators.known[key]; g != nil {
		return g
	}
	g := newGenerator(locale, calendar, system)
	if generators.known == nil {
		generators.known = map[string]*generator{}
	}
	generators.known[key] = g
	return g
}

func newGenerator(locale, calendar, system string) *generator {
	t := cldr.Dates.Of(locale)
	g := &generator{t: t, misc: cldr.Misc.Of(locale), prefix: calendar + "/", byBase: map[string][]*patternEntry{}, bySpelled: map[string]*patternEntry{}}
	g.decimal = symbolsOf(cldr.Numbers.Of(locale), system).decimal
	for _, style := range [...]string{"full", "long", "medium", "short"} {
		g.add(dateValue(t, calendar, "dateFormats/"+style), "", false)
		g.add(t.Get("gregorian/timeFormats/"+style), "", false)
	}
	for _, c := range "GyQMwWEDFdaHmsSv" {
		g.add(string(c), "", false)
	}
	seen := false
	add := func(key, pattern string) {
		seen = true
		if !strings.Contains(key, "-") {
			g.add(pattern, key, true)
		}
	}
	t.Each(calendar+"/dateTimeFormats/availableFormats/", add)
	if !seen && calendar != "gregorian" {
		t.Each("generic/dateTimeFormats/availableFormats/", add)
	}
	sort.SliceStable(g.entries, func(i, j int) bool { return g.entries[i].base[0] < g.entries[j].base[0] })
	return g
}

// dateValue reads what a calendar has under a key, or all calendars but the Gregorian one have in common.
func dateValue(t *cldr.Table, calendar, key string) string {
	if s, ok := t.Lookup(calendar + "/" + key); ok {
		return s
	}
	if calendar != "gregorian" {
		if s, ok := t.Lookup("generic/" + key); ok {
			return s
		}
	}
	return t.Get("gregorian/" + key)
}

func (g *generator) add(pattern, key string, override bool) {
	if pattern == "" {
		return
	}
	s := skeletonOf(pattern)
	if key != "" {
		s = skeletonOf(key)
	}
	base, spelled := s.base(), s.String()
	if base == "" {
		return
	}
	if !override {
		for _, e := range g.byBase[base] {
			if !e.listed || key != "" {
				return
			}
		}
	}
	if e := g.bySpelled[spelled]; e != nil {
		if !override || key != "" && e.listed {
			return
		}
		e.pattern, e.listed, e.skeleton = pattern, key != "", s
		return
	}
	e := &patternEntry{s, pattern, base, key != ""}
	g.entries = append(g.entries, e)
	g.byBase[base] = append(g.byBase[base], e)
	g.bySpelled[spelled] = e
}

// raw is the nearest pattern for the fields within a mask, and which of these it lacks.
func (g *generator) raw(want *skeleton, mask int) (best *patternEntry, distance, missing int) {
	distance = 1 << 30
	for _, e := range g.entries {
		// Of patterns equally near the one that lacks the smaller fields is taken.
		if d, m := want.distance(&e.skeleton, mask); d < distance || d == distance && m > missing {
			best, distance, missing = e, d, m
			if d == 0 {
				break
			}
		}
	}
	return best, distance, missing
}

// best is the pattern for a skeleton.
func (g *generator) best(text string) string {
	want := skeletonOf(text)
	entry, distance, missing := g.raw(&want, 1<<fieldCount-1)
	if entry != nil && missing == 0 && distance < extraField {
		return g.adjust(entry, &want, false)
	}
	mask := want.mask()
	date, clock := g.appending(&want, mask&dateMask), g.appending(&want, mask&timeMask)
	switch {
	case date == "":
		return clock
	case clock == "":
		return date
	}
	style := "short"
	switch {
	case want.length[monthField] == 4 && want.length[weekdayField] > 0:
		style = "full"
	case want.length[monthField] == 4:
		style = "long"
	case want.length[monthField] == 3:
		style = "medium"
	}
	return glue(g.t, strings.TrimSuffix(g.prefix, "/"), style, date, clock)
}

// glue joins the patterns of a date and a time.
func glue(t *cldr.Table, calendar, style, date, clock string) string {
	pattern := t.Get(calendar + "/dateTimeFormats-atTime/standard/" + style)
	if pattern == "" && calendar != "gregorian" {
		pattern = t.Get("generic/dateTimeFormats-atTime/standard/" + style)
	}
	if pattern == "" {
		pattern = dateValue(t, calendar, "dateTimeFormats/"+style)
	}
	return strings.Replace(strings.Replace(pattern, "{1}", date, 1), "{0}", clock, 1)
}

// adjust makes the fields of a pattern as long as they are wanted.
func (g *generator) adjust(e *patternEntry, want *skeleton, fraction bool) string {
	return g.adjustText(e.pattern, e.listed, &e.skeleton, want, fraction)
}

func (g *generator) adjustText(pattern string, listed bool, own, want *skeleton, fraction bool) string {
	list := tokens(pattern)
	var out []token
	for _, t := range list {
		if t.letter == 0 {
			out = append(out, t)
			continue
		}
		field, form := formOf(t.letter, t.length)
		if field < 0 {
			out = append(out, t)
			continue
		}
		if fraction && field == secondField {
			out = append(out, t, token{text: g.decimal}, token{letter: 'S', length: want.length[fractionField]})
			continue
		}
		if want.form[field] != 0 {
			letter, n := want.letter[field], want.length[field]
			if letter == 'E' && n < 3 {
				n = 3
			}
			length := n
			if field == minuteField || field == secondField {
				length = t.length
			} else if listed && letter != 'c' && letter != 'e' {
				numeric, wanted := form > 0, want.form[field] > 0
				if own.length[field] == n || numeric != wanted {
					length = t.length
				}
			}
			c := letter
			if field == hourField || field == monthField || field == weekdayField || field == yearField && letter != 'Y' {
				c = t.letter
			}
			if c == 'E' && length < 3 {
				c = 'e'
			}
			t = token{letter: c, length: length}
		}
		out = append(out, t)
	}
	return untoken(out)
}

// appending is the nearest pattern for some of the fields, with what it lacks appended.
func (g *generator) appending(want *skeleton, mask int) string {
	if mask == 0 {
		return ""
	}
	entry, _, missing := g.raw(want, mask)
	if entry == nil {
		return ""
	}
	result := g.adjust(entry, want, false)
	for last := 0; missing != 0 && missing != last; {
		last = missing
		if missing&(1<<secondField|1<<fractionField) == 1<<fractionField && mask&(1<<secondField|1<<fractionField) == 1<<secondField|1<<fractionField {
			result = g.adjustText(result, entry.listed, &entry.skeleton, want, true)
			missing &^= 1 << fractionField
			continue
		}
		next, _, still := g.raw(want, missing)
		found := missing &^ still
		if found == 0 {
			break
		}
		top := bits.Len(uint(found)) - 1
		result = g.append(top, result, g.adjust(next, want, false))
		missing = still
	}
	return result
}

// append puts a field behind a pattern.
func (g *generator) append(field int, pattern, more string) string {
	name := [fieldCount]string{eraField: "Era", yearField: "Year", quarterField: "Quarter", monthField: "Month", weekField: "Week", weekdayField: "Day-Of-Week",
		dayField: "Day", hourField: "Hour", minuteField: "Minute", secondField: "Second", zoneField: "Timezone"}[field]
	format := "{0} ├{2}: {1}┤"
	if name != "" {
		format = dateValue(g.t, strings.TrimSuffix(g.prefix, "/"), "dateTimeFormats/appendItems/"+name)
	}
	called := ""
	if strings.Contains(format, "{2}") {
		key := [fieldCount]string{eraField: "era", yearField: "year", quarterField: "quarter", monthField: "month", weekField: "week", weekOfMonthField: "weekOfMonth",
			weekdayField: "weekday", dayField: "day", dayPeriodField: "dayperiod", hourField: "hour", minuteField: "minute", secondField: "second", zoneField: "zone"}[field]
		called = "'" + strings.ReplaceAll(g.fieldName(key), "'", "''") + "'"
	}
	return strings.NewReplacer("{0}", pattern, "{1}", more, "{2}", called).Replace(format)
}

func (g *generator) fieldName(key string) string { return g.misc.Get("field/" + key + "/displayName") }
