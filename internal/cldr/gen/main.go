// Command gen writes the tables of package cldr from the Unicode CLDR project's JSON packages:
//
//	go run ./gen DIR [SECTION…]
//
// DIR is a folder into which npm has installed, with --legacy-peer-deps, cldr-core, cldr-numbers-full, cldr-dates-full, cldr-units-full,
// cldr-misc-full, cldr-localenames-full and cldr-bcp47 of the one version that Node's process.versions.cldr names. The packages
// cldr-cal-buddhist-full, -chinese-, -coptic-, -dangi-, -ethiopic-, -hebrew-, -indian-, -islamic-, -japanese-, -persian- and -roc-full are older
// there: they are to come from the same version of the repository unicode-org/cldr-json.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"

	"gonode/internal/cldr"
)

var root string

func main() {
	root = filepath.Join(os.Args[1], "node_modules")
	locales := chosen()
	parents := parents()
	sections := os.Args[2:]
	if len(sections) == 0 {
		sections = []string{"numbers", "currencies", "dates", "zones", "units", "names", "misc", "supplemental", "aliases", "likely", "zonedata"}
	}
	for _, section := range sections {
		switch section {
		case "supplemental", "aliases", "likely", "zonedata":
			write(section, []string{"und"}, map[string]map[string]string{"und": part(section, supplement(locales), locales)}, nil)
			continue
		}
		values := map[string]map[string]string{}
		for _, l := range locales {
			values[l] = collect(section, l)
		}
		write(section, locales, values, parents)
	}
}

// part is what of the data that belong to no locale stands in a section. Likely subtags of the locales that are carried stand among the
// rest, too, so that few have to read the others; what is looked for and not there is empty.
func part(section string, all map[string]string, locales []string) map[string]string {
	out := map[string]string{}
	for key, value := range all {
		if kind, _, _ := strings.Cut(key, "/"); cldr.SupplementalPart(kind) == section {
			out[key] = value
		}
	}
	if section == "supplemental" {
		for _, l := range locales {
			parts := strings.Split(l, "-")
			for ; len(parts) > 0; parts = parts[:len(parts)-1] {
				key := "likely/" + strings.Join(parts, "-")
				out[key] = all[key]
			}
			if parts = strings.Split(l, "-"); len(parts) == 3 {
				key := "likely/" + parts[0] + "-" + parts[2]
				out[key] = all[key]
			}
		}
	}
	return out
}

// chosen are the locales whose data Unicode calls complete for modern use, but for a few that differ from their parents in nothing.
func chosen() []string {
	var list []string
	for l, level := range object(read("cldr-core/coverageLevels.json"), "effectiveCoverageLevels") {
		if level == "modern" && exists("cldr-numbers-full/main/"+l) {
			list = append(list, l)
		}
	}
	if !slices.Contains(list, "und") {
		list = append(list, "und")
	}
	sort.Strings(list)
	return list
}

func parents() map[string]string {
	list := map[string]string{}
	for l, p := range object(read("cldr-core/supplemental/parentLocales.json"), "supplemental", "parentLocales", "parentLocale") {
		if p == "root" {
			p = "und"
		}
		if l != "_localeRules" {
			list[l], _ = p.(string)
		}
	}
	return list
}

// parentOf follows parents, then truncation; a script that is not the language's usual one has the root for parent.
func parentOf(l string, parents map[string]string) string {
	if p := parents[l]; p != "" {
		return p
	}
	if i := strings.LastIndexByte(l, '-'); i >= 0 {
		return l[:i]
	}
	return "und"
}

func exists(path string) bool {
	_, err := os.Stat(filepath.Join(root, path))
	return err == nil
}

func read(path string) any {
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		panic(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	return v
}

func object(v any, path ...string) map[string]any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	m, _ := v.(map[string]any)
	return m
}

// flatten adds all strings under v to values, by the names that lead to them.
func flatten(values map[string]string, prefix string, v any, keep func(path string) bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			path := name
			if prefix != "" {
				path = prefix + "/" + name
			}
			if !strings.Contains(name, "-alt-ascii") && !strings.Contains(name, "-alt-variant") && !strings.HasPrefix(name, "_") && keep(path) {
				flatten(values, path, x, keep)
			}
		}
	case string:
		values[prefix] = v
	}
}

