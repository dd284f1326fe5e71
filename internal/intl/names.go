package intl

import (
	"strings"

	"gonode/internal/cldr"
)

// DisplayNames says what languages, regions, scripts, currencies, calendars and fields of dates are called.
type DisplayNames struct {
	locale, kind, style string
	dialect             bool
}

// NewDisplayNames has the kind and style that ECMA-402's options name; dialect has "en-GB" called British English.
func NewDisplayNames(locale, kind, style string, dialect bool) *DisplayNames {
	return &DisplayNames{dataLocale(locale), kind, style, dialect}
}

// Canonical is a code of this kind in its canonical form; ok is false if it is not shaped as one.
func (d *DisplayNames) Canonical(code string) (s string, ok bool) {
	switch d.kind {
	case "language":
		t, ok := Canonicalize(code)
		if !ok || t.Base() != t.String() {
			return "", false
		}
		return t.String(), true
	case "region":
		return strings.ToUpper(code), IsRegion(code)
	case "script":
		if !IsScript(code) {
			return "", false
		}
		return title(code), true
	case "currency":
		return strings.ToUpper(code), len(code) == 3 && alpha(code)
	case "calendar":
		return strings.ToLower(code), IsType(code)
	}
	_, ok = fieldNames(code)
	return code, ok
}

// fieldNames is what CLDR calls a field of dates.
func fieldNames(code string) (string, bool) {
	switch code {
	case "era", "year", "quarter", "month", "weekday", "day", "hour", "minute", "second":
		return code, true
	case "weekOfYear":
		return "week", true
	case "dayPeriod":
		return "dayperiod", true
	case "timeZoneName":
		return "zone", true
	}
	return "", false
}

// Of is the name of a canonical code, empty if there is none.
func (d *DisplayNames) Of(code string) string {
	t := cldr.Names.Of(d.locale)
	switch d.kind {
	case "language":
		return d.language(t, code)
	case "region", "script":
		return d.styled(t, d.kind+"/"+code)
	case "currency":
		return cldr.Currencies.Of(d.locale).Get(code + "/displayName")
	case "calendar":
		name := code
		switch code {
		case "gregory":
			name = "gregorian"
		case "ethioaa":
			name = "ethiopic-amete-alem"
		}
		return t.Get("calendar/" + name)
	}
	name, _ := fieldNames(code)
	m := cldr.Misc.Of(d.locale)
	suffix := map[string]string{"short": "-short", "narrow": "-narrow"}[d.style]
	if s := m.Get("field/" + name + suffix + "/displayName"); s != "" {
		return s
	}
	return m.Get("field/" + name + "/displayName")
}

func (d *DisplayNames) styled(t *cldr.Table, key string) string {
	if d.style == "short" || d.style == "narrow" {
		if s := t.Get(key + "-alt-short"); s != "" {
			return s
		}
	}
	return t.Get(key)
}

// language puts a language's name together from those of its parts.
func (d *DisplayNames) language(t *cldr.Table, code string) string {
	tag, _ := Parse(code)
	name := ""
	rest := tag
	if d.dialect {
		for _, try := range []Tag{
			{Language: tag.Language, Script: tag.Script, Region: tag.Region},
			{Language: tag.Language, Script: tag.Script},
			{Language: tag.Language, Region: tag.Region},
		} {
			if try.Script == "" && try.Region == "" || try.Region == "" && tag.Region != "" {
				continue
			}
			if name = d.styled(t, "language/"+try.Base()); name != "" {
				if try.Script != "" {
					rest.Script = ""
				}
				if try.Region != "" {
					rest.Region = ""
				}
				break
			}
		}
	}
	if name == "" {
		if name = d.styled(t, "language/"+tag.Language); name == "" {
			if rest.Script == "" && rest.Region == "" && len(rest.Variants) == 0 {
				return ""
			}
			name = tag.Language
		}
	}
	var details []string
	if rest.Script != "" {
		s := t.Get("script/" + rest.Script + "-alt-stand-alone")
		if v := d.styled(t, "script/"+rest.Script); v != "" {
			s = v
		}
		if s == "" {
			s = rest.Script
		}
		details = append(details, s)
	}
	if rest.Region != "" {
		s := d.styled(t, "region/"+rest.Region)
		if s == "" {
			s = rest.Region
		}
		details = append(details, s)
	}
	for _, v := range rest.Variants {
		s := t.Get("variant/" + strings.ToUpper(v))
		if s == "" {
			s = strings.ToUpper(v)
		}
		details = append(details, s)
	}
	if len(details) == 0 {
		return name
	}
	// Brackets within brackets become square ones.
	open, shut := "(", ")"
	pattern := t.Get("pattern/localePattern")
	if strings.Contains(pattern, "（") {
		open, shut = "（", "）"
	}
	square := func(s string) string {
		if open == "（" {
			return strings.NewReplacer("（", "［", "）", "］", "(", "［", ")", "］").Replace(s)
		}
		return strings.NewReplacer("(", "[", ")", "]").Replace(s)
	}
	_ = shut
	joined := square(details[0])
	separator := t.Get("pattern/localeSeparator")
	for _, s := range details[1:] {
		joined = strings.NewReplacer("{0}", joined, "{1}", square(s)).Replace(separator)
	}
	return strings.NewReplacer("{0}", square(name), "{1}", joined).Replace(pattern)
}
