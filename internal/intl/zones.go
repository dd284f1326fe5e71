package intl

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // where the system has no database of zones, as in an empty container; nothing of it is read before it is needed

	"gonode/internal/cldr"
)

var zones struct {
	sync.Mutex
	names map[string]string // canonical names of zones by all names in lower case
	known map[string]*Zone
}

// FindZone is a time zone by any of its names, in any case, or by an offset as "+01:30".
func FindZone(name string) (*Zone, bool) {
	if offset, ok := parseOffset(name); ok {
		sign := "+"
		n := offset
		if n < 0 {
			sign, n = "-", -n
		}
		return &Zone{Name: sign + pad(n/3600, 2) + ":" + pad(n/60%60, 2), offset: offset}, true
	}
	zones.Lock()
	defer zones.Unlock()
	if name == "UTC" {
		return &utc, true
	}
	loadZones()
	for i := range len(name) {
		if name[i] >= 0x80 {
			return nil, false
		}
	}
	canonical, ok := zones.names[strings.ToLower(name)]
	if !ok {
		return nil, false
	}
	if z := zones.known[canonical]; z != nil {
		return z, true
	}
	if canonical == "UTC" {
		return &utc, true
	}
	z := &Zone{Name: canonical}
	if location, err := time.LoadLocation(canonical); err == nil {
		z.location = location
	} else if location, err = time.LoadLocation(name); err == nil {
		z.location = location // the system's database may have it under another name only
	} else {
		return nil, false
	}
	zones.known[canonical] = z
	return z, true
}

var utc = Zone{Name: "UTC"}

func loadZones() {
	if zones.names != nil {
		return
	}
	zones.names, zones.known = map[string]string{}, map[string]*Zone{}
	cldr.EachSupplemental("zonealias/", func(alias, canonical string) {
		switch canonical {
		case "Etc/UTC", "Etc/GMT":
			canonical = "UTC"
		}
		zones.names[strings.ToLower(alias)] = canonical
	})
	for _, name := range [...]string{"utc", "gmt", "etc/utc", "etc/gmt"} {
		zones.names[name] = "UTC"
	}
	delete(zones.names, "etc/unknown")
}

// zoneNames are the canonical names of the zones that have a place.
func zoneNames() []string {
	zones.Lock()
	defer zones.Unlock()
	loadZones()
	seen := map[string]bool{}
	var list []string
	for _, canonical := range zones.names {
		if !seen[canonical] && (strings.Contains(canonical, "/") && !strings.HasPrefix(canonical, "Etc/") && !strings.HasPrefix(canonical, "SystemV/")) {
			seen[canonical] = true
			list = append(list, canonical)
		}
	}
	return list
}

func parseOffset(s string) (seconds int, ok bool) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	rest := s[1:]
	hours, minutes := "", ""
	switch {
	case len(rest) == 2:
		hours = rest
	case len(rest) == 4:
		hours, minutes = rest[:2], rest[2:]
	case len(rest) == 5 && rest[2] == ':':
		hours, minutes = rest[:2], rest[3:]
	default:
		return 0, false
	}
	if !digits(hours + minutes) {
		return 0, false
	}
	h := int(hours[0]-'0')*10 + int(hours[1]-'0')
	m := 0
	if minutes != "" {
		m = int(minutes[0]-'0')*10 + int(minutes[1]-'0')
	}
	if h > 23 || m > 59 {
		return 0, false
	}
	seconds = h*3600 + m*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// zoneNamer writes time zones in a locale.
type zoneNamer struct {
	locale  string
	t       *cldr.Table
	symbols symbols
}

func (z *zoneNamer) canonical(zone *Zone) string {
	if zone.Name == "UTC" {
		return "Etc/UTC"
	}
	if c := cldr.Supplemental("zonealias/" + zone.Name); c != "" {
		return c
	}
	return zone.Name
}

// metazone is the zone whose names hold for a zone at a moment.
func metazone(canonical string, millis float64) string {
	uses := cldr.Supplemental("metazone/" + canonical)
	at := time.UnixMilli(int64(millis)).UTC().Format("2006-01-02 15:04")
	if millis < -62135596800000 {
		at = ""
	}
	for use := range strings.SplitSeq(uses, ";") {
		f := strings.Split(use, ",")
		if len(f) == 3 && f[1] == "" {
			f[1] = "1970-01-01 00:00"
		}
		if len(f) == 3 && at >= f[1] && (f[2] == "" || at < f[2]) {
			return f[0]
		}
	}
	return ""
}

// get reads a name; CLDR's sign for "none here" counts as none.
func (z *zoneNamer) get(key string) string {
	s := z.t.Get(key)
	if s == "∅∅∅" {
		return ""
	}
	return s
}

// specific is the name with standard or summer time in it, empty if there is none.
func (z *zoneNamer) specific(canonical string, f *fields, length, kind string) string {
	if s := z.get("zone/" + canonical + "/" + length + "/" + kind); s != "" {
		return s
	}
	if mz := metazone(canonical, f.millis); mz != "" {
		return z.get("metazone/" + mz + "/" + length + "/" + kind)
	}
	return ""
}

