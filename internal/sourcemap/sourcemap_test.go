package sourcemap

import "testing"

func TestFind(t *testing.T) {
	one := Payload{Sources: []string{"a.ts", "b.ts"}, Names: []string{"foo"}, Mappings: "AAAA,IAAIA;EACF,GCDG;;I"}
	nested := Payload{Sections: []Section{{Map: &one}}}
	nested.Sections[0].Offset.Line = 10
	for _, p := range []*Payload{&one, &nested} {
		m, err := Parse(p)
		if err != nil {
			t.Fatal(err)
		}
		down := m.entries[0].Line
		for _, c := range []struct {
			line, column int
			want         Entry
		}{
			{0, 0, Entry{Line: 0, Source: "a.ts", HasSource: true}},
			{0, 3, Entry{Line: 0, Source: "a.ts", HasSource: true}},
			{0, 99, Entry{Line: 0, Column: 4, Source: "a.ts", HasSource: true, OriginalColumn: 4, Name: "foo", HasName: true}},
			{1, 2, Entry{Line: 1, Column: 2, Source: "a.ts", HasSource: true, OriginalLine: 1, OriginalColumn: 2, Name: "foo", HasName: true}},
			{1, 5, Entry{Line: 1, Column: 5, Source: "b.ts", HasSource: true, OriginalLine: 0, OriginalColumn: 5, Name: "foo", HasName: true}},
			{7, 0, Entry{Line: 3, Column: 4}},
		} {
			c.want.Line += down
			if e := m.Find(c.line+down, c.column); e == nil || *e != c.want {
				t.Errorf("%d:%d: %+v, want %+v", c.line, c.column, e, c.want)
			}
		}
	}
	for _, bad := range []string{"A!", "AAAAAA", "AA", "AEAA", "g", "AAAAG", "ggggggggggggggggA"} {
		if _, err := Parse(&Payload{Sources: []string{"x"}, Mappings: bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestComment(t *testing.T) {
	for text, want := range map[string]string{
		"a\n//# sourceMappingURL=x.map\n":                            "x.map",
		"a //@ sourceMappingURL=y.map b\n//# sourceMappingURL=z.map": "z.map",
		"'//# sourceMappingURL=x.map'":                               "",
		"f(\"//# sourceMappingURL=x.map\")":                          "",
		"'a' //# sourceMappingURL=x.map":                             "x.map",
		"/*# sourceMappingURL=x.map */":                              "",
		"":                                                           "",
	} {
		if got := Comment(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