// unwrap puts the patterns of dates that name a numbering system besides by themselves.
func unwrap(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if value, ok := m["_value"]; ok {
		return value
	}
	unwrapped := map[string]any{}
	for name, x := range m {
		unwrapped[name] = unwrap(x)
		if o := object(x); o["_value"] != nil && o["_numbers"] != nil {
			unwrapped[name+"-numbers"] = o["_numbers"]
		}
	}
	return unwrapped
}

func all(string) bool { return true }

func without(parts ...string) func(string) bool {
	return func(path string) bool {
		for _, p := range parts {
			if strings.Contains(path, p) {
				return false
			}
		}
		return true
	}
}

// Units are those that ECMA-402 sanctions.
var units = strings.Fields(`acre bit byte celsius centimeter day degree fahrenheit fluid-ounce foot gallon gigabit gigabyte gram hectare hour inch
	kilobit kilobyte kilogram kilometer liter megabit megabyte meter microsecond mile mile-scandinavian milliliter millimeter millisecond
	minute month nanosecond ounce percent petabyte pound second stone terabit terabyte week yard year`)

func isUnit(key string) bool {
	_, name, _ := strings.Cut(key, "-")
	if a, b, ok := strings.Cut(name, "-per-"); ok {
		return slices.Contains(units, a) && slices.Contains(units, b)
	}
	return slices.Contains(units, name) || name == "liter-per-100-kilometer"
}

