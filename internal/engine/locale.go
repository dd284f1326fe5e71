package engine

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Numbers and dates as American English writes them. It is the only locale, as in a Node built with small-icu; requests
// for others get it too.

// numberFormat is the options of Intl.NumberFormat that are known.
type numberFormat struct {
	style, currency        string
	notation               string
	minInt, minFrac        int
	maxFrac, maxSig        int // -1 where not given
	minSig                 int
	grouping               bool
	signAlways, noNegative bool
}

func currencySign(code string) string {
	switch code {
	case "USD":
		return "$"
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "JPY":
		return "¥"
	case "INR":
		return "₹"
	case "CNY":
		return "CN¥"
	case "KRW":
		return "₩"
	case "BRL":
		return "R$"
	case "CAD":
		return "CA$"
	case "AUD":
		return "A$"
	case "MXN":
		return "MX$"
	case "NZD":
		return "NZ$"
	case "HKD":
		return "HK$"
	case "ILS":
		return "₪"
	case "VND":
		return "₫"
	case "TWD":
		return "NT$"
	}
	return ""
}

func (o *numberFormat) format(f float64) string {
	if math.IsNaN(f) {
		return "NaN"
	}
	negative := math.Signbit(f)
	f = math.Abs(f)
	suffix := ""
	if o.style == "percent" {
		f *= 100
		suffix = "%"
	}
	maxFrac, maxSig := o.maxFrac, o.maxSig
	if o.notation == "compact" {
		for _, step := range []struct {
			limit float64
			name  string
		}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
			if f >= step.limit {
				f /= step.limit
				suffix = step.name + suffix
				break
			}
		}
		if maxFrac < 0 && maxSig < 0 {
			if f < 100 {
				maxSig = 2
			}
			maxFrac = 0
		}
	}
	digits := "∞"
	if !math.IsInf(f, 0) {
		digits = o.digits(f, maxFrac, maxSig)
	}
	if o.style == "currency" {
		sign := currencySign(o.currency)
		if sign == "" {
			sign = o.currency + "\u00a0"
		}
		digits = sign + digits
	}
	digits += suffix
	switch {
	case negative && !o.noNegative:
		return "-" + digits
	case o.signAlways:
		return "+" + digits
	}
	return digits
}

