package intl

import "testing"

func TestCanonicalize(t *testing.T) {
	for _, c := range [][2]string{
		{"en-us", "en-US"}, {"ZH-hant-TW", "zh-Hant-TW"}, {"iw", "he"}, {"sh", "sr-Latn"}, {"mo", "ro"}, {"art-lojban", "jbo"}, {"zh-cmn", "zh-cmn"},
		{"de-DD", "de-DE"}, {"ru-SU", "ru-RU"}, {"hy-SU", "hy-AM"}, {"en-u-kn-true-ca-islamicc", "en-u-ca-islamic-civil-kn"}, {"und-Qaai", "und-Zinh"},
		{"sl-rozaj-biske-1994", "sl-1994-biske-rozaj"}, {"en-x-private", "en-x-private"}, {"hy-arevela", "hy"}, {"en-t-jp-m0-true", "en-t-jp-m0-true"},
	} {
		got, ok := Canonicalize(c[0])
		if s := got.String(); ok && s != c[1] || !ok && c[1] != c[0] {
			t.Errorf("%s is %s, not %s", c[0], s, c[1])
		}
	}
	for _, s := range []string{"", "x", "en_US", "en-", "i-klingon", "en-a", "en-u", "de-1996-1996", "en-a-foo-a-bar", "x-priv", "abcd", "en-t-u-kn"} {
		if got, ok := Canonicalize(s); ok {
			t.Errorf("%q is %s, not refused", s, got)
		}
	}
}

func TestLikelySubtags(t *testing.T) {
	for _, c := range [][3]string{{"en", "en-Latn-US", "en"}, {"zh-TW", "zh-Hant-TW", "zh-TW"}, {"sr-Latn", "sr-Latn-RS", "sr-Latn"}, {"und-DE", "de-Latn-DE", "de"}, {"ar-EG", "ar-Arab-EG", "ar"}} {
		tag, _ := Parse(c[0])
		full, _ := tag.Maximize()
		if full.String() != c[1] || tag.Minimize().String() != c[2] {
			t.Errorf("%s: %s and %s", c[0], full, tag.Minimize())
		}
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		number, mode  string
		at, increment int
		want          string
	}{
		{"1.005", "halfExpand", -2, 1, "1.01"}, {"2.5", "halfEven", 0, 1, "2"}, {"-2.5", "ceil", 0, 1, "-2"}, {"-2.5", "floor", 0, 1, "-3"}, {"999.9", "halfExpand", 0, 1, "1000"},
		{"0.04", "halfExpand", -1, 1, "0"}, {"0.05", "expand", -1, 1, "0.1"}, {"1.23", "halfExpand", -2, 5, "1.25"}, {"1.22", "halfExpand", -2, 5, "1.20"}, {"12345", "trunc", 2, 1, "12300"},
		{"0.9", "halfTrunc", 0, 25, "0"}, {"13", "halfExpand", 0, 25, "25"}, {"12.5", "halfTrunc", 0, 25, "0"},
	} {
		d, _ := ParseDecimal(c.number)
		want, _ := ParseDecimal(c.want)
		if got := d.round(c.at, c.increment, c.mode); got.Compare(want) != 0 {
			t.Errorf("%s %s: %+v, not %s", c.number, c.mode, got, c.want)
		}
	}
}

func TestCalendars(t *testing.T) {
	utc, _ := FindZone("UTC")
	for _, c := range []struct {
		millis           float64
		calendar         string
		year, month, day int
	}{
		{1707102245067, "hebrew", 5784, 5, 26}, {1707102245067, "islamic-civil", 1445, 7, 25}, {1707102245067, "islamic-umalqura", 1445, 7, 24}, {1707102245067, "persian", 1402, 11, 16},
		{1707102245067, "japanese", 6, 2, 5}, {1707102245067, "buddhist", 2567, 2, 5}, {1707102245067, "roc", 113, 2, 5}, {-63549360000000, "gregory", 45, 3, 15},
	} {
		f := breakDown(c.millis, utc, c.calendar)
		if f.year != c.year || f.month != c.month || f.day != c.day {
			t.Errorf("%s: %d-%d-%d", c.calendar, f.year, f.month, f.day)
		}
	}
}

func TestCollator(t *testing.T) {
	for _, c := range []struct {
		o    CollatorOptions
		a, b string
		want int
	}{
		{CollatorOptions{Locale: "en"}, "a", "B", -1}, {CollatorOptions{Locale: "en"}, "a", "A", -1}, {CollatorOptions{Locale: "en", CaseFirst: "upper"}, "a", "A", 1},
		{CollatorOptions{Locale: "en", Sensitivity: "base"}, "a", "Á", 0}, {CollatorOptions{Locale: "en", Sensitivity: "accent"}, "a", "A", 0}, {CollatorOptions{Locale: "en", Sensitivity: "accent"}, "a", "á", -1},
		{CollatorOptions{Locale: "en", Sensitivity: "case"}, "a", "á", 0}, {CollatorOptions{Locale: "en", Sensitivity: "case"}, "a", "A", -1},
		{CollatorOptions{Locale: "en", Numeric: true}, "a10", "a9", 1}, {CollatorOptions{Locale: "en", IgnorePunctuation: true}, "co-op", "coop", 0}, {CollatorOptions{Locale: "sv"}, "z", "ä", -1}, {CollatorOptions{Locale: "de"}, "z", "ä", 1},
	} {
		if got := NewCollator(c.o).Compare(c.a, c.b); got != c.want {
			t.Errorf("%+v: %s and %s: %d", c.o, c.a, c.b, got)
		}
	}
}

func TestSegments(t *testing.T) {
	for granularity, want := range map[string]int{"grapheme": 14, "word": 5, "sentence": 2} {
		text := []uint16{}
		for _, r := range "Hi you. E\u0301 go: " {
			text = append(text, uint16(r))
		}
		if granularity == "word" {
			text = text[:8] // "Hi", " ", "you", ".", " "
		}
		if got := len(Segment(text, granularity).Ends); got != want {
			t.Errorf("%s: %d", granularity, got)
		}
	}
}