func collect(section, l string) map[string]string {
	values := map[string]string{}
	main := func(path string, under ...string) map[string]any {
		pkg, file, _ := strings.Cut(path, "/")
		path = pkg + "/main/" + l + "/" + file
		if !exists(path) {
			return nil
		}
		return object(read(path), append([]string{"main", l}, under...)...)
	}
	switch section {
	case "numbers":
		flatten(values, "", main("cldr-numbers-full/numbers.json", "numbers"), without("rationalFormats", "minimalPairs", "-noCurrency", "superscriptingExponent", "perMille", "symbols/list"))
	case "currencies":
		flatten(values, "", main("cldr-numbers-full/currencies.json", "numbers", "currencies"), without("symbol-alt-variant", "symbol-alt-formal"))
	case "dates":
		drop := without("quarters", "Skeletons", "-relative", "alt-", "availableFormats/yw", "availableFormats/yQ", "availableFormats/MMMMW")
		flatten(values, "gregorian", main("cldr-dates-full/ca-gregorian.json", "dates", "calendars", "gregorian"), drop)
		flatten(values, "generic", main("cldr-dates-full/ca-generic.json", "dates", "calendars", "generic"), func(path string) bool {
			return drop(path) && without("generic/days", "generic/dayPeriods", "generic/eras", "generic/months", "generic/timeFormats")(path)
		})
		flatten(values, "iso8601", main("cldr-dates-full/ca-generic.json", "dates", "calendars", "iso8601"), func(path string) bool {
			return drop(path) && without("iso8601/days", "iso8601/dayPeriods", "iso8601/eras", "iso8601/months", "iso8601/timeFormats")(path)
		})
		for _, c := range []string{"coptic", "ethiopic", "indian"} { // their patterns are the generic ones
			flatten(values, c, any(main("cldr-cal-"+c+"-full/ca-"+c+".json", "dates", "calendars", c)), func(path string) bool {
				p := strings.Split(path, "/")
				return len(p) < 2 || p[1] == "eras" || p[1] == "months"
			})
		}
		for _, c := range []string{"chinese", "dangi"} {
			flatten(values, c, unwrap(any(main("cldr-cal-"+c+"-full/ca-"+c+".json", "dates", "calendars", c))), func(path string) bool {
				p := strings.Split(path, "/")
				return len(p) < 2 || p[1] == "months" || p[1] == "monthPatterns" ||
					p[1] == "cyclicNameSets" && (len(p) < 3 || p[2] == "years") && (len(p) < 5 || p[4] == "abbreviated") ||
					(p[1] == "dateFormats" || p[1] == "dateTimeFormats" && (len(p) < 3 || p[2] != "appendItems")) && drop(path)
			})
		}
		for _, c := range []string{"buddhist", "japanese", "roc", "persian", "hebrew", "islamic"} {
			pkg := "cldr-cal-" + c + "-full/ca-" + c + ".json"
			flatten(values, c, unwrap(any(main(pkg, "dates", "calendars", c))), func(path string) bool {
				p := strings.Split(path, "/")
				return len(p) < 2 || p[1] == "eras" || p[1] == "months" && (c == "persian" || c == "hebrew" || c == "islamic") ||
					(p[1] == "dateFormats" || p[1] == "dateTimeFormats" && (len(p) < 3 || p[2] != "appendItems")) && drop(path)
			})
		}
	case "zones":
		flatten(values, "", main("cldr-dates-full/timeZoneNames.json", "dates", "timeZoneNames"), all)
	case "units":
		for _, length := range []string{"long", "short", "narrow"} {
			for key, v := range main("cldr-units-full/units.json", "units", length) {
				if isUnit(key) {
					_, name, _ := strings.Cut(key, "-")
					if strings.HasPrefix(key, "speed-") || strings.HasPrefix(key, "consumption-") || strings.Contains(name, "-per-") || slices.Contains(units, name) {
						flatten(values, length+"/"+name, v, without("-case-", "gender", "displayName"))
					}
				}
				if key == "per" {
					flatten(values, length+"/per", v, without("-case-"))
				}
			}
		}
		for _, t := range []string{"hm", "hms", "ms"} {
			flatten(values, "numeric/"+t, main("cldr-units-full/units.json", "units", "durationUnit-type-"+t), all)
		}
	case "names":
		flatten(values, "language", main("cldr-localenames-full/languages.json", "localeDisplayNames", "languages"), all)
		flatten(values, "script", main("cldr-localenames-full/scripts.json", "localeDisplayNames", "scripts"), all)
		flatten(values, "region", main("cldr-localenames-full/territories.json", "localeDisplayNames", "territories"), all)
		flatten(values, "variant", main("cldr-localenames-full/variants.json", "localeDisplayNames", "variants"), all)
		names := main("cldr-localenames-full/localeDisplayNames.json", "localeDisplayNames")
		flatten(values, "pattern", object(names, "localeDisplayPattern"), all)
		flatten(values, "calendar", object(names, "types", "calendar"), all)
	case "misc":
		flatten(values, "list", main("cldr-misc-full/listPatterns.json", "listPatterns"), all)
		flatten(values, "order", main("cldr-misc-full/layout.json", "layout", "orientation"), all)
		flatten(values, "field", main("cldr-dates-full/dateFields.json", "dates", "fields"), func(path string) bool {
			for _, day := range []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} {
				if path == "field/"+day || strings.HasPrefix(path, "field/"+day+"-") {
					return false
				}
			}
			return without("weekOfMonth", "dayOfYear", "weekdayOfMonth", "relativePeriod")(path)
		})
	}
	return values
}

