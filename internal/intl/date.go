package intl

import (
	"strings"
	"sync"
	"time"

	"gonode/internal/cldr"
)

// DateOptions are the resolved options of a DateTimeFormat. Empty ones leave a part out.
type DateOptions struct {
	Locale, Calendar, NumberingSystem                       string
	Zone                                                    *Zone
	HourCycle                                               string
	Weekday, Era, Year, Month, Day, DayPeriod, Hour, Minute string
	Second, ZoneName                                        string
	FractionDigits                                          int
	DateStyle, TimeStyle                                    string
}

// DateFormat formats moments.
type DateFormat struct {
	o                    DateOptions
	calendar             string // as cldr calls it
	t                    *cldr.Table
	symbols              symbols
	pattern              string
	tokens               []token
	zoner                func() *zoneNamer
	periods              string
	ranges               *intervals
	numerals             string // how a style writes numbers: "hanidec", "d=hanidays"
	hasMinute, hasSecond bool
}

// DefaultHourCycle is how a locale counts hours.
func DefaultHourCycle(locale string) string {
	t, _ := Parse(locale)
	return hourCycle(t.hours()[0])
}

// HourCycle12 and HourCycle24 are how a locale counts hours if they are to be twelve, or to be twenty-four.
func HourCycle12(locale string) string {
	switch c := DefaultHourCycle(locale); c {
	case "h11", "h12":
		return c
	}
	if t, _ := Parse(locale); t.region() == "JP" {
		return "h11"
	}
	return "h12"
}

// HourCycle24 is HourCycle12's counterpart.
func HourCycle24(locale string) string {
	switch c := DefaultHourCycle(locale); c {
	case "h23", "h24":
		return c
	}
	return "h23"
}

// DefaultCalendar is the calendar in use where a locale is spoken.
func DefaultCalendar(locale string) string {
	t, _ := Parse(locale)
	for _, c := range t.Calendars() {
		if knownCalendar(c) {
			return c
		}
	}
	return "gregory"
}

// KnownCalendar tells whether dates can be written in a calendar.
func KnownCalendar(name string) bool { return knownCalendar(name) }

func cldrCalendar(name string) string {
	switch name {
	case "gregory":
		return "gregorian"
	case "islamic-civil", "islamic-tbla", "islamic-umalqura", "islamic-rgsa":
		return "islamic"
	case "ethioaa":
		return "ethiopic"
	}
	return name
}

// NewDateFormat finds the pattern for the options.
func NewDateFormat(o DateOptions) *DateFormat {
	locale := o.Locale
	o.Locale = dataLocale(o.Locale)
	f := &DateFormat{o: o, calendar: cldrCalendar(o.Calendar), t: cldr.Dates.Of(o.Locale)}
	numbers := cldr.Numbers.Of(o.Locale)
	f.symbols = symbolsOf(numbers, o.NumberingSystem)
	f.zoner = sync.OnceValue(func() *zoneNamer {
		return &zoneNamer{o.Locale, cldr.Zones.Of(o.Locale), symbolsOf(numbers, DefaultNumberingSystem(locale))}
	})
	for l := o.Locale; l != "" && f.periods == ""; l = shorter(l) {
		f.periods = cldr.Supplemental("dayPeriods/" + l)
	}
	g := generatorOf(o.Locale, f.calendar, o.NumberingSystem)
	if o.DateStyle != "" || o.TimeStyle != "" {
		f.pattern = f.styled(g)
	} else {
		f.pattern = g.best(o.skeleton())
	}
	if o.HourCycle != "" {
		f.pattern = withHours(f.pattern, o.HourCycle)
	}
	f.tokens = tokens(f.pattern)
	for _, t := range f.tokens {
		f.hasMinute = f.hasMinute || t.letter == 'm'
		f.hasSecond = f.hasSecond || t.letter == 's'
	}
	return f
}

