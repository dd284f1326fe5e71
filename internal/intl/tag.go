package intl

import (
	"slices"
	"sort"
	"strings"

	"gonode/internal/cldr"
)

// Tag is a Unicode BCP 47 locale identifier, taken apart. Parse makes it; it is in canonical case.
type Tag struct {
	Language, Script, Region string
	Variants                 []string
	Attributes               []string  // of the extension u
	Keywords                 []Keyword // of the extension u
	transform                string    // the extension t, without "t-"
	others                   []string  // further extensions, each with its letter
	private                  string    // what follows x-
}

// Keyword is a key of the extension u, and its type, which is empty where it says true.
type Keyword struct{ Key, Type string }

func alpha(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func alnum(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// IsLanguage tells whether s is shaped as a language's subtag.
func IsLanguage(s string) bool {
	return (len(s) == 2 || len(s) == 3 || len(s) >= 5 && len(s) <= 8) && alpha(s)
}

// IsScript tells whether s is shaped as a script's subtag.
func IsScript(s string) bool { return len(s) == 4 && alpha(s) }

// IsRegion tells whether s is shaped as a region's subtag.
func IsRegion(s string) bool { return len(s) == 2 && alpha(s) || len(s) == 3 && digits(s) }

// IsVariant tells whether s is shaped as a variant's subtag.
func IsVariant(s string) bool {
	return len(s) >= 5 && len(s) <= 8 && alnum(s) || len(s) == 4 && digits(s[:1]) && alnum(s)
}

// IsType tells whether s is shaped as the type of a keyword.
func IsType(s string) bool {
	for part := range strings.SplitSeq(s, "-") {
		if len(part) < 3 || len(part) > 8 || !alnum(part) {
			return false
		}
	}
	return true
}

// Parse reads a tag; ok tells whether it is structurally valid.
func Parse(s string) (t Tag, ok bool) {
	parts := strings.Split(strings.ToLower(s), "-")
	n, ok := t.base(parts)
	if !ok {
		return t, false
	}
	parts = parts[n:]
	seen := map[string]bool{}
	for len(parts) > 0 {
		letter := parts[0]
		if len(letter) != 1 || !alnum(letter) {
			return t, false
		}
		if letter == "x" {
			for _, p := range parts[1:] {
				if p == "" || len(p) > 8 || !alnum(p) {
					return t, false
				}
			}
			if len(parts) == 1 {
				return t, false
			}
			t.private = strings.Join(parts[1:], "-")
			break
		}
		end := 1
		for end < len(parts) && len(parts[end]) != 1 {
			if len(parts[end]) < 2 || len(parts[end]) > 8 || !alnum(parts[end]) {
				return t, false
			}
			end++
		}
		if end == 1 || seen[letter] {
			return t, false
		}
		seen[letter] = true
		body := parts[1:end]
		switch letter {
		case "u":
			ok = t.unicode(body)
		case "t":
			ok = t.transforms(body)
		default:
			t.others = append(t.others, letter+"-"+strings.Join(body, "-"))
		}
		if !ok {
			return t, false
		}
		parts = parts[end:]
	}
	sort.Strings(t.others)
	return t, true
}

// base reads language, script, region and variants, and says how many subtags these are.
func (t *Tag) base(parts []string) (int, bool) {
	if !IsLanguage(parts[0]) {
		return 0, false
	}
	t.Language = parts[0]
	i := 1
	if i < len(parts) && IsScript(parts[i]) {
		t.Script = title(parts[i])
		i++
	}
	if i < len(parts) && IsRegion(parts[i]) {
		t.Region = strings.ToUpper(parts[i])
		i++
	}
	for i < len(parts) && IsVariant(parts[i]) {
		if slices.Contains(t.Variants, parts[i]) {
			return 0, false
		}
		t.Variants = append(t.Variants, parts[i])
		i++
	}
	sort.Strings(t.Variants)
	return i, true
}

func title(s string) string { return strings.ToUpper(s[:1]) + strings.ToLower(s[1:]) }

func (t *Tag) unicode(parts []string) bool {
	i := 0
	for i < len(parts) && len(parts[i]) > 2 {
		if !slices.Contains(t.Attributes, parts[i]) {
			t.Attributes = append(t.Attributes, parts[i])
		}
		i++
	}
	sort.Strings(t.Attributes)
	for i < len(parts) {
		key := parts[i]
		if !alpha(key[1:]) {
			return false
		}
		start := i + 1
		for i++; i < len(parts) && len(parts[i]) > 2; i++ {
		}
		if _, has := t.Keyword(key); !has {
			t.SetKeyword(key, strings.Join(parts[start:i], "-"))
		}
	}
	return true
}

// transforms reads the extension t: a language, and fields.
func (t *Tag) transforms(parts []string) bool {
	isField := func(s string) bool { return len(s) == 2 && alpha(s[:1]) && digits(s[1:]) }
	var source Tag
	n := 0
	text := ""
	if !isField(parts[0]) {
		var ok bool
		if n, ok = source.base(parts); !ok {
			return false
		}
		source.canonicalize()
		text = strings.ToLower(source.Base())
	}
	var fields []string
	for n < len(parts) {
		if !isField(parts[n]) {
			return false
		}
		start := n
		for n++; n < len(parts) && len(parts[n]) > 2; n++ {
		}
		if n == start+1 {
			return false
		}
		value := strings.Join(parts[start+1:n], "-")
		if to := cldr.Supplemental("type/" + parts[start] + "/" + value); to != "" {
			value = to
		}
		for _, f := range fields {
			if f[:2] == parts[start] {
				return false
			}
		}
		fields = append(fields, parts[start]+"-"+value)
	}
	sort.Strings(fields)
	if text != "" {
		fields = append([]string{text}, fields...)
	}
	t.transform = strings.Join(fields, "-")
	return true
}

// Keyword is the type of a key of the extension u, and whether there is one.
func (t *Tag) Keyword(key string) (string, bool) {
	for _, k := range t.Keywords {
		if k.Key == key {
			return k.Type, true
		}
	}
	return "", false
}

// SetKeyword gives a key of the extension u a type.
func (t *Tag) SetKeyword(key, value string) {
	if value == "true" {
		value = ""
	}
	for i, k := range t.Keywords {
		if k.Key == key {
			t.Keywords = slices.Clone(t.Keywords)
			t.Keywords[i].Type = value
			return
		}
	}
	t.Keywords = append(t.Keywords[:len(t.Keywords):len(t.Keywords)], Keyword{key, value})
	sort.Slice(t.Keywords, func(i, j int) bool { return t.Keywords[i].Key < t.Keywords[j].Key })
}

// DropKeyword takes a key of the extension u away.
func (t *Tag) DropKeyword(key string) {
	t.Keywords = slices.DeleteFunc(slices.Clone(t.Keywords), func(k Keyword) bool { return k.Key == key })
}

// Base is the tag without its extensions.
func (t Tag) Base() string {
	s := t.Language
	if t.Script != "" {
		s += "-" + t.Script
	}
	if t.Region != "" {
		s += "-" + t.Region
	}
	for _, v := range t.Variants {
		s += "-" + v
	}
	return s
}

// String is the whole tag.
func (t Tag) String() string {
	extensions := slices.Clone(t.others)
	if len(t.Attributes)+len(t.Keywords) > 0 {
		u := "u"
		for _, a := range t.Attributes {
			u += "-" + a
		}
		for _, k := range t.Keywords {
			u += "-" + k.Key
			if k.Type != "" {
				u += "-" + k.Type
			}
		}
		extensions = append(extensions, u)
	}
	if t.transform != "" {
		extensions = append(extensions, "t-"+t.transform)
	}
	sort.Strings(extensions)
	s := t.Base()
	for _, e := range extensions {
		s += "-" + e
	}
	if t.private != "" {
		s += "-x-" + t.private
	}
	return s
}

// Canonicalize is a tag in the form that Unicode's annex C gives it; ok tells whether it is structurally valid.
func Canonicalize(s string) (Tag, bool) {
	t, ok := Parse(s)
	if !ok {
		return t, false
	}
	t.canonicalize()
	for i, k := range t.Keywords {
		t.Keywords[i].Type = CanonicalType(k.Key, k.Type)
	}
	return t, true
}

// CanonicalType is what a keyword's type is called now.
func CanonicalType(key, value string) string {
	switch {
	case value == "true":
		return ""
	case value == "yes" && (key == "kb" || key == "kc" || key == "kh" || key == "kk" || key == "kn"):
		return ""
	case key == "rg" || key == "sd":
		if to := cldr.Supplemental("alias/subdivision/" + value); to != "" {
			to, _, _ = strings.Cut(to, " ")
			if len(to) == 2 {
				to += "zzzz"
			}
			return strings.ToLower(to)
		}
		return value
	}
	if to := cldr.Supplemental("type/" + key + "/" + value); to != "" {
		if to == "true" {
			return ""
		}
		return to
	}
	return value
}

// canonicalize replaces what is deprecated by what holds now.
func (t *Tag) canonicalize() {
	for range 10 {
		before := t.Base()
		t.replaceLanguage()
		if t.Script != "" {
			if to := cldr.Supplemental("alias/script/" + t.Script); to != "" {
				t.Script = to
			}
		}
		if t.Region != "" {
			if to := cldr.Supplemental("alias/territory/" + t.Region); to != "" {
				t.Region = t.oneRegion(strings.Fields(to))
			}
		}
		for i, v := range t.Variants {
			if to := cldr.Supplemental("alias/variant/" + v); to != "" && IsVariant(to) {
				t.Variants[i] = to
			}
		}
		sort.Strings(t.Variants)
		t.Variants = slices.Compact(t.Variants)
		if t.Base() == before {
			return
		}
	}
}

// replaceLanguage applies the aliases that name a language, alone or with other subtags.
func (t *Tag) replaceLanguage() {
	try := func(language string) bool {
		done := false
		best, bestTo := "", ""
		consider := func(rest, to string) {
			if !t.covers(rest) {
				return
			}
			if done && strings.Count(rest, "-") <= strings.Count(best, "-") {
				return
			}
			best, bestTo, done = rest, to, true
		}
		cldr.EachSupplemental("alias/language/"+language+"-", consider)
		if !done && language != "und" {
			if to := cldr.Supplemental("alias/language/" + language); to != "" {
				best, bestTo, done = "", to, true
			}
		}
		if done {
			t.replace(best, bestTo)
		}
		return done
	}
	if !try(t.Language) {
		try("und")
	}
}

// covers tells whether the tag has all of these subtags.
func (t *Tag) covers(rest string) bool {
	for part := range strings.SplitSeq(rest, "-") {
		switch {
		case IsScript(part):
			if !strings.EqualFold(part, t.Script) {
				return false
			}
		case IsRegion(part):
			if !strings.EqualFold(part, t.Region) {
				return false
			}
		default:
			if !slices.Contains(t.Variants, strings.ToLower(part)) {
				return false
			}
		}
	}
	return true
}

// replace puts the subtags of an alias's replacement for those that it has matched.
func (t *Tag) replace(matched, to string) {
	var r Tag
	parts := strings.Split(strings.ToLower(strings.ReplaceAll(to, "_", "-")), "-")
	if _, ok := r.base(parts); !ok {
		return
	}
	if r.Language != "und" {
		t.Language = r.Language
	}
	if matched != "" {
		for part := range strings.SplitSeq(matched, "-") {
			switch {
			case IsScript(part):
				t.Script = ""
			case IsRegion(part):
				t.Region = ""
			default:
				t.Variants = slices.DeleteFunc(t.Variants, func(v string) bool { return strings.EqualFold(v, part) })
			}
		}
	}
	if t.Script == "" {
		t.Script = r.Script
	}
	if t.Region == "" {
		t.Region = r.Region
	}
	for _, v := range r.Variants {
		if !slices.Contains(t.Variants, v) {
			t.Variants = append(t.Variants, v)
		}
	}
	sort.Strings(t.Variants)
}

// oneRegion chooses among the regions that a former one has become.
func (t *Tag) oneRegion(list []string) string {
	if len(list) > 1 {
		likely := Tag{Language: t.Language, Script: t.Script}
		if full, ok := likely.Maximize(); ok && slices.Contains(list, full.Region) {
			return full.Region
		}
	}
	return list[0]
}

// Maximize adds the likely script and region; ok is false if nothing is known.
func (t Tag) Maximize() (Tag, bool) {
	if t.Language != "und" && t.Script != "" && t.Region != "" {
		return t, true
	}
	var tries []string
	add := func(parts ...string) {
		s := ""
		for _, p := range parts {
			if p == "" {
				return
			}
			s += "-" + p
		}
		tries = append(tries, s[1:])
	}
	add(t.Language, t.Script, t.Region)
	add(t.Language, t.Region)
	add(t.Language, t.Script)
	add(t.Language)
	if t.Language == "und" || t.Script != "" {
		add("und", t.Script)
	}
	for _, key := range tries {
		to := cldr.Supplemental("likely/" + key)
		if to == "" {
			continue
		}
		var r Tag
		if _, ok := r.base(strings.Split(strings.ToLower(to), "-")); !ok {
			continue
		}
		if t.Language == "und" {
			t.Language = r.Language
		}
		if t.Script == "" {
			t.Script = r.Script
		}
		if t.Region == "" {
			t.Region = r.Region
		}
		return t, true
	}
	return t, false
}

// Minimize takes away what Maximize would add.
func (t Tag) Minimize() Tag {
	full, ok := t.Maximize()
	if !ok {
		return t
	}
	same := func(script, region string) bool {
		m, ok := Tag{Language: full.Language, Script: script, Region: region}.Maximize()
		return ok && m.Language == full.Language && m.Script == full.Script && m.Region == full.Region
	}
	r := t
	r.Language, r.Script, r.Region = full.Language, "", ""
	switch {
	case same("", ""):
	case same("", full.Region):
		r.Region = full.Region
	case same(full.Script, ""):
		r.Script = full.Script
	default:
		r.Script, r.Region = full.Script, full.Region
	}
	return r
}

// Available is the longest beginning of a tag without extensions for which there is data, empty if there is none.
func Available(base string) string {
	for base != "" {
		if cldr.Has(base) {
			return base
		}
		if t, ok := Parse(base); ok && t.Script == "" && t.Region != "" && len(t.Variants) == 0 {
			// zh-TW has its data as zh-Hant-TW.
			if full, ok := t.Maximize(); ok && cldr.Has(full.Base()) {
				return base
			}
		}
		i := strings.LastIndexByte(base, '-')
		if i < 0 {
			return ""
		}
		if i >= 2 && base[i-2] == '-' {
			i -= 2
		}
		base = base[:i]
	}
	return ""
}

// dataLocale is where cldr has the data of an available locale.
func dataLocale(base string) string {
	if cldr.Has(base) {
		return base
	}
	if t, ok := Parse(base); ok {
		if full, ok := t.Maximize(); ok {
			return full.Base()
		}
	}
	return base
}