// supplement has the data that belong to no locale.
func supplement(locales []string) map[string]string {
	out := map[string]string{}
	for _, l := range locales {
		if l != "und" {
			out["locale/"+l] = "1"
		}
	}
	supplemental := func(file string, path ...string) map[string]any {
		return object(read("cldr-core/supplemental/"+file+".json"), append([]string{"supplemental"}, path...)...)
	}
	text := func(v any, name string) string {
		s, _ := object(v)[name].(string)
		return s
	}
	for kind, list := range supplemental("aliases", "metadata", "alias") {
		kind = strings.TrimSuffix(kind, "Alias")
		if kind == "zone" {
			continue
		}
		for from, v := range object(list) {
			out["alias/"+kind+"/"+from] = text(v, "_replacement")
		}
	}
	for from, to := range supplemental("likelySubtags", "likelySubtags") {
		out["likely/"+from] = to.(string)
	}
	for l, p := range parents() {
		out["parent/"+l] = p
	}
	for region, v := range supplemental("timeData", "timeData") {
		out["hours/"+region] = text(v, "_preferred") + " " + text(v, "_allowed")
	}
	for _, kind := range []string{"minDays", "firstDay", "weekendStart", "weekendEnd"} {
		for region, v := range supplemental("weekData", "weekData", kind) {
			if s, ok := v.(string); ok && !strings.Contains(region, "-alt-") {
				out["week/"+kind+"/"+region] = s
			}
		}
	}
	for region, v := range supplemental("calendarPreferenceData", "calendarPreferenceData") {
		var names []string
		for _, n := range v.([]any) {
			names = append(names, n.(string))
		}
		out["calendars/"+region] = strings.Join(names, " ")
	}
	for _, kind := range []string{"cardinal", "ordinal"} {
		file := map[string]string{"cardinal": "plurals", "ordinal": "ordinals"}[kind]
		for l, v := range supplemental(file, "plurals-type-"+kind) {
			var rules []string
			for _, c := range []string{"zero", "one", "two", "few", "many", "other"} {
				if rule, ok := object(v)["pluralRule-count-"+c].(string); ok {
					rule, _, _ = strings.Cut(rule, "@")
					rules = append(rules, c+":"+strings.TrimSpace(rule))
				}
			}
			out["plural/"+kind+"/"+l] = strings.Join(rules, ";")
		}
	}
	for l, v := range supplemental("pluralRanges", "plurals") {
		var rules []string
		for key, result := range object(v) {
			key = strings.TrimPrefix(key, "pluralRange-start-")
			start, end, _ := strings.Cut(key, "-end-")
			rules = append(rules, start+" "+end+" "+result.(string))
		}
		sort.Strings(rules)
		out["plural/range/"+l] = strings.Join(rules, ";")
	}
	for l, v := range supplemental("dayPeriods", "dayPeriodRuleSet") {
		var rules []string
		for name, r := range object(v) {
			from, before := text(r, "_from"), text(r, "_before")
			if at := text(r, "_at"); at != "" {
				from, before = at, at
			}
			rules = append(rules, name+" "+from[:2]+" "+before[:2])
		}
		sort.Strings(rules)
		out["dayPeriods/"+l] = strings.Join(rules, ";")
	}
	var zones func(prefix string, v any)
	zones = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, x := range v {
				zones(prefix+"/"+name, x)
			}
		case []any:
			var uses []string
			for _, u := range v {
				m := object(u, "usesMetazone")
				uses = append(uses, text(m, "_mzone")+","+text(m, "_from")+","+text(m, "_to"))
			}
			out["metazone"+prefix] = strings.Join(uses, ";")
		}
	}
	zones("", supplemental("metaZones", "metaZones", "metazoneInfo", "timezone"))
	for _, v := range object(read("cldr-core/supplemental/metaZones.json"), "supplemental", "metaZones")["metazones"].([]any) {
		m := object(v, "mapZone")
		out["mapzone/"+text(m, "_other")+"/"+text(m, "_territory")] = text(m, "_type")
	}
	for region, zone := range supplemental("primaryZones", "primaryZones") {
		out["primaryzone/"+region] = zone.(string)
	}
	for name, v := range supplemental("numberingSystems", "numberingSystems") {
		if text(v, "_type") == "numeric" {
			out["digits/"+name] = text(v, "_digits")
		}
	}
	for code, v := range supplemental("currencyData", "currencyData", "fractions") {
		out["currency/"+code] = text(v, "_digits")
	}
	inUse := map[string]bool{}
	for _, list := range supplemental("currencyData", "currencyData", "region") {
		for _, v := range list.([]any) {
			for code, use := range object(v) {
				if text(use, "_tender") != "false" && text(use, "_to") == "" {
					inUse[code] = true
				}
			}
		}
	}
	// ICU has these still, or without a region.
	for _, code := range strings.Fields("ANG BGN CUC HRK SLL SVC XDR XSU ZWL") {
		inUse[code] = true
	}
	for code := range inUse {
		out["tender/"+code] = "1"
	}
	// Keys of BCP 47's extensions: which values there are and what they are called now.
	files, _ := filepath.Glob(filepath.Join(root, "cldr-bcp47/bcp47/*.json"))
	for _, file := range files {
		for ext, keys := range object(read("cldr-bcp47/bcp47/"+filepath.Base(file)), "keyword") {
			if ext != "u" && ext != "t" {
				continue
			}
			for key, types := range object(keys) {
				for name, v := range object(types) {
					if strings.HasPrefix(name, "_") {
						continue
					}
					if key == "tz" {
						if p := text(v, "_preferred"); p != "" {
							out["type/tz/"+name] = p
						}
						aliases := strings.Fields(text(v, "_alias"))
						if len(aliases) == 0 {
							continue
						}
						region := strings.ToUpper(name[:2])
						out["zone/"+name] = aliases[0]
						if iana := text(v, "_iana"); iana != "" {
							out["iana/"+aliases[0]] = iana
						}
						for _, a := range aliases {
							out["zonealias/"+a] = aliases[0]
						}
						out["zoneregion/"+aliases[0]] = region
						continue
					}
					if (key == "ca" || key == "co") && v != nil && object(v)["_deprecated"] == nil {
						out["value/"+key+"/"+name] = "1"
					}
					to := text(v, "_preferred")
					for _, a := range strings.Fields(text(v, "_alias")) {
						if to == "" || a != to {
							out["type/"+key+"/"+a] = name
						}
					}
					if to != "" {
						out["type/"+key+"/"+name] = to
					}
				}
			}
		}
	}
	defaults, _ := object(read("cldr-core/defaultContent.json"))["defaultContent"].([]any)
	for _, l := range defaults {
		out["default/"+l.(string)] = "1"
	}
	return out
}