func hourLetter(cycle string) byte {
	switch cycle {
	case "h11":
		return 'K'
	case "h12":
		return 'h'
	case "h24":
		return 'k'
	}
	return 'H'
}

// withHours replaces the letters of hours in a pattern.
func withHours(pattern, cycle string) string {
	list := tokens(pattern)
	for i, t := range list {
		if t.letter == 'h' || t.letter == 'H' || t.letter == 'k' || t.letter == 'K' {
			list[i].letter = hourLetter(cycle)
		}
	}
	return untoken(list)
}

// skeleton is what the options ask for.
func (o *DateOptions) skeleton() string {
	var b strings.Builder
	text := func(letter, value, narrow, long, short string) {
		switch value {
		case "narrow":
			b.WriteString(narrow)
		case "long":
			b.WriteString(long)
		case "short":
			b.WriteString(short)
		case "2-digit":
			b.WriteString(letter + letter)
		case "numeric":
			b.WriteString(letter)
		}
	}
	text("", o.Weekday, "EEEEE", "EEEE", "EEE")
	text("", o.Era, "GGGGG", "GGGG", "GGG")
	text("y", o.Year, "", "", "")
	text("M", o.Month, "MMMMM", "MMMM", "MMM")
	text("d", o.Day, "", "", "")
	text("", o.DayPeriod, "BBBBB", "BBBB", "B")
	if o.Hour != "" {
		letter := string(hourLetter(o.HourCycle))
		text(letter, o.Hour, "", "", "")
	}
	text("m", o.Minute, "", "", "")
	text("s", o.Second, "", "", "")
	b.WriteString(strings.Repeat("S", o.FractionDigits))
	switch o.ZoneName {
	case "long":
		b.WriteString("zzzz")
	case "short":
		b.WriteString("z")
	case "longOffset":
		b.WriteString("OOOO")
	case "shortOffset":
		b.WriteString("O")
	case "longGeneric":
		b.WriteString("vvvv")
	case "shortGeneric":
		b.WriteString("v")
	}
	return b.String()
}

// styled is the pattern of dateStyle and timeStyle.
func (f *DateFormat) styled(g *generator) string {
	date, clock := "", ""
	if f.o.DateStyle != "" {
		date = dateValue(f.t, f.calendar, "dateFormats/"+f.o.DateStyle)
		f.numerals = dateValue(f.t, f.calendar, "dateFormats/"+f.o.DateStyle+"-numbers")
	}
	if f.o.TimeStyle != "" {
		clock = f.t.Get("gregorian/timeFormats/" + f.o.TimeStyle)
	}
	pattern := date
	switch {
	case date == "":
		pattern = clock
	case clock != "":
		pattern = glue(f.t, f.calendar, f.o.DateStyle, date, clock)
	}
	if f.o.TimeStyle == "" || f.o.HourCycle == "" {
		return pattern
	}
	twelve := strings.ContainsAny(fieldLetters(pattern), "hK")
	if twelve == (f.o.HourCycle == "h11" || f.o.HourCycle == "h12") {
		return pattern
	}
	// The locale's pattern counts hours otherwise: the same fields are asked for with other hours.
	list := tokens(pattern)
	var b strings.Builder
	for _, t := range list {
		switch t.letter {
		case 0, 'a', 'b', 'B':
		case 'h', 'H', 'k', 'K':
			b.WriteString(strings.Repeat(string(hourLetter(f.o.HourCycle)), t.length))
		default:
			b.WriteString(strings.Repeat(string(t.letter), t.length))
		}
	}
	return g.best(b.String())
}

// fieldLetters are the letters of a pattern's fields, in order.
func fieldLetters(pattern string) string {
	var b strings.Builder
	for _, t := range tokens(pattern) {
		if t.letter != 0 {
			b.WriteByte(t.letter)
		}
	}
	return b.String()
}

// Pattern is the pattern that has been found.
func (f *DateFormat) Pattern() string { return f.pattern }

