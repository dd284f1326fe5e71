package utf

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestIncomplete(t *testing.T) {
	for data, want := range map[string]int{"a": 0, "a\xe2\x82": 2, "\xe2": 1, "\xf0\x9f\x98": 3, "\xe2\x82\xac": 0, "\xe2\x41": 0, "\xed\xa0": 0,
		"\x82\x82\x82\x82": 0, "": 0} {
		if got := Incomplete([]byte(data)); got != want {
			t.Errorf("%x: got %d, want %d", data, got, want)
		}
	}
}

// The texts are those of TextDecoder in Node 24.
func TestText(t *testing.T) {
	for data, want := range map[string]string{"": "", "aé€😀": "aé€😀", "\ufeffa": "a", "\xff\xfe": "��", "\xe2\x82A\xf0\x9f\x98": "�A�", "\xed\xa0\x80": "���",
		"\xc0\x80\xf5": "���", "\ufeff\ufeff\x80": "\ufeff�", "�": "�"} {
		if got := Text(data); got != want {
			t.Errorf("%x: got %q, want %q", data, got, want)
		}
	}
}

// What Node 24 makes of texts with more marks in a row than golang.org/x/text leaves alone, and x/text of shorter ones.
func TestNormalize(t *testing.T) {
	dots := strings.Repeat("\u0323", 33)
	for _, c := range []struct {
		f          norm.Form
		text, want string
	}{
		{norm.NFC, "e\u0301\u0301" + dots + "x\u0301", "\u1eb9" + dots[2:] + "\u0301\u0301x\u0301"},
		{norm.NFD, "e\u0301\u0301" + dots + "x\u0301", "e" + dots + "\u0301\u0301x\u0301"},
		{norm.NFC, strings.Repeat("\u0344", 40), strings.Repeat("\u0308\u0301", 40)},
		{norm.NFC, "\u1100\u1161\u11a8" + dots + "\u0301", "\uac01" + dots + "\u0301"},
		{norm.NFD, "\uac01\u0301" + dots, "\u1100\u1161\u11a8" + dots + "\u0301"},
		{norm.NFKC, "\uff21\u0301" + dots + "\ufb01", "\u1ea0" + dots[2:] + "\u0301fi"},
		{norm.NFC, "é" + dots + "é" + dots, strings.Repeat("\u1eb9"+dots[2:]+"\u0301", 2)},
		{norm.NFC, "a" + dots + dots, "\u1ea1" + dots[2:] + dots},
	} {
		if got := Normalize(c.f, c.text); got != c.want {
			t.Errorf("%d of %+q: got %+q, want %+q", c.f, c.text, got, c.want)
		}
	}
	// What is done by hand is what x/text does where that has no limit to keep.
	for _, text := range []string{"e\u0301\u0323", "q\u0307\u0323", "é\u0323", "ᾳ\u0301", "\u0f71\u0f72\u0f74", "\u0344\u0323"} {
		for f := norm.NFC; f <= norm.NFKD; f++ {
			n := normalizer{f: f, runes: []rune(text), started: leadClass(text) == 0}
			if got, want := n.normalize(), f.String(text); got != want {
				t.Errorf("%d of %+q: got %+q, want %+q", f, text, got, want)
			}
		}
	}
}
