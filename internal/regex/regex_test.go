package regex

import (
	"errors"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// oracle is the specification's matcher, word for word: closures over the syntax tree. It is slow and deep, and gives up after a number
// of steps.
type oracle struct {
	s       []rune // units, or code points with u and v
	unicode bool
	steps   int
}

type state struct {
	pos  int
	caps []int // by character, not unit
}

var errSteps = errors.New("too many steps")

func (r *oracle) match(n node, x state, back bool, then func(state) (state, bool)) (state, bool) {
	if r.steps--; r.steps < 0 {
		panic(errSteps)
	}
	switch n := n.(type) {
	case *setNode:
		at, next := x.pos, x.pos+1
		if back {
			at, next = x.pos-1, x.pos-1
		}
		if at < 0 || at >= len(r.s) || !n.set.has(r.s[at]) {
			return x, false
		}
		return then(state{next, x.caps})
	case *catNode:
		list := n.list
		var step func(i int, x state) (state, bool)
		step = func(i int, x state) (state, bool) {
			if i == len(list) {
				return then(x)
			}
			item := list[i]
			if back {
				item = list[len(list)-1-i]
			}
			return r.match(item, x, back, func(y state) (state, bool) { return step(i+1, y) })
		}
		return step(0, x)
	case *altNode:
		for _, alt := range n.list {
			if y, ok := r.match(alt, x, back, then); ok {
				return y, true
			}
		}
		return x, false
	case *groupNode:
		return r.match(n.body, x, back, func(y state) (state, bool) {
			caps := slices.Clone(y.caps)
			caps[2*n.index], caps[2*n.index+1] = min(x.pos, y.pos), max(x.pos, y.pos)
			return then(state{y.pos, caps})
		})
	case *loopNode:
		return r.repeat(n, n.min, n.max, x, back, then)
	case *assertNode:
		s := make([]uint16, len(r.s))
		for i, c := range r.s {
			s[i] = uint16(min(c, 0xFFFF))
		}
		if !assert(s, x.pos, n.kind) {
			return x, false
		}
		return then(x)
	case *lookNode:
		y, ok := r.match(n.body, x, n.behind, func(y state) (state, bool) { return y, true })
		if ok == n.negative {
			return x, false
		}
		if ok {
			x.caps = y.caps
		}
		return then(x)
	case *refNode:
		for _, g := range n.groups {
			start, end := x.caps[2*g], x.caps[2*g+1]
			if start < 0 {
				continue
			}
			at, next := x.pos, x.pos+end-start
			if back {
				at, next = x.pos-(end-start), x.pos-(end-start)
			}
			if at < 0 || at+end-start > len(r.s) {
				return x, false
			}
			for i := range end - start {
				a, b := r.s[start+i], r.s[at+i]
				if n.fold {
					a, b = canonical(a, r.unicode), canonical(b, r.unicode)
				}
				if a != b {
					return x, false
				}
			}
			return then(state{next, x.caps})
		}
		return then(x)
	}
	panic("no such node")
}

func (r *oracle) repeat(n *loopNode, minimum, maximum int, x state, back bool, then func(state) (state, bool)) (state, bool) {
	if maximum == 0 {
		return then(x)
	}
	round := func() (state, bool) {
		caps := slices.Clone(x.caps)
		for i := 2 * n.first; i < 2*n.last; i++ {
			caps[i] = -1
		}
		return r.match(n.body, state{x.pos, caps}, back, func(y state) (state, bool) {
			if minimum == 0 && y.pos == x.pos {
				return y, false
			}
			less := maximum
			if less > 0 {
				less--
			}
			return r.repeat(n, max(minimum-1, 0), less, y, back, then)
		})
	}
	if minimum > 0 {
		return round()
	}
	if !n.greedy {
		if y, ok := then(x); ok {
			return y, true
		}
		return round()
	}
	if y, ok := round(); ok {
		return y, true
	}
	return then(x)
}

// compare runs a case on the program and on the reference.
func compare(t *testing.T, m *Matcher, c testCase) {
	flags, ok := ParseFlags(c.flags)
	if !ok {
		return
	}
	source, text := units(c.source), units(c.text)
	prog, err := Compile(source, flags)
	if checked := Check(source, flags); (checked == nil) != (err == nil) {
		t.Fatalf("/%s/%s: Check says %v, Compile %v", c.source, c.flags, checked, err)
	}
	if err != nil {
		return
	}
	p := newParser(source, flags, false)
	n, err := p.parse()
	if err != nil {
		t.Fatal(err)
	}
	r := &oracle{unicode: flags.unicode(), steps: 20000}
	var at []int // the unit at which each character begins
	for i := 0; i < len(text); {
		c, w := rune(text[i]), 1
		if r.unicode {
			c, w = point(text, i)
		}
		r.s, at = append(r.s, c), append(at, i)
		i += w
	}
	at = append(at, len(text))
	var want []int32
	func() {
		defer func() {
			if e := recover(); e == errSteps {
				r = nil
			} else if e != nil {
				panic(e)
			}
		}()
		for start := range at {
			caps := make([]int, 2*prog.Groups)
			for i := range caps {
				caps[i] = -1
			}
			if y, ok := r.match(n, state{start, caps}, false, func(y state) (state, bool) { return y, true }); ok {
				y.caps[0], y.caps[1] = start, y.pos
				for _, i := range y.caps {
					if i >= 0 {
						i = at[i]
					}
					want = append(want, int32(i))
				}
				return
			}
			if flags&Sticky != 0 {
				return
			}
		}
	}()
	if r == nil {
		return
	}
	for _, remember := range []bool{false, true} {
		m.early = remember
		ok, err := m.MatchUnits(prog, text, 0, flags&Sticky != 0)
		m.early = false
		if err != nil || ok != (want != nil) || ok && !slices.Equal(m.Caps, want) {
			t.Fatalf("/%s/%s on %q, remembering %v: got %v %v %v, want %v", c.source, c.flags, c.text, remember, ok, m.Caps, err, want)
		}
	}
}

func TestReference(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewSource(3))}
	m := &Matcher{}
	for range 20000 {
		compare(t, m, g.next())
	}
}