// write makes the table of a section: the keys, then for each language its locales' values in the order of the keys, each with the number
// of keys before it that the locale has from its parent or not at all.
func write(section string, locales []string, values map[string]map[string]string, parents map[string]string) {
	set := map[string]bool{}
	for _, v := range values {
		for key := range v {
			set[key] = true
		}
	}
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	families := map[string][]string{}
	var order []string
	for _, l := range locales {
		family, _, _ := strings.Cut(l, "-")
		if families[family] == nil {
			order = append(order, family)
		}
		families[family] = append(families[family], l)
	}
	sort.Strings(order)
	var body bytes.Buffer
	var index []string
	add := func(name string, text string) {
		start := body.Len()
		w := brotli.NewWriterOptions(&body, brotli.WriterOptions{Quality: 11, LGWin: 22})
		w.Write([]byte(text))
		w.Close()
		index = append(index, fmt.Sprintf("%s %d %d", name, start, body.Len()-start))
	}
	add("", strings.Join(keys, "\n"))
	for _, family := range order {
		var text strings.Builder
		for i, l := range families[family] {
			if i > 0 {
				text.WriteByte('\n')
			}
			text.WriteString(l)
			gap := 0
			put := func(v string) {
				text.WriteByte(0)
				if gap > 0 {
					text.WriteString(strconv.FormatInt(int64(gap), 36))
				}
				text.WriteString("=" + strings.ReplaceAll(v, "\n", " "))
				gap = 0
			}
			for _, key := range keys {
				v, ok := values[l][key]
				up, found := "", false
				if l != "und" {
					p := parentOf(l, parents)
					if up, found = resolve(p, key, values, parents); section == "zones" {
						for values[p] == nil {
							p = parentOf(p, parents)
						}
						up, found = values[p][key]
					}
				}
				switch {
				case ok && (!found || up != v):
					put(v)
				case !ok && found && up != "" && section == "zones":
					// Names of zones that a locale's parent has and it has not are not to be used.
					put("\x02")
				default:
					gap++
				}
			}
		}
		add(family, text.String())
	}
	head := strings.Join(index, "\n")
	out := binary.AppendUvarint(nil, uint64(len(head)))
	out = append(append(out, head...), body.Bytes()...)
	if err := os.WriteFile("data/"+section+".table", out, 0o644); err != nil {
		panic(err)
	}
	fmt.Println(section, len(keys), "keys", len(out), "bytes")
}

// resolve is a value as a reader of the table finds it.
func resolve(l, key string, values map[string]map[string]string, parents map[string]string) (string, bool) {
	for {
		if v, ok := values[l][key]; ok {
			return v, true
		}
		if l == "und" {
			return "", false
		}
		l = parentOf(l, parents)
	}
}
