package source

import (
	"fmt"
	"strings"
	"unicode"
)

// ExpandProperties writes the unicode property escapes of a regular expression with the u flag as ranges, which the
// engine understands: \p{Lu} and \P{Script=Greek} never match there. What it does not know stays as it is.
func ExpandProperties(pattern string) string {
	if !strings.Contains(pattern, `\p{`) && !strings.Contains(pattern, `\P{`) {
		return pattern
	}
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+2 < len(pattern) && (pattern[i+1] == 'p' || pattern[i+1] == 'P') && pattern[i+2] == '{':
			end := strings.IndexByte(pattern[i:], '}')
			if end < 0 {
				b.WriteString(pattern[i:])
				return b.String()
			}
			table := propertyTable(pattern[i+3 : i+end])
			if table == nil {
				b.WriteString(pattern[i : i+end+1])
			} else {
				ranges := tableRanges(table, pattern[i+1] == 'P')
				if inClass {
					b.WriteString(ranges)
				} else {
					b.WriteString("[" + ranges + "]")
				}
			}
			i += end
		case c == '\\' && i+1 < len(pattern):
			b.WriteString(pattern[i : i+2])
			i++
		case c == '[':
			inClass = true
			b.WriteByte(c)
		case c == ']':
			inClass = false
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func propertyTable(name string) *unicode.RangeTable {
	if key, value, ok := strings.Cut(name, "="); ok {
		switch key {
		case "Script", "sc", "Script_Extensions", "scx":
			return unicode.Scripts[value]
		case "General_Category", "gc":
			return categoryTable(value)
		}
		return nil
	}
	switch name {
	case "Any":
		return &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0, Hi: 0xffff, Stride: 1}}, R32: []unicode.Range32{{Lo: 0x10000, Hi: 0x10ffff, Stride: 1}}}
	case "ASCII":
		return &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0, Hi: 0x7f, Stride: 1}}}
	case "Alphabetic", "Alpha":
		return merged(unicode.L, unicode.Nl, unicode.Other_Alphabetic)
	case "Uppercase", "Upper":
		return merged(unicode.Lu, unicode.Other_Uppercase)
	case "Lowercase", "Lower":
		return merged(unicode.Ll, unicode.Other_Lowercase)
	case "ID_Start", "IDS":
		return merged(unicode.L, unicode.Nl, unicode.Other_ID_Start)
	case "ID_Continue", "IDC":
		return merged(unicode.L, unicode.Nl, unicode.Other_ID_Start, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
	case "Math":
		return merged(unicode.Sm, unicode.Other_Math)
	case "Emoji_Presentation", "EPres", "Extended_Pictographic", "ExtPict", "Emoji":
		return emojiTable(name)
	}
	if t := categoryTable(name); t != nil {
		return t
	}
	return unicode.Properties[name]
}

func shortCategory(name string) string {
	switch name {
	case "Letter":
		return "L"
	case "Cased_Letter":
		return "LC"
	case "Uppercase_Letter":
		return "Lu"
	case "Lowercase_Letter":
		return "Ll"
	case "Titlecase_Letter":
		return "Lt"
	case "Modifier_Letter":
		return "Lm"
	case "Other_Letter":
		return "Lo"
	case "Mark", "Combining_Mark":
		return "M"
	case "Nonspacing_Mark":
		return "Mn"
	case "Spacing_Mark":
		return "Mc"
	case "Enclosing_Mark":
		return "Me"
	case "Number":
		return "N"
	case "Decimal_Number", "digit":
		return "Nd"
	case "Letter_Number":
		return "Nl"
	case "Other_Number":
		return "No"
	case "Symbol":
		return "S"
	case "Math_Symbol":
		return "Sm"
	case "Currency_Symbol":
		return "Sc"
	case "Modifier_Symbol":
		return "Sk"
	case "Other_Symbol":
		return "So"
	case "Punctuation", "punct":
		return "P"
	case "Connector_Punctuation":
		return "Pc"
	case "Dash_Punctuation":
		return "Pd"
	case "Open_Punctuation":
		return "Ps"
	case "Close_Punctuation":
		return "Pe"
	case "Initial_Punctuation":
		return "Pi"
	case "Final_Punctuation":
		return "Pf"
	case "Other_Punctuation":
		return "Po"
	case "Separator":
		return "Z"
	case "Space_Separator":
		return "Zs"
	case "Line_Separator":
		return "Zl"
	case "Paragraph_Separator":
		return "Zp"
	case "Control", "cntrl":
		return "Cc"
	case "Format":
		return "Cf"
	case "Surrogate":
		return "Cs"
	case "Private_Use":
		return "Co"
	case "Unassigned":
		return "Cn"
	}
	return name
}

func categoryTable(name string) *unicode.RangeTable {
	name = shortCategory(name)
	if name == "LC" {
		return merged(unicode.Lu, unicode.Ll, unicode.Lt)
	}
	return unicode.Categories[name]
}