func (o *numberFormat) digits(f float64, maxFrac, maxSig int) string {
	var s string
	switch {
	case maxSig >= 0:
		s = exact(f).Text('g', maxSig)
		if strings.ContainsRune(s, 'e') {
			rounded, _, _ := big.ParseFloat(s, 10, 200, big.ToNearestEven)
			s = rounded.Text('f', 0)
		}
		if o.minSig > 0 {
			n := len(strings.ReplaceAll(strings.TrimLeft(s, "0."), ".", ""))
			if n < o.minSig {
				if !strings.Contains(s, ".") {
					s += "."
				}
				s += strings.Repeat("0", o.minSig-n)
			}
		} else {
			s = trimFraction(s, 0)
		}
	default:
		if maxFrac < 0 {
			maxFrac = max(3, o.minFrac)
		}
		s = trimFraction(exact(f).Text('f', maxFrac), o.minFrac)
	}
	whole, fraction, _ := strings.Cut(s, ".")
	for len(whole) < o.minInt {
		whole = "0" + whole
	}
	if o.grouping {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// exact is the decimal number that a script sees, so that 1.005 rounds up as it reads.
func exact(f float64) *big.Float {
	x, _, err := big.ParseFloat(strconv.FormatFloat(f, 'g', -1, 64), 10, 200, big.AwayFromZero)
	if err != nil {
		return big.NewFloat(f)
	}
	return x
}

func trimFraction(s string, least int) string {
	dot := strings.IndexByte(s, '.')
	if dot < 0 {
		return s
	}
	end := len(s)
	for end > dot+1+least && s[end-1] == '0' {
		end--
	}
	if end == dot+1 {
		end = dot
	}
	return s[:end]
}

// dateFormat is the options of Intl.DateTimeFormat that are known; an empty string leaves a part out.
type dateFormat struct {
	zone                                *time.Location
	weekday, year, month, day           string
	hour, minute, second, zoneName      string
	fraction                            int
	hour24, dateStyled, long, dayPeriod bool
}

// datePart is a piece of a date as formatToParts lists it.
type datePart struct{ kind, value string }

func (o *dateFormat) format(t time.Time) string {
	var b strings.Builder
	for _, p := range o.parts(t) {
		b.WriteString(p.value)
	}
	return b.String()
}

func (o *dateFormat) parts(t time.Time) []datePart {
	t = t.In(o.zone)
	var parts []datePart
	add := func(kind, value string) { parts = append(parts, datePart{kind, value}) }
	literal := func(s string) {
		if len(parts) > 0 {
			add("literal", s)
		}
	}
	two := func(n int, style string) string {
		if style == "2-digit" && n < 10 {
			return "0" + strconv.Itoa(n)
		}
		return strconv.Itoa(n)
	}
	year := strconv.Itoa(t.Year())
	if o.year == "2-digit" {
		year = two(t.Year()%100, "2-digit")
	}
	switch o.weekday {
	case "long":
		add("weekday", t.Weekday().String())
	case "short":
		add("weekday", t.Weekday().String()[:3])
	case "narrow":
		add("weekday", t.Weekday().String()[:1])
	}
	if o.month == "long" || o.month == "short" || o.month == "narrow" {
		name := t.Month().String()
		if o.month == "short" {
			name = name[:3]
		} else if o.month == "narrow" {
			name = name[:1]
		}
		literal(", ")
		add("month", name)
		if o.day != "" {
			literal(" ")
			add("day", two(t.Day(), o.day))
		}
		if o.year != "" {
			if o.day != "" {
				literal(", ")
			} else {
				literal(" ")
			}
			add("year", year)
		}
	} else {
		first := true
		numeric := func(kind, value string) {
			if first {
				literal(", ")
			} else {
				literal("/")
			}
			first = false
			add(kind, value)
		}
		if o.month != "" {
			numeric("month", two(int(t.Month()), o.month))
		}
		if o.day != "" {
			numeric("day", two(t.Day(), o.day))
		}
		if o.year != "" {
			numeric("year", year)
		}
	}
	if o.hour == "" && o.minute == "" && o.second == "" && o.fraction == 0 {
		return o.zoned(t, parts)
	}
	switch {
	case o.month == "" && o.day == "" && o.year == "":
		literal(" ")
	case o.month == "long":
		literal(" at ")
	default:
		literal(", ")
	}
	first := true
	clock := func(kind string, n int, style, separator string) {
		if !first {
			literal(separator)
		}
		first = false
		add(kind, two(n, style))
	}
	if o.hour != "" {
		h := t.Hour()
		style := o.hour
		if o.hour24 {
			style = "2-digit"
		} else if h %= 12; h == 0 {
			h = 12
		}
		clock("hour", h, style, "")
	}
	if o.minute != "" {
		style := o.minute
		if o.hour != "" || o.second != "" {
			style = "2-digit"
		}
		clock("minute", t.Minute(), style, ":")
	}
	if o.second != "" {
		style := o.second
		if o.minute != "" {
			style = "2-digit"
		}
		clock("second", t.Second(), style, ":")
	}
	if o.fraction > 0 {
		clock("fractionalSecond", 0, "", ".")
		ms := strconv.Itoa(1000 + t.Nanosecond()/1e6)[1:]
		parts[len(parts)-1].value = ms[:min(o.fraction, 3)]
	}
	if o.hour != "" && !o.hour24 {
		literal(" ")
		if t.Hour() < 12 {
			add("dayPeriod", "AM")
		} else {
			add("dayPeriod", "PM")
		}
	}
	return o.zoned(t, parts)
}

func (o *dateFormat) zoned(t time.Time, parts []datePart) []datePart {
	if o.zoneName == "" {
		return parts
	}
	name, _ := t.Zone()
	if o.zoneName == "long" {
		name = zoneName(name)
	} else if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		name = "GMT" + name
	}
	if len(parts) > 0 {
		parts = append(parts, datePart{"literal", " "})
	}
	return append(parts, datePart{"timeZoneName", name})
}

// zoneName is the English name of a time zone's abbreviation.
func zoneName(abbreviation string) string {
	switch abbreviation {
	case "UTC":
		return "Coordinated Universal Time"
	case "GMT":
		return "Greenwich Mean Time"
	case "BST":
		return "British Summer Time"
	case "IST":
		return "India Standard Time"
	case "JST":
		return "Japan Standard Time"
	case "KST":
		return "Korean Standard Time"
	case "MSK":
		return "Moscow Standard Time"
	}
	regions := map[byte]string{'E': "Eastern", 'C': "Central", 'M': "Mountain", 'P': "Pacific"}
	if len(abbreviation) == 3 && abbreviation[2] == 'T' && regions[abbreviation[0]] != "" {
		switch abbreviation[1] {
		case 'S':
			return regions[abbreviation[0]] + " Standard Time"
		case 'D':
			return regions[abbreviation[0]] + " Daylight Time"
		}
	}
	for short, name := range map[string]string{"CE": "Central European", "EE": "Eastern European", "WE": "Western European"} {
		switch abbreviation {
		case short + "T":
			return name + " Standard Time"
		case short + "ST":
			return name + " Summer Time"
		}
	}
	return abbreviation
}