// FormatToParts writes a moment, in milliseconds since 1970.
func (f *DateFormat) FormatToParts(millis float64) []Part {
	return f.write(f.tokens, millis)
}

func (f *DateFormat) write(list []token, millis float64) []Part {
	x := breakDown(millis, f.o.Zone, f.o.Calendar)
	var parts []Part
	for _, t := range list {
		kind, value := "literal", t.text
		if t.letter != 0 {
			kind, value = f.field(t, &x)
		}
		if value == "" {
			continue
		}
		if n := len(parts); kind == "literal" && n > 0 && parts[n-1].Type == "literal" {
			parts[n-1].Value += value
			continue
		}
		parts = append(parts, Part{Type: kind, Value: value})
	}
	return parts
}

func width(n int) string {
	switch n {
	case 4:
		return "wide"
	case 5:
		return "narrow"
	case 6:
		return "short"
	}
	return "abbreviated"
}

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (f *DateFormat) number(n, width int) string {
	if n < 0 {
		return f.symbols.minus + f.symbols.write(pad(-n, width))
	}
	return f.symbols.write(pad(n, width))
}

// lunisolar tells whether the calendar has months twice.
func (f *DateFormat) lunisolar() bool { return f.calendar == "chinese" || f.calendar == "dangi" }

// leap is a month's name, marked where it is the second of that name.
func (f *DateFormat) leap(x *fields, key, name string) string {
	if !x.leapMonth {
		return name
	}
	return strings.Replace(dateValue(f.t, f.calendar, "monthPatterns/"+key+"/leap"), "{0}", name, 1)
}

