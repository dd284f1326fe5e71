// Package cldr has the data of the Unicode Common Locale Data Repository (version 48, as Node 24's ICU) that ECMA-402 needs, for the
// locales whose data Unicode calls complete for modern use. It is compressed, and read when first asked for.
//
// The tables are Copyright © 1991-2026 Unicode, Inc., under the Unicode License v3; data/LICENSE has its text.
package cldr

import (
	_ "embed" // the tables
	"encoding/binary"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:generate go run ./gen DIR

// Section is a part of the data that is read by itself.
type Section struct {
	file *string // the keys and the values of each language, compressed

	lock     sync.Mutex
	keys     []string
	places   map[string][2]int // where a language's values are in body
	body     string
	families map[string]map[string]string // by language and locale, its values as one text
	tables   map[string]*Table
}

// A Table has what a locale says in one section, with what it has from its parents.
type Table struct {
	keys   []string
	places []int32  // of the keys that the locale has itself
	values []string // of these
	parent *Table
}

// absent is the value of a key that a locale has not though its parent has.
const absent = "\x02"

// Names of the values are those of CLDR's JSON, under the element that the section's comment names.
var (
	Numbers    = &Section{file: &numbers}    // numbers of numbers.json
	Currencies = &Section{file: &currencies} // numbers.currencies
	Dates      = &Section{file: &dates}      // dates.calendars
	Zones      = &Section{file: &zones}      // dates.timeZoneNames
	Units      = &Section{file: &units}      // units, by length and unit
	Names      = &Section{file: &names}      // localeDisplayNames: language, script, region, variant, pattern, calendar
	Misc       = &Section{file: &misc}       // list patterns, order of characters, fields of dates

	// What belongs to no locale: aliases of tags, likely subtags, time zones, and the rest.
	aliases      = &Section{file: &aliased}
	likely       = &Section{file: &likelySubtags}
	zoneData     = &Section{file: &zoned}
	supplemental = &Section{file: &supplemented}
)

var (
	//go:embed data/numbers.table
	numbers string
	//go:embed data/currencies.table
	currencies string
	//go:embed data/dates.table
	dates string
	//go:embed data/zones.table
	zones string
	//go:embed data/units.table
	units string
	//go:embed data/names.table
	names string
	//go:embed data/misc.table
	misc string
	//go:embed data/supplemental.table
	supplemented string
	//go:embed data/aliases.table
	aliased string
	//go:embed data/likely.table
	likelySubtags string
	//go:embed data/zonedata.table
	zoned string
)

// Of is a section's table for a locale; what is not carried has its nearest parent's.
func (s *Section) Of(locale string) *Table {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.of(locale)
}

func (s *Section) of(locale string) *Table {
	if t := s.tables[locale]; t != nil {
		return t
	}
	s.open()
	var parent *Table
	if locale != "und" {
		parent = s.of(Parent(locale))
	}
	t := parent
	if text, ok := s.family(locale)[locale]; ok || parent == nil {
		t = newTable(s.keys, text, parent)
	}
	s.tables[locale] = t
	return t
}

// newTable reads a locale's values, each behind the number of keys that are passed over before it.
func newTable(keys []string, text string, parent *Table) *Table {
	n := strings.Count(text, "\x00") + 1
	t := &Table{keys: keys, places: make([]int32, 0, n), values: make([]string, 0, n), parent: parent}
	place := int32(0)
	for text != "" {
		var entry string
		entry, text, _ = strings.Cut(text, "\x00")
		gap, value, _ := strings.Cut(entry, "=")
		if gap != "" {
			skip, _ := strconv.ParseInt(gap, 36, 32)
			place += int32(skip)
		}
		t.places, t.values = append(t.places, place), append(t.values, value)
		place++
	}
	return t
}

// open reads the section's list of languages and keys.
func (s *Section) open() {
	if s.tables != nil {
		return
	}
	size, n := binary.Uvarint([]byte((*s.file)[:min(len(*s.file), binary.MaxVarintLen64)]))
	head := (*s.file)[n : n+int(size)]
	s.body = (*s.file)[n+int(size):]
	s.places, s.families, s.tables = map[string][2]int{}, map[string]map[string]string{}, map[string]*Table{}
	for line := range strings.SplitSeq(head, "\n") {
		f := strings.Split(line, " ")
		start, _ := strconv.Atoi(f[1])
		length, _ := strconv.Atoi(f[2])
		s.places[f[0]] = [2]int{start, start + length}
	}
	s.keys = strings.Split(s.unpack(""), "\n")
}

func (s *Section) unpack(name string) string {
	place, ok := s.places[name]
	if !ok {
		return ""
	}
	text, err := io.ReadAll(brotli.NewReader(strings.NewReader(s.body[place[0]:place[1]])))
	if err != nil {
		panic("cldr: a damaged table: " + err.Error())
	}
	return string(text)
}

// family has the values of a locale's language, each locale's as one text.
func (s *Section) family(locale string) map[string]string {
	language, _, _ := strings.Cut(locale, "-")
	f, ok := s.families[language]
	if !ok {
		f = map[string]string{}
		for line := range strings.SplitSeq(s.unpack(language), "\n") {
			name, values, _ := strings.Cut(line, "\x00")
			f[name] = values
		}
		s.families[language] = f
	}
	return f
}

// Parent is the locale whose data hold where a locale has none.
func Parent(locale string) string {
	if p := Supplemental("parent/" + locale); p != "" {
		return p
	}
	if i := strings.LastIndexByte(locale, '-'); i >= 0 {
		return locale[:i]
	}
	return "und"
}

// Get is the value of a key, empty if there is none.
func (t *Table) Get(key string) string {
	v, _ := t.Lookup(key)
	return v
}

// Lookup is Get, and tells whether there is a value.
func (t *Table) Lookup(key string) (string, bool) {
	i := sort.SearchStrings(t.keys, key)
	if i == len(t.keys) || t.keys[i] != key {
		return "", false
	}
	return t.at(i)
}

func (t *Table) at(i int) (string, bool) {
	for ; t != nil; t = t.parent {
		if n, ok := slices.BinarySearch(t.places, int32(i)); ok {
			if t.values[n] == absent {
				return "", false
			}
			return t.values[n], true
		}
	}
	return "", false
}

// Each calls f for each key that begins so and has a value, without that beginning, in the order of the keys.
func (t *Table) Each(prefix string, f func(key, value string)) {
	for i := sort.SearchStrings(t.keys, prefix); i < len(t.keys) && strings.HasPrefix(t.keys[i], prefix); i++ {
		if v, ok := t.at(i); ok {
			f(t.keys[i][len(prefix):], v)
		}
	}
}

// Supplemental is one of the data that belong to no locale.
func Supplemental(key string) string {
	if strings.HasPrefix(key, "likely/") {
		if v, ok := supplemental.Of("und").Lookup(key); ok {
			return v
		}
	}
	return root(key).Get(key)
}

// EachSupplemental is Each of the data that belong to no locale. prefix has a slash.
func EachSupplemental(prefix string, f func(key, value string)) { root(prefix).Each(prefix, f) }

// root is the table of a key that belongs to no locale.
func root(key string) *Table {
	kind, _, _ := strings.Cut(key, "/")
	switch SupplementalPart(kind) {
	case "aliases":
		return aliases.Of("und")
	case "likely":
		return likely.Of("und")
	case "zonedata":
		return zoneData.Of("und")
	}
	return supplemental.Of("und")
}

// SupplementalPart is the table's file that has the keys of a kind that belong to no locale.
func SupplementalPart(kind string) string {
	switch kind {
	case "alias", "type":
		return "aliases"
	case "likely":
		return "likely"
	case "iana", "mapzone", "metazone", "primaryzone", "zone", "zonealias", "zoneregion":
		return "zonedata"
	}
	return "supplemental"
}

// Locales calls f with each locale that is carried.
func Locales(f func(locale string)) {
	EachSupplemental("locale/", func(l, _ string) { f(l) })
}

// Has tells whether a locale is carried, or is what a carried one means anyway (as de-DE).
func Has(locale string) bool {
	if Supplemental("locale/"+locale) != "" {
		return true
	}
	if Supplemental("default/"+locale) == "" {
		return false
	}
	p := Parent(locale)
	return p != "und" && Has(p)
}
