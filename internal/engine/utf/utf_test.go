package utf

import "testing"

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
