package intl

import (
	"slices"
	"sort"
	"strings"

	"gonode/internal/cldr"
)

// region is that of a tag, or the likely one; "001" if nothing is known. The keyword rg goes before it.
func (t Tag) region() string {
	if rg, ok := t.Keyword("rg"); ok && len(rg) >= 6 && strings.HasSuffix(rg, "zzzz") {
		return strings.ToUpper(strings.TrimSuffix(rg, "zzzz"))
	}
	if t.Region != "" {
		return t.Region
	}
	if sd, ok := t.Keyword("sd"); ok && len(sd) >= 3 {
		if IsRegion(sd[:2]) {
			return strings.ToUpper(sd[:2])
		}
		if IsRegion(sd[:3]) {
			return sd[:3]
		}
	}
	if full, ok := t.Maximize(); ok && full.Region != "" {
		return full.Region
	}
	return "001"
}

// Calendars are those in use where a locale is spoken, the usual one first.
func (t Tag) Calendars() []string {
	if c, ok := t.Keyword("ca"); ok {
		return []string{c}
	}
	text := cldr.Supplemental("calendars/" + t.region())
	if text == "" {
		text = cldr.Supplemental("calendars/001")
	}
	list := strings.Fields(text)
	for i, c := range list {
		switch c {
		case "gregorian":
			list[i] = "gregory"
		case "ethiopic-amete-alem":
			list[i] = "ethioaa"
		}
	}
	return list
}

// Collations are those that are made for a locale's language, besides those for all.
func (t Tag) Collations() []string {
	if c, ok := t.Keyword("co"); ok {
		return []string{c}
	}
	return append([]string{}, collationsOf(t.Language)...)
}

// collationsOf are the collations of a language, in order.
func collationsOf(language string) []string {
	list := []string{"emoji", "eor"}
	switch language {
	case "de", "fi", "sv":
		if language == "de" {
			list = append(list, "phonebk")
		} else {
			list = append(list, "trad")
		}
	case "ar":
		list = append(list, "compat")
	case "es", "bn", "kn", "vi":
		list = append(list, "trad")
	case "zh":
		list = append(list, "pinyin", "stroke", "unihan", "zhuyin")
	case "ja":
		list = append(list, "unihan")
	case "ko":
		list = append(list, "searchjl", "unihan")
	case "ln":
		list = append(list, "phonetic")
	case "si":
		list = append(list, "dict")
	}
	sort.Strings(list)
	return list
}

// HourCycles is how hours are counted where a locale is spoken: "h12", "h23" or the like.
func (t Tag) HourCycles() []string {
	if c, ok := t.Keyword("hc"); ok {
		return []string{c}
	}
	return []string{hourCycle(t.hours()[0])}
}

// hours are the letters of patterns for the hour that are in use, the preferred one first.
func (t Tag) hours() []string {
	region := t.region()
	text := cldr.Supplemental("hours/" + t.Language + "-" + region)
	if text == "" {
		text = cldr.Supplemental("hours/" + region)
	}
	if text == "" {
		text = cldr.Supplemental("hours/001")
	}
	return strings.Fields(text)
}

func hourCycle(letter string) string {
	switch letter[0] {
	case 'h':
		return "h12"
	case 'K':
		return "h11"
	case 'k':
		return "h24"
	}
	return "h23"
}

// NumberingSystems are those of a locale.
func (t Tag) NumberingSystems() []string {
	if n, ok := t.Keyword("nu"); ok {
		return []string{n}
	}
	return []string{DefaultNumberingSystem(availableOr(t.Base()))}
}

func availableOr(base string) string {
	if l := Available(base); l != "" {
		return l
	}
	return "und"
}

// TimeZones are those of a tag's region, in order; nil if it names no region.
func (t Tag) TimeZones() []string {
	if t.Region == "" {
		return nil
	}
	list := []string{}
	cldr.EachSupplemental("zoneregion/", func(zone, region string) {
		if region == t.Region && strings.Contains(zone, "/") {
			if iana := cldr.Supplemental("iana/" + zone); iana != "" {
				zone = iana
			}
			list = append(list, zone)
		}
	})
	sort.Strings(list)
	return slices.Compact(list)
}

// RightToLeft tells in which direction a locale is written.
func (t Tag) RightToLeft() bool {
	full, _ := t.Maximize()
	if full.Script == "" {
		full.Script = t.Script
	}
	switch full.Script {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg", "Mand", "Samr", "Mend", "Yezi", "Hung", "Orkh", "Armi", "Avst", "Phnx", "Sarb", "Narb", "Khar", "Lydi", "Merc", "Mero", "Nbat", "Palm", "Phli", "Phlp", "Prti", "Sogd", "Sogo", "Elym", "Chrs", "Hatr", "Cprt", "Ougr":
		return true
	}
	return false
}

// Week is the first day of the week and the days of the weekend, Monday being 1, and how many days a year's first week has.
func (t Tag) Week() (first int, weekend []int, minDays int) {
	region := t.region()
	get := func(kind string) string {
		if s := cldr.Supplemental("week/" + kind + "/" + region); s != "" {
			return s
		}
		return cldr.Supplemental("week/" + kind + "/001")
	}
	first = Weekday(get("firstDay"))
	if fw, ok := t.Keyword("fw"); ok && Weekday(fw) > 0 {
		first = Weekday(fw)
	}
	start, end := Weekday(get("weekendStart")), Weekday(get("weekendEnd"))
	for d := start; ; d = d%7 + 1 {
		weekend = append(weekend, d)
		if d == end || len(weekend) == 7 {
			break
		}
	}
	sort.Ints(weekend)
	minDays = int(get("minDays")[0] - '0')
	return first, weekend, minDays
}

// Weekday is the number of a weekday's short English name, Monday being 1, or 0.
func Weekday(s string) int {
	return slices.Index([]string{"", "mon", "tue", "wed", "thu", "fri", "sat", "sun"}, s)
}
