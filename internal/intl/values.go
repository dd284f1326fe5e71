package intl

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"gonode/internal/cldr"
)

// units are those that ECMA-402 sanctions.
const units = `acre bit byte celsius centimeter day degree fahrenheit fluid-ounce foot gallon gigabit gigabyte gram hectare hour inch ` +
	`kilobit kilobyte kilogram kilometer liter megabit megabyte meter microsecond mile mile-scandinavian milliliter millimeter millisecond ` +
	`minute month nanosecond ounce percent petabyte pound second stone terabit terabyte week yard year`

// IsUnit tells whether a unit is sanctioned, or one per another.
func IsUnit(s string) bool {
	simple := func(s string) bool { return slices.Contains(strings.Fields(units), s) }
	if simple(s) {
		return true
	}
	a, b, ok := strings.Cut(s, "-per-")
	return ok && simple(a) && simple(b)
}

// CurrencyDigits is how many digits the fraction of a currency has.
func CurrencyDigits(code string) int {
	if s := cldr.Supplemental("currency/" + code); s != "" {
		n, _ := strconv.Atoi(s)
		return n
	}
	return 2
}

// SupportedValues are the values of a kind of key that this package knows, in order; ok is false for other kinds.
func SupportedValues(kind string) (list []string, ok bool) {
	add := func(prefix string) {
		cldr.EachSupplemental(prefix, func(key, _ string) { list = append(list, key) })
	}
	switch kind {
	case "calendar":
		list = slices.Clone(calendars[:])
	case "collation":
		add("value/co/")
		list = slices.DeleteFunc(list, func(s string) bool { return s == "standard" || s == "search" || s == "ducet" || !IsType(s) })
	case "currency":
		add("tender/")
	case "numberingSystem":
		add("digits/")
	case "timeZone":
		list = zoneNames()
	case "unit":
		list = strings.Fields(units)
	default:
		return nil, false
	}
	sort.Strings(list)
	return list, true
}

// calendars are those that dates can be written in.
var calendars = [...]string{"buddhist", "chinese", "coptic", "dangi", "ethioaa", "ethiopic", "gregory", "hebrew", "indian", "islamic", "islamic-civil",
	"islamic-rgsa", "islamic-tbla", "islamic-umalqura", "iso8601", "japanese", "persian", "roc"}
