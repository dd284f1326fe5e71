package regex

import (
	"strings"
	"testing"
)

func bench(b *testing.B, source, flags, text string, all bool) {
	f, _ := ParseFlags(flags)
	p, err := Compile(units(source), f)
	if err != nil {
		b.Fatal(err)
	}
	m := &Matcher{}
	b.ReportAllocs()
	for b.Loop() {
		pos := 0
		for {
			ok, _ := m.MatchText(p, text, pos, false)
			if !ok || !all {
				break
			}
			pos = max(int(m.Caps[1]), pos+1)
		}
	}
}

var long = strings.Repeat(`{"id":"user name12@example.com","score":12.5,"text":"some more text and words to go over"},`, 1000)

func BenchmarkShort(b *testing.B)   { bench(b, `^\/a(\d+)\/x$`, "", "/a12/x", false) }
func BenchmarkMail(b *testing.B)    { bench(b, `([a-z]+)(\d+)@([a-z]+)\.com`, "", long, true) }
func BenchmarkScore(b *testing.B)   { bench(b, `"score":\d+(\.\d+)?`, "", long, true) }
func BenchmarkUser(b *testing.B)    { bench(b, `user\s+name`, "", long, true) }
func BenchmarkSplit(b *testing.B)   { bench(b, `[,{}]+`, "", long, true) }
func BenchmarkWords(b *testing.B)   { bench(b, `(?:\w+|")\s*`, "", long, true) }
func BenchmarkNestedI(b *testing.B) { bench(b, `(foo|bar|USER)\s+(\w+)`, "i", long, true) }
func BenchmarkRunaway(b *testing.B) { bench(b, `^(a+)+$`, "", strings.Repeat("a", 2000)+"b", false) }
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		Compile(units(`([a-z]+)(\d+)@([a-z]+)\.com`), 0)
	}
}
func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		Check(units(`([a-z]+)(\d+)@([a-z]+)\.com`), 0)
	}
}
