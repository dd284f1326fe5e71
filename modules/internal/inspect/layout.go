package inspect

import (
	"math"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// reduce puts the entries of a value together, on one line if they fit.
func (c *context) reduce(out []string, base string, braces [2]string, extra extras, depth int, o *goja.Object) string {
	lead := base
	if base != "" {
		lead += " "
	}
	if c.compact == compactTrue {
		if c.fits(out, 0, base) {
			inner := ""
			if base != "" {
				inner = " " + base
			}
			return braces[0] + inner + " " + strings.Join(out, ", ") + " " + braces[1]
		}
		indent := "\n" + strings.Repeat(" ", c.indent) + "  "
		gap := " "
		if base != "" || len(braces[0]) != 1 {
			gap = indent
			if base != "" {
				gap = " " + base + indent
			}
		}
		return braces[0] + gap + strings.Join(out, ","+indent) + " " + braces[1]
	}
	if c.compact >= 1 {
		entries := len(out)
		if extra == arrayExtras && entries > 6 {
			out = c.group(out, o)
		}
		// What is nested at most c.compact levels deep stays on one line.
		if depth >= 0 && c.currentDepth-depth < c.compact && entries == len(out) {
			start := len(out) + c.indent + length(braces[0]) + length(base) + 10
			if c.fits(out, start, base) {
				if joined := strings.Join(out, ", "); !strings.Contains(joined, "\n") {
					return lead + braces[0] + " " + joined + " " + braces[1]
				}
			}
		}
	}
	indent := "\n" + strings.Repeat(" ", c.indent)
	return lead + braces[0] + indent + "  " + strings.Join(out, ","+indent+"  ") + indent + braces[1]
}

func (c *context) fits(out []string, start int, base string) bool {
	total := len(out) + start
	if float64(total+len(out)) > c.breakLength {
		return false
	}
	for _, s := range out {
		if c.colors {
			s = removeColors(s)
		}
		if total += length(s); float64(total) > c.breakLength {
			return false
		}
	}
	return base == "" || !strings.Contains(base, "\n")
}

// removeColors takes out what stylize puts in: ESC [ digit(s) m.
func removeColors(s string) string {
	at := strings.Index(s, "\x1b[")
	if at < 0 {
		return s
	}
	var b strings.Builder
	for at >= 0 {
		end := at + 2
		for end < len(s) && end < at+4 && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		if end > at+2 && end < len(s) && s[end] == 'm' {
			b.WriteString(s[:at])
			s = s[end+1:]
		} else {
			b.WriteString(s[:at+2])
			s = s[at+2:]
		}
		at = strings.Index(s, "\x1b[")
	}
	b.WriteString(s)
	return b.String()
}

// group lines up the elements of an array in columns.
func (c *context) group(out []string, o *goja.Object) []string {
	total, longest := 0, 0
	n := len(out)
	if c.maxArray < float64(n) {
		n-- // the line that tells how many are left out
	}
	const separator = 2
	lens := make([]int, n)
	for i := range lens {
		lens[i] = Width(out[i], c.colors)
		total += lens[i] + separator
		longest = max(longest, lens[i])
	}
	widest := longest + separator
	if float64(widest*3+c.indent) >= c.breakLength ||
		!(float64(total)/float64(widest) > 5 || longest <= 6) {
		return out
	}
	bias := math.Sqrt(float64(widest) - float64(total)/float64(len(out)))
	biased := math.Max(float64(widest)-3-bias, 1)
	columns := int(math.Min(math.Min(
		math.Floor(math.Sqrt(2.5*biased*float64(n))/biased+0.5),
		math.Floor((c.breakLength-float64(c.indent))/float64(widest))),
		math.Min(float64(c.compact*4), 15)))
	if columns <= 1 {
		return out
	}
	widths := make([]int, 0, columns)
	for i := 0; i < columns; i++ {
		w := 0
		for j := i; j < n; j += columns {
			w = max(w, lens[j])
		}
		widths = append(widths, w+separator)
	}
	padStart := true
	if o != nil {
		padStart = c.allNumbers(o, len(out))
	}
	var rows []string
	for i := 0; i < n; i += columns {
		last := min(i+columns, n)
		var b strings.Builder
		for j := i; j < last-1; j++ {
			pad := strings.Repeat(" ", max(0, widths[j-i]-lens[j]-separator))
			if padStart {
				b.WriteString(pad + out[j] + ", ")
			} else {
				b.WriteString(out[j] + ", " + pad)
			}
		}
		if padStart {
			b.WriteString(strings.Repeat(" ", max(0, widths[last-1-i]-separator-lens[last-1])))
		}
		b.WriteString(out[last-1])
		rows = append(rows, b.String())
	}
	if n < len(out) {
		rows = append(rows, out[n])
	}
	return rows
}

// allNumbers tells whether o's first n elements are numbers, which are aligned to the right.
func (c *context) allNumbers(o *goja.Object, n int) bool {
	if engine.KindOf(o) == engine.TypedArray {
		// An entry beyond the elements tells what is left out or the extra properties.
		b, _ := c.rt.Bytes(o)
		return n <= len(b)/int(o.ExportType().Elem().Size())
	}
	elements, dense := c.rt.Elements(o)
	for i := 0; i < n; i++ {
		var v goja.Value
		if dense {
			if i < len(elements) {
				v = elements[i]
			}
		} else {
			v = o.Get(c.vm.ToValue(i).String())
		}
		if v == nil || isObject(v) || !goja.IsNumber(v) && !goja.IsBigInt(v) {
			return false
		}
	}
	return true
}
