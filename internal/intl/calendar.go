package intl

import (
	"math"
	"slices"
	"time"
)

// fields are the parts of a moment in a calendar and a zone.
type fields struct {
	era, year     int // year of the era
	extended      int // of the Gregorian year: continuous, 0 being 1 BC
	month         int // from 1
	leapMonth     bool
	day           int
	weekday       int // Sunday being 0
	hour, minute  int
	second, milli int
	offset        int // of the zone, in seconds
	daylight      bool
	millis        float64
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// civil is the Gregorian date of a day since 1970.
func civil(days int64) (year int64, month, day int) {
	days += 719468
	era := floorDiv(days, 146097)
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp) + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// daysOf is the day since 1970 of a Gregorian date.
func daysOf(year int64, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := int64((153*(month-3)+2)/5 + day - 1)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// breakDown takes a moment apart.
func breakDown(millis float64, zone *Zone, calendar string) fields {
	f := fields{millis: millis}
	ms := int64(millis)
	f.offset, f.daylight = zone.at(ms)
	local := ms + int64(f.offset)*1000
	days := floorDiv(local, 86400000)
	rest := local - days*86400000
	f.weekday = int(floorMod(days+4, 7))
	f.hour, f.minute, f.second, f.milli = int(rest/3600000), int(rest/60000%60), int(rest/1000%60), int(rest%1000)
	year, month, day := civil(days)
	f.extended, f.month, f.day = int(year), month, day
	switch calendar {
	case "buddhist":
		f.year = int(year) + 543
	case "roc":
		f.era, f.year = 1, int(year)-1911
		if f.year <= 0 {
			f.era, f.year = 0, 1-f.year
		}
	case "japanese":
		f.japanese(year, month, day)
	case "islamic-civil", "islamic-tbla", "islamic-umalqura":
		f.islamic(days, calendar)
	case "islamic", "islamic-rgsa":
		f.watchedIslamic(days)
	case "chinese", "dangi":
		f.lunisolar(calendar, days, year, month)
	case "coptic":
		f.alexandrian(days, 1824665)
		if f.era = 1; f.year <= 0 {
			f.era, f.year = 0, 1-f.year
		}
	case "ethiopic", "ethioaa":
		f.alexandrian(days, 1723856)
		if f.era = 1; f.year <= 0 || calendar == "ethioaa" {
			f.era, f.year = 0, f.year+5500
		}
	case "indian":
		f.indian(days, year)
	case "persian":
		f.persian(days)
	case "hebrew":
		f.hebrew(days)
	default:
		f.era, f.year = 1, int(year)
		if year <= 0 {
			f.era, f.year = 0, int(1-year)
		}
	}
	return f
}

// Japanese eras that ICU knows: their first days, by the number that CLDR gives them.
var japaneseEras = [...]struct{ era, year, month, day int }{
	{232, 1868, 10, 23}, {233, 1912, 7, 30}, {234, 1926, 12, 25}, {235, 1989, 1, 8}, {236, 2019, 5, 1},
}

func (f *fields) japanese(year int64, month, day int) {
	for i := len(japaneseEras) - 1; i >= 0; i-- {
		e := japaneseEras[i]
		if year > int64(e.year) || year == int64(e.year) && (month > e.month || month == e.month && day >= e.day) {
			f.era, f.year = e.era, int(year)-e.year+1
			return
		}
	}
	// Before the first of these the years are those of the common era.
	f.era, f.year = 1, int(year)
	if year <= 0 {
		f.era, f.year = 0, int(1-year)
	}
	f.era -= 1000
}

// islamic has the tabular calendar with eleven leap years in thirty, from either of its first days.
func (f *fields) islamic(days int64, kind string) {
	if kind == "islamic-umalqura" && f.ummAlQura(days) {
		return
	}
	epoch := int64(-492148) // 622-07-16 in the Julian calendar
	if kind == "islamic-tbla" {
		epoch--
	}
	d := days - epoch
	year := floorDiv(30*d+10646, 10631)
	start := func(y int64) int64 { return (y-1)*354 + floorDiv(3+11*y, 30) }
	month := int64(math.Ceil(float64(d-29-start(year))/29.5)) + 1
	month = max(1, min(12, month))
	monthStart := start(year) + int64(math.Ceil(29.5*float64(month-1)))
	f.era, f.year, f.month, f.day = 0, int(year), int(month), int(d-monthStart)+1
	if year <= 0 {
		f.era, f.year = 1, int(1-year)
	}
}

// watchedIslamic has months that begin at the first midnight in Greenwich after a new moon.
func (f *fields) watchedIslamic(days int64) {
	greenwich := sky{}
	k, at := greenwich.moonBefore(days)
	start := at + 1
	if greenwich.start(at) == newMoon(k) {
		start = at
	}
	n := k + 17037 // months since the first of the year 1
	f.era, f.year, f.month, f.day = 0, int(floorDiv(n, 12))+1, int(floorMod(n, 12))+1, int(days-start)+1
	if f.year <= 0 {
		f.era, f.year = 1, 1-f.year
	}
}

// alexandrian has twelve months of thirty days and a short one; epoch is the Julian day before its year 1 minus 365.
func (f *fields) alexandrian(days, epoch int64) {
	d := days + 2440588 - epoch
	cycle, rest := floorDiv(d, 1461), floorMod(d, 1461)
	f.year = int(4*cycle + rest/365 - rest/1460)
	day := rest % 365
	if rest == 1460 {
		day = 365
	}
	f.month, f.day = int(day/30)+1, int(day%30)+1
}

// indian is the calendar of the Indian state, whose years begin on March 22, or 21 in leap years.
func (f *fields) indian(days, gregorian int64) {
	leap := func(y int64) int64 {
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 31
		}
		return 30
	}
	year, first, day := gregorian-78, leap(gregorian), days-daysOf(gregorian, 1, 1)
	if day -= 80; day < 0 {
		year--
		first = leap(gregorian - 1)
		day += 80 + first + 31*5 + 30*3 + 10
	}
	f.era, f.year = 0, int(year)
	switch rest := day - first; {
	case rest < 0:
		f.month, f.day = 1, int(day)+1
	case rest < 31*5:
		f.month, f.day = int(rest/31)+2, int(rest%31)+1
	default:
		rest -= 31 * 5
		f.month, f.day = int(rest/30)+7, int(rest%30)+1
	}
}

// persian has leap years in cycles of 33.
func (f *fields) persian(days int64) {
	epoch := int64(-492268) // 622-03-22 in the Gregorian calendar
	d := days - epoch
	year := 1 + floorDiv(33*d+3, 12053)
	first := 365*(year-1) + floorDiv(8*year+21, 33)
	n := d - first
	if n < 0 {
		year--
		n = d - (365*(year-1) + floorDiv(8*year+21, 33))
	}
	var month, day int64
	if n < 216 {
		month, day = n/31, n%31
	} else {
		month, day = 6+(n-186)/30, (n-186)%30
	}
	f.era, f.year, f.month, f.day = 0, int(year), int(month)+1, int(day)+1
}

// hebrew counts months from Tishri; CLDR numbers thirteen, of which the sixth is there in leap years only.
func (f *fields) hebrew(days int64) {
	d := days + 2092590 // since the first of Tishri of the year 1
	elapsed := func(y int64) int64 {
		months := floorDiv(235*y-234, 19)
		parts := 12084 + 13753*months
		day := 29*months + floorDiv(parts, 25920)
		if floorMod(3*(day+1), 7) < 3 {
			day++
		}
		return day
	}
	newYear := func(y int64) int64 {
		correction := int64(0)
		a, b, c := elapsed(y-1), elapsed(y), elapsed(y+1)
		if c-b == 356 {
			correction = 2
		} else if b-a == 382 {
			correction = 1
		}
		return b + correction
	}
	year := floorDiv(d*98496, 35975351) + 1
	origin := newYear(1)
	for newYear(year+1)-origin <= d {
		year++
	}
	for newYear(year)-origin > d {
		year--
	}
	length := newYear(year+1) - newYear(year)
	leap := floorMod(7*year+1, 19) < 7
	n := d - (newYear(year) - origin)
	lengths := []int64{30, 29, 30, 29, 30, 30, 29, 30, 29, 30, 29, 30, 29}
	if length%10 == 5 {
		lengths[1] = 30
	}
	if length%10 == 3 {
		lengths[2] = 29
	}
	if !leap {
		lengths[5] = 0
	}
	month := 0
	for n >= lengths[month] {
		n -= lengths[month]
		month++
	}
	f.era, f.year, f.month, f.day, f.leapMonth = 0, int(year), month+1, int(n)+1, leap
}

// Zone is a time zone: of the database of time zones, or of a fixed offset.
type Zone struct {
	Name     string // as ECMA-402 calls it
	location *time.Location
	offset   int
}

// at is the offset from UTC in seconds, and whether it is that of summer time.
func (z *Zone) at(millis int64) (offset int, daylight bool) {
	if z.location == nil {
		return z.offset, false
	}
	t := time.Unix(floorDiv(millis, 1000), 0).In(z.location)
	_, offset = t.Zone()
	return offset, z.summer(t, offset)
}

// summer tells whether a zone keeps summer time, in the sense of CLDR's names: some zones call their winter time the changed one, and
// their summer time standard.
func (z *Zone) summer(t time.Time, offset int) bool {
	daylight := t.IsDST()
	switch z.location.String() {
	case "Europe/Dublin", "Eire", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Windhoek", "Europe/Prague", "Europe/Bratislava":
	default:
		return daylight
	}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		start = start.Add(-time.Second)
	}
	for _, other := range [...]time.Time{start, end} {
		if _, beside := other.Zone(); !other.IsZero() && other.IsDST() != daylight {
			return offset > beside
		}
	}
	return daylight
}

// hasDaylight tells whether the zone keeps summer time around a moment, as far as names go.
func (z *Zone) hasDaylight(millis int64) bool {
	if z.location == nil {
		return false
	}
	t := time.Unix(floorDiv(millis, 1000), 0).In(z.location)
	start, end := t.ZoneBounds()
	near := 184 * 24 * time.Hour
	if !end.IsZero() && end.Sub(t) < near && end.IsDST() {
		return true
	}
	return !start.IsZero() && t.Sub(start) < near && start.Add(-time.Second).IsDST()
}

// knownCalendar tells whether dates can be written in a calendar.
func knownCalendar(name string) bool { return slices.Contains(calendars[:], name) }
