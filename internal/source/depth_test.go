package source

import (
	"strings"
	"testing"
)

func TestTooDeep(t *testing.T) {
	r := strings.Repeat
	const n = 20_000
	deep := map[string]string{
		"brackets":     r("[", n) + r("]", n),
		"parentheses":  r("(", n) + "1" + r(")", n),
		"blocks":       r("{", n) + r("}", n),
		"objects":      "x=" + r("{a:", n) + "1" + r("}", n),
		"not":          r("!", n) + "1",
		"minus":        r("- ", n) + "1",
		"plus plus":    r("++", n) + "a",
		"typeof":       r("typeof ", n) + "1",
		"new":          r("new ", n) + "A",
		"await":        "async()=>" + r("await ", n) + "1",
		"yield":        "function*g(){" + r("yield ", n) + "}",
		"if":           r("if(1)", n) + ";",
		"else if":      "if(1);" + r("else if(1);", n),
		"else if {}":   "if(1){}" + r("else if(1){}", n),
		"else lines":   "if(1) a\n" + r("else if(1) a\n", n),
		"while":        r("while(1)", n) + ";",
		"for":          r("for(;;)", n) + ";",
		"do":           r("do ", n) + ";" + r("while(1);", n),
		"with":         r("with(a)", n) + ";",
		"labels":       r("a:", n) + ";",
		"arrows":       r("x=>", n) + "1",
		"conditional":  r("1?", n) + "1" + r(":1", n),
		"alternatives": "1" + r("?1:1", n),
		"power":        "1" + r("**1", n),
		"assignments":  "a" + r("=a", n),
		"patterns":     r("[a]=", n) + "b",
		"object pats":  "(" + r("{a}=", n) + "b)",
		"templates":    r("`${", n) + "1" + r("}`", n),
		"functions":    r("function f(){", n) + r("}", n),
		"spread":       "x=" + r("[...", n) + "[]" + r("]", n),
		"mixed":        r("if(a)!(b=[c?", n/4) + "1" + r(":2])", n/4),
		"after string": "'a'+\"b\";" + r("[", n) + r("]", n),
		"after regexp": "a=/['\"[]/;" + r("[", n) + r("]", n),
		"after block":  "if(a){}/['\"]/.test(b);" + r("[", n) + r("]", n),
		"division":     "a=b/c;d='/';" + r("[", n) + r("]", n),
	}
	for name, text := range deep {
		if !tooDeep(text, false) {
			t.Errorf("%s: not found", name)
		}
	}
	fine := map[string]string{
		"sum":             "1" + r("+1", n),
		"and":             "a" + r("&&!b", n),
		"negated terms":   "a" + r(" + -b", n),
		"calls":           r("f(1);", n),
		"calls, no semi":  r("f(1)\n", n),
		"statements":      r("if(a)b=c\n", n),
		"if blocks":       r("if(a){b=c}", n),
		"else blocks":     r("if(a){b}else{c}", n),
		"while blocks":    r("while(a){b}", n),
		"do":              r("do a(); while(b)\n", n),
		"functions":       r("function f(){return 1}", n),
		"assignments":     r("a=1\n", n),
		"commas":          "var " + r("a=1,", n) + "b",
		"arrows":          "f(" + r("a=>b,", n) + "c)",
		"conditionals":    r("a?b:c;", n),
		"cases":           "switch(a){" + r("case 1:", n) + r("case 1:b=c\nbreak\n", n) + "}",
		"members":         "a" + r(".new.if", n),
		"object":          "x={" + r("a:1,if:2,new:{},", n) + "}",
		"class":           "class A{" + r("a=1\nget x(){return !1}", n) + "}",
		"array":           "[" + r("[1],", n) + "]",
		"string":          "'" + r("[", n) + "'",
		"comment":         "/*" + r("[", n) + "*/" + "//" + r("(", n) + "\n",
		"regexp":          "x=/" + r("[(]", n) + "/",
		"template":        "`" + r("[(", n) + "`",
		"regexps":         r("a=b.replace(/['\"(]/g,'(').c/2;", n),
		"regexp at start": r("if(a){b}/[(']/.test(c);", n),
		"labels":          r("a:for(;;){break a}", n),
		"division":        r("x=(a)/(b)/c;", n),
		"after object":    r("x={}/1;y=[]/1;", n),
	}
	for name, text := range fine {
		if tooDeep(text, false) {
			t.Errorf("%s: too deep", name)
		}
	}
}

// The depth that is allowed is one that the parser, the compiler and the walks can bear.
func TestDepthAllowed(t *testing.T) {
	r := strings.Repeat
	n := maxDepth - 10
	for name, text := range map[string]string{
		"brackets":    r("[", n) + r("]", n),
		"parentheses": r("(", n) + "1" + r(")", n),
		"objects":     "x=" + r("{a:", n/2) + "1" + r("}", n/2),
		"not":         r("!", n) + "1",
		"if":          r("if(1)", n) + ";",
		"arrows":      r("x=>", n/4) + "1",
		"assignments": "a" + r("=a", n),
		"functions":   r("function f(){", n/2) + r("}", n/2),
		"classes":     r("class A{m(){", n/4) + r("}}", n/4),
		"templates":   r("`${", n/2) + "1" + r("}`", n/2),
		"sum":         "1" + r("+1", maxTree/2),
		"members":     "a" + r(".a", maxTree-10),
		"typescript":  "let x: " + r("Array<", n/8) + "1" + r(">", n/8),
		"bindings":    "let " + r("[", n) + "a" + r("]", n) + "=1",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Compile("a.js", text, Options{Kind: Function, TypeScript: name == "typescript"}); err != nil {
				t.Error(err)
			}
		})
	}
	for name, text := range map[string]string{
		"sum":     "1" + r("+1", 3_000_000),
		"members": "a" + r(".a", 1_000_000),
		"calls":   "f" + r("()", 1_000_000),
		"tags":    "a" + r("``", 1_000_000),
	} {
		if _, err := Compile("a.js", text, Options{Kind: Function}); err != ErrTooDeep {
			t.Errorf("%s: %v", name, err)
		}
	}
}