func FuzzCompare(f *testing.F) {
	for _, s := range []string{`(a*)*b`, `(?:(a)|b)*\1`, `(?<=(\d+)(\d+))$`, `[\p{L}--[a-z]]+`, `(?<n>a)|(?<n>b)\k<n>`, `(?i:ſ)k`, `(a?){3,}?$`, `[^]{2,5}?x`} {
		f.Add(s, "v", "aab12 bc")
	}
	f.Fuzz(func(t *testing.T, source, flags, text string) {
		if len(source) < 200 && len(text) < 50 {
			compare(t, &Matcher{}, testCase{source: source, flags: flags, text: text})
		}
	})
}

func TestErrors(t *testing.T) {
	for _, c := range [][3]string{
		{`(`, ``, "Unterminated group"}, {`)`, ``, "Unmatched ')'"}, {`a**`, ``, "Nothing to repeat"}, {`\`, ``, `\ at end of pattern`},
		{`[b-a]`, ``, "Range out of order in character class"}, {`[a`, ``, "Unterminated character class"}, {`(?a)`, ``, "Invalid group"},
		{`{1}`, ``, "Nothing to repeat"}, {`{`, `u`, "Lone quantifier brackets"}, {`a{`, `u`, "Incomplete quantifier"},
		{`a{2,1}`, ``, "numbers out of order in {} quantifier"}, {`(?<a>.)(?<a>.)`, ``, "Duplicate capture group name"},
		{`(?<1>.)`, ``, "Invalid capture group name"}, {`\k<b>(?<a>)`, ``, "Invalid named capture referenced"}, {`\k`, `u`, "Invalid named reference"},
		{`\p{Nope}`, `u`, "Invalid property name"}, {`[\p{Nope}]`, `v`, "Invalid property name in character class"}, {`\_`, `u`, "Invalid escape"},
		{`\u{110000}`, `u`, "Invalid Unicode escape"}, {`[\1]`, `u`, "Invalid decimal escape"}, {`[\d-a]`, `u`, "Invalid character class"},
		{`[a&&b--c]`, `v`, "Invalid set operation in character class"}, {`[(]`, `v`, "Invalid character in character class"},
		{`[^\p{RGI_Emoji}]`, `v`, "Negated character class may contain strings"}, {`(?<=a)*`, ``, "Invalid quantifier"},
		{`(?i-i:a)`, ``, "Repeated flag in flag group"}, {`(?-:a)`, ``, "Invalid flag group"}, {`(?--i:a)`, ``, "Multiple dashes in flag group"},
		{strings.Repeat("(", 1e6), ``, "Regular expression too large"}, {strings.Repeat("[", 1e6), `v`, "Regular expression too large"},
		{strings.Repeat("()", 1<<16), ``, "Too many captures"},
		{`a]}{`, ``, ""}, {`(?=a)*`, ``, ""}, {`\k\1\8[\c_]{,2}`, ``, ""}, {`(?<a>.)|(?<a>.)`, ``, ""}, {`(?<=)[^]`, ``, ""}, {`[[a-z]--[\q{a|bc}]]`, `v`, ""},
	} {
		flags, _ := ParseFlags(c[1])
		got := ""
		if _, err := Compile(units(c[0]), flags); err != nil {
			got = err.Error()
		}
		if got != c[2] {
			t.Errorf("/%.40s/%s: got %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// What would run for ages ends at once by remembering, and where it cannot remember, by Poll.
func TestRunaway(t *testing.T) {
	xs := strings.Repeat("x", 5000)
	for _, source := range []string{`^(x+)+$`, `(x+x+)+y`, `(x|x)*y`, `(x*)*y`, `^(?:x?){3,}y`, `(?:x*)*y`, `\s*x+\s*x+\s*y`, `^(([x])+.)+[A-Z]([x])+$`, `x*x*x*y`, `(.*)*y`} {
		p, err := Compile(units(source), 0)
		if err != nil {
			t.Fatal(err)
		}
		polls := 0
		m := &Matcher{Poll: func() error {
			if polls++; polls > 1000 {
				return errors.New("still running")
			}
			return nil
		}}
		if ok, err := m.MatchText(p, xs+"-", 0, false); ok || err != nil {
			t.Errorf("%s: %v %v", source, ok, err)
		}
	}
	stop := errors.New("stop")
	for _, source := range []string{`^(x+)+\1$`, `(?=(x+)+y)`, `(?:(?:x+){50,}){50,}y`, `(?:){1000000000}(?!)`} {
		p, err := Compile(units(source), 0)
		if err != nil {
			t.Fatal(err)
		}
		polls := 0
		m := &Matcher{Poll: func() error {
			if polls++; polls > 100 {
				return stop
			}
			return nil
		}}
		if ok, err := m.MatchText(p, xs+"-", 0, false); ok || err != stop && err != ErrStack {
			t.Errorf("%s: %v %v", source, ok, err)
		}
	}
	p, _ := Compile(units(`(?:(x)|y)*`), 0)
	if _, err := (&Matcher{}).MatchText(p, strings.Repeat("x", 1<<23), 0, false); err != ErrStack {
		t.Errorf("a stack of any size: %v", err)
	}
}

func TestFlags(t *testing.T) {
	if f, ok := ParseFlags("yvsmigd"); !ok || f.String() != "dgimsvy" {
		t.Error(f, ok)
	}
	for _, s := range []string{"gg", "uv", "x", "G"} {
		if _, ok := ParseFlags(s); ok {
			t.Errorf("%q is accepted", s)
		}
	}
}