// numeral is number in the numerals that a style has for a field.
func (f *DateFormat) numeral(letter byte, n, width int) string {
	for rule := range strings.SplitSeq(f.numerals, ";") {
		field, system, ok := strings.Cut(rule, "=")
		if !ok {
			field, system = string(letter), rule
		}
		if field != string(letter) {
			continue
		}
		digits := [...]string{"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
		switch {
		case system == "hanidec":
			var b strings.Builder
			for _, c := range pad(n, width) {
				b.WriteString(digits[c-'0'])
			}
			return b.String()
		case system != "hanidays" || n < 1 || n > 30:
		case n%10 == 0:
			return [...]string{"初十", "二十", "三十"}[n/10-1]
		default:
			return [...]string{"初", "十", "廿"}[n/10] + digits[n%10]
		}
	}
	return f.number(n, width)
}

// field writes one field.
func (f *DateFormat) field(t token, x *fields) (kind, value string) {
	get := func(key string) string { return dateValue(f.t, f.calendar, key) }
	switch t.letter {
	case 'G':
		key := "eraAbbr"
		if t.length == 4 {
			key = "eraNames"
		} else if t.length > 4 {
			key = "eraNarrow"
		}
		if x.era < -500 {
			return "era", f.t.Get("gregorian/eras/" + key + "/" + itoa(x.era+1000))
		}
		return "era", get("eras/" + key + "/" + itoa(x.era))
	case 'U':
		if s := get("cyclicNameSets/years/format/abbreviated/" + itoa(x.year)); s != "" {
			return "yearName", s
		}
		return "yearName", f.number(x.year, 1)
	case 'r':
		return "relatedYear", f.numeral('r', x.extended, t.length)
	case 'y', 'Y', 'u':
		n := x.year
		if t.length == 2 {
			return "year", f.number(n%100, 2)
		}
		if t.letter == 'y' && f.calendar == "japanese" && n == 1 && strings.HasPrefix(f.o.Locale, "ja") && strings.Contains(f.pattern, "年") {
			return "year", "元"
		}
		return "year", f.number(n, t.length)
	case 'M', 'L':
		if t.length <= 2 {
			n := x.month
			if f.calendar == "hebrew" && !x.leapMonth && n > 6 {
				n--
			}
			if f.lunisolar() {
				return "month", f.leap(x, "numeric/all", f.numeral('M', n, t.length))
			}
			return "month", f.number(n, t.length)
		}
		context := "format"
		if t.letter == 'L' {
			context = "stand-alone"
		}
		key := "months/" + context + "/" + width(t.length) + "/" + itoa(x.month)
		if f.calendar == "hebrew" && x.leapMonth && x.month == 7 {
			if s := get(key + "-yeartype-leap"); s != "" {
				return "month", s
			}
		}
		if f.lunisolar() {
			return "month", f.leap(x, context+"/"+width(t.length), get(key))
		}
		return "month", get(key)
	case 'd':
		return "day", f.numeral('d', x.day, t.length)
	case 'E', 'c', 'e':
		if t.length <= 2 && t.letter != 'E' {
			tag, _ := Parse(f.o.Locale)
			first, _, _ := tag.Week()
			return "weekday", f.number((x.weekday-first%7+7)%7+1, t.length)
		}
		context := "format"
		if t.letter == 'c' {
			context = "stand-alone"
		}
		return "weekday", f.t.Get("gregorian/days/" + context + "/" + width(t.length) + "/" + weekdays[x.weekday])
	case 'a':
		half := "am"
		if x.hour >= 12 {
			half = "pm"
		}
		return "dayPeriod", f.t.Get("gregorian/dayPeriods/format/" + width(t.length) + "/" + half)
	case 'b', 'B':
		return "dayPeriod", f.dayPeriod(t, x)
	case 'h':
		n := x.hour % 12
		if n == 0 {
			n = 12
		}
		return "hour", f.number(n, t.length)
	case 'K':
		return "hour", f.number(x.hour%12, t.length)
	case 'H':
		return "hour", f.number(x.hour, t.length)
	case 'k':
		n := x.hour
		if n == 0 {
			n = 24
		}
		return "hour", f.number(n, t.length)
	case 'm':
		return "minute", f.number(x.minute, t.length)
	case 's':
		return "second", f.number(x.second, t.length)
	case 'S':
		s := pad(x.milli, 3)
		for len(s) < t.length {
			s += "0"
		}
		return "fractionalSecond", f.symbols.write(s[:t.length])
	case 'z', 'v', 'O':
		return "timeZoneName", f.zoner().name(t.letter, t.length, x, f.o.Zone)
	}
	return "literal", ""
}

// dayPeriod is the part of the day as the language divides it.
func (f *DateFormat) dayPeriod(t token, x *fields) string {
	name := ""
	exact := (!f.hasMinute || x.minute == 0) && (!f.hasSecond || x.second == 0)
	for rule := range strings.SplitSeq(f.periods, ";") {
		r := strings.Fields(rule)
		if len(r) != 3 {
			continue
		}
		from, before := int(r[1][0]-'0')*10+int(r[1][1]-'0'), int(r[2][0]-'0')*10+int(r[2][1]-'0')
		if from == before {
			if exact && from != 0 && x.hour == from%24 && f.t.Get("gregorian/dayPeriods/format/"+width(t.length)+"/"+r[0]) != "" {
				name = r[0]
				break
			}
			continue
		}
		if t.letter == 'b' {
			continue
		}
		if from < before && x.hour >= from && x.hour < before || from > before && (x.hour >= from || x.hour < before) {
			if name == "" {
				name = r[0]
			}
		}
	}
	if name != "" {
		if s := f.t.Get("gregorian/dayPeriods/format/" + width(t.length) + "/" + name); s != "" {
			return s
		}
	}
	_, s := f.field(token{letter: 'a', length: t.length}, x)
	return s
}

// ZoneName is the long name that a zone has today for standard or summer time, whichever it is at the moment millis.
func (f *DateFormat) ZoneName(millis float64) string {
	at := breakDown(millis, f.o.Zone, "gregory")
	at.millis = float64(time.Now().UnixMilli())
	return f.zoner().name('z', 4, &at, f.o.Zone)
}