// name writes a zone as a letter of patterns says.
func (z *zoneNamer) name(letter byte, n int, f *fields, zone *Zone) string {
	long := n >= 4
	length := "short"
	if long {
		length = "long"
	}
	canonical := z.canonical(zone)
	offsetOnly := zone.location == nil && zone.Name != "UTC"
	switch letter {
	case 'z':
		if offsetOnly {
			break
		}
		kind := "standard"
		if f.daylight {
			kind = "daylight"
		}
		if s := z.specific(canonical, f, length, kind); s != "" {
			return s
		}
	case 'v':
		if offsetOnly || zone.Name == "UTC" {
			break
		}
		if s := z.generic(canonical, f, zone, length); s != "" {
			return s
		}
		return z.location(canonical)
	}
	return z.offset(f.offset, long)
}

// offset writes "GMT+1" or "GMT+01:00".
func (z *zoneNamer) offset(seconds int, long bool) string {
	positive, negative, _ := strings.Cut(z.t.Get("hourFormat"), ";")
	pattern := positive
	if seconds < 0 {
		pattern, seconds = negative, -seconds
	}
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case 'H':
			for i+1 < len(pattern) && pattern[i+1] == 'H' {
				i++
			}
			if long {
				b.WriteString(pad(h, 2))
			} else {
				b.WriteString(itoa(h))
			}
			// Up to the minutes it is the separator.
			j := strings.IndexByte(pattern[i+1:], 'm')
			separator := pattern[i+1 : i+1+j]
			if !long && m == 0 && s == 0 {
				i = len(pattern) // what is behind the minutes goes with them
				break
			}
			if long || m != 0 || s != 0 {
				b.WriteString(separator + pad(m, 2))
			}
			if s != 0 {
				b.WriteString(separator + pad(s, 2))
			}
			i += j + 2
		default:
			b.WriteByte(pattern[i])
		}
	}
	return strings.Replace(z.t.Get("gmtFormat"), "{0}", z.symbols.write(b.String()), 1)
}

// generic is the name without standard or summer time.
func (z *zoneNamer) generic(canonical string, f *fields, zone *Zone, length string) string {
	if s := z.get("zone/" + canonical + "/" + length + "/generic"); s != "" {
		return s
	}
	mz := metazone(canonical, f.millis)
	if mz == "" {
		return ""
	}
	name := z.get("metazone/" + mz + "/" + length + "/generic")
	if !f.daylight && !zone.hasDaylight(int64(f.millis)) {
		if s := z.specific(canonical, f, length, "standard"); s != "" && !strings.EqualFold(s, name) {
			return s
		}
	}
	if name == "" {
		return ""
	}
	// The name is that of a reference zone; where it shows another time, the place is added.
	region := ""
	if t, ok := Parse(z.locale); ok {
		region = t.region()
	}
	golden := cldr.Supplemental("mapzone/" + mz + "/" + region)
	if golden == "" {
		golden = cldr.Supplemental("mapzone/" + mz + "/001")
	}
	if golden == canonical {
		return name
	}
	reference, ok := FindZone(golden)
	if !ok {
		return name
	}
	offset, daylight := reference.at(int64(f.millis))
	if offset == f.offset && daylight == f.daylight {
		return name
	}
	return strings.NewReplacer("{0}", z.place(canonical, mz), "{1}", name).Replace(z.t.Get("fallbackFormat"))
}

// place is what stands for a zone in a partial name: its country, or its city.
func (z *zoneNamer) place(canonical, mz string) string {
	region := cldr.Supplemental("zoneregion/" + canonical)
	if region != "" && cldr.Supplemental("mapzone/"+mz+"/"+region) == canonical {
		if s := cldr.Names.Of(z.locale).Get("region/" + region); s != "" {
			return s
		}
	}
	return z.city(canonical)
}

func (z *zoneNamer) city(canonical string) string {
	if s := z.get("zone/" + canonical + "/exemplarCity"); s != "" {
		return s
	}
	i := strings.LastIndexByte(canonical, '/')
	return strings.ReplaceAll(canonical[i+1:], "_", " ")
}

// location names a zone by its country if it is the only or the main one there, or by its city.
func (z *zoneNamer) location(canonical string) string {
	region := cldr.Supplemental("zoneregion/" + canonical)
	name := z.city(canonical)
	if region != "" && region != "UT" {
		single := 0
		cldr.EachSupplemental("zoneregion/", func(_, r string) {
			if r == region {
				single++
			}
		})
		if single == 1 || cldr.Supplemental("primaryzone/"+region) == canonical {
			if s := cldr.Names.Of(z.locale).Get("region/" + region); s != "" {
				name = s
			}
		}
	}
	return strings.Replace(z.t.Get("regionFormat"), "{0}", name, 1)
}