// emojiTable gives the pictographs. The standard library has no emoji properties; these are the blocks that hold them.
func emojiTable(name string) *unicode.RangeTable {
	t := &unicode.RangeTable{
		R16: []unicode.Range16{{Lo: 0x203c, Hi: 0x203c, Stride: 1}, {Lo: 0x2049, Hi: 0x2049, Stride: 1}, {Lo: 0x2122, Hi: 0x2122, Stride: 1}, {Lo: 0x2139, Hi: 0x2139, Stride: 1},
			{Lo: 0x2194, Hi: 0x2199, Stride: 1}, {Lo: 0x21a9, Hi: 0x21aa, Stride: 1}, {Lo: 0x231a, Hi: 0x231b, Stride: 1}, {Lo: 0x2328, Hi: 0x2328, Stride: 1},
			{Lo: 0x23cf, Hi: 0x23cf, Stride: 1}, {Lo: 0x23e9, Hi: 0x23f3, Stride: 1}, {Lo: 0x23f8, Hi: 0x23fa, Stride: 1}, {Lo: 0x24c2, Hi: 0x24c2, Stride: 1},
			{Lo: 0x25aa, Hi: 0x25ab, Stride: 1}, {Lo: 0x25b6, Hi: 0x25b6, Stride: 1}, {Lo: 0x25c0, Hi: 0x25c0, Stride: 1}, {Lo: 0x25fb, Hi: 0x25fe, Stride: 1},
			{Lo: 0x2600, Hi: 0x27bf, Stride: 1}, {Lo: 0x2934, Hi: 0x2935, Stride: 1}, {Lo: 0x2b05, Hi: 0x2b07, Stride: 1}, {Lo: 0x2b1b, Hi: 0x2b1c, Stride: 1},
			{Lo: 0x2b50, Hi: 0x2b50, Stride: 1}, {Lo: 0x2b55, Hi: 0x2b55, Stride: 1}, {Lo: 0x3030, Hi: 0x3030, Stride: 1}, {Lo: 0x303d, Hi: 0x303d, Stride: 1},
			{Lo: 0x3297, Hi: 0x3297, Stride: 1}, {Lo: 0x3299, Hi: 0x3299, Stride: 1}},
		R32: []unicode.Range32{{Lo: 0x1f004, Hi: 0x1f004, Stride: 1}, {Lo: 0x1f0cf, Hi: 0x1f0cf, Stride: 1}, {Lo: 0x1f170, Hi: 0x1f171, Stride: 1}, {Lo: 0x1f17e, Hi: 0x1f17f, Stride: 1},
			{Lo: 0x1f18e, Hi: 0x1f18e, Stride: 1}, {Lo: 0x1f191, Hi: 0x1f19a, Stride: 1}, {Lo: 0x1f1e6, Hi: 0x1f1ff, Stride: 1}, {Lo: 0x1f201, Hi: 0x1f202, Stride: 1},
			{Lo: 0x1f21a, Hi: 0x1f21a, Stride: 1}, {Lo: 0x1f22f, Hi: 0x1f22f, Stride: 1}, {Lo: 0x1f232, Hi: 0x1f23a, Stride: 1}, {Lo: 0x1f250, Hi: 0x1f251, Stride: 1},
			{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f7e0, Hi: 0x1f7f0, Stride: 1}, {Lo: 0x1f90c, Hi: 0x1f9ff, Stride: 1},
			{Lo: 0x1fa70, Hi: 0x1faff, Stride: 1}},
	}
	if name == "Emoji" { // digits, # and * begin keycaps
		return merged(t, &unicode.RangeTable{R16: []unicode.Range16{{Lo: '#', Hi: '#', Stride: 1}, {Lo: '*', Hi: '*', Stride: 1},
			{Lo: '0', Hi: '9', Stride: 1}, {Lo: 0xa9, Hi: 0xa9, Stride: 1}, {Lo: 0xae, Hi: 0xae, Stride: 1}}})
	}
	return t
}

func merged(tables ...*unicode.RangeTable) *unicode.RangeTable {
	all := &unicode.RangeTable{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, tables...) {
			continue
		}
		if n := len(all.R32); n > 0 && all.R32[n-1].Hi == uint32(r-1) {
			all.R32[n-1].Hi = uint32(r)
		} else {
			all.R32 = append(all.R32, unicode.Range32{Lo: uint32(r), Hi: uint32(r), Stride: 1})
		}
	}
	return all
}

// tableRanges writes a table, or what is not in it, as the inside of a character class.
func tableRanges(t *unicode.RangeTable, complement bool) string {
	type span struct{ lo, hi uint32 }
	var spans []span
	add := func(lo, hi, stride uint32) {
		for ; lo <= hi; lo += stride {
			end := lo
			if stride == 1 {
				end = hi
			}
			if n := len(spans); n > 0 && spans[n-1].hi+1 >= lo {
				spans[n-1].hi = end
			} else {
				spans = append(spans, span{lo, end})
			}
			if stride == 1 {
				break
			}
		}
	}
	for _, r := range t.R16 {
		add(uint32(r.Lo), uint32(r.Hi), uint32(r.Stride))
	}
	for _, r := range t.R32 {
		add(r.Lo, r.Hi, r.Stride)
	}
	if complement {
		var rest []span
		next := uint32(0)
		for _, s := range spans {
			if s.lo > next {
				rest = append(rest, span{next, s.lo - 1})
			}
			next = s.hi + 1
		}
		if next <= unicode.MaxRune {
			rest = append(rest, span{next, unicode.MaxRune})
		}
		spans = rest
	}
	var b strings.Builder
	for _, s := range spans {
		if s.lo == s.hi {
			fmt.Fprintf(&b, `\u{%x}`, s.lo)
		} else {
			fmt.Fprintf(&b, `\u{%x}-\u{%x}`, s.lo, s.hi)
		}
	}
	return b.String()
}
