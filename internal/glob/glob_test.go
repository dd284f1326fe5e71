package glob

import (
	"slices"
	"strings"
	"testing"
)

// The verdicts are those of path.matchesGlob in Node 24.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		file, pattern string
		want          bool
	}{
		{"a", "a/**", false}, {"a/", "a/**", true}, {"a/b", "a/**", true}, {".a", "*", false}, {"a/.b/c", "a/**", false},
		{"ab", "a[!c]", true}, {"a{b}", "a{b}", true}, {"a1", "a{1..3}", true}, {"x.js", "!(*.ts)", true},
		{"x.ts", "!(*.ts)", false}, {"ab", "+(a|b)", true}, {"", "*(a)", true}, {"a/b/c", "**/c", true}, {"c", "**/c", true},
		{".x", "@(.x|y)", true}, {`a\b`, "a/b", false}, {"a/b", `a\b`, true}, {"a//b", "a/b", true},
		{"A", "[[:upper:]]", true}, {"a]", "a[]]", true}, {"]", "[]]", true}, {"a/b/../c", "a/c", true},
		{"a", "./a", false}, {"./a", "a", false}, {"05", "{01..10}", true},
		{"ab", "!(a)b", false}, {"bb", "!(a)b", true}, {"ab", "!(a)*", false}, {"aab", "*(a)b", true}, {"x.d.ts", "!(*.d).ts", false},
		{"x.js", "*.!(ts)", true}, {"日本", "日?", true},
	} {
		if got := Match(Compile(c.pattern), c.file, false); got != c.want {
			t.Errorf("%q matches %q: %v", c.file, c.pattern, got)
		}
	}
}

// Patterns that a search by trying would not come to an end with.
func TestHostile(t *testing.T) {
	for _, c := range []struct{ file, pattern string }{
		{strings.Repeat("a", 60), strings.Repeat("+(a|aa|aaa)", 6) + "b"},
		{strings.Repeat("a", 200), strings.Repeat("*a", 20) + "b"},
		{strings.Repeat("a/", 100) + "b", strings.Repeat("**/a/", 20) + "c"},
		{"x", strings.Repeat("{a,b}", 25)},
		{"x", strings.Repeat("[", 20000)},
	} {
		if Match(Compile(c.pattern), c.file, false) {
			t.Errorf("%.40q matches", c.pattern)
		}
	}
}

func TestExpand(t *testing.T) {
	for text, want := range map[string][]string{
		"a{b,c{d,e}}f": {"abf", "acdf", "acef"}, "{a,b}{1,2}": {"a1", "a2", "b1", "b2"}, "{3..1}": {"3", "2", "1"},
		"{a..c}": {"a", "b", "c"}, "{x}": {"{x}"}, "{a,b": {"{a,b"}, "${a,b}": {"${a,b}"}, "{01..03..2}": {"01", "03"},
	} {
		if got := expand(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
