// Package sourcemap reads source maps (ECMA-426): which place of an original source a place of generated code comes from.
package sourcemap

import (
	"errors"
	"slices"
	"strings"
)

// Payload is a source map as it is written, in JSON.
type Payload struct {
	SourceRoot string    `json:"sourceRoot"`
	Sources    []string  `json:"sources"`
	Contents   []*string `json:"sourcesContent"`
	Names      []string  `json:"names"`
	Mappings   string    `json:"mappings"`
	Sections   []Section `json:"sections"`
}

// Section is a part of an index map, which begins at an offset of the generated code.
type Section struct {
	Offset struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	} `json:"offset"`
	Map *Payload `json:"map"`
}

// Entry says where the generated code from one place on comes from. Lines and columns are counted from 0.
type Entry struct {
	Line, Column                 int
	Source                       string // "" where the code has no original
	OriginalLine, OriginalColumn int
	Name                         string
	HasSource, HasName           bool
}

// Map is a source map that has been read. It is immutable.
type Map struct {
	entries  []Entry
	contents map[string]string
}

// errMalformed is what Parse says of mappings that are none.
var errMalformed = errors.New("malformed source map")

// Parse reads a payload.
func Parse(p *Payload) (*Map, error) {
	m := &Map{contents: map[string]string{}}
	if err := m.read(p, 0, 0, 0); err != nil {
		return nil, err
	}
	slices.SortStableFunc(m.entries, func(a, b Entry) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return m, nil
}

// deepest is how far sections may nest.
const deepest = 8

func (m *Map) read(p *Payload, line, column, depth int) error {
	if depth > deepest {
		return errMalformed
	}
	for _, s := range p.Sections {
		if s.Map == nil {
			return errMalformed
		}
		if err := m.read(s.Map, line+s.Offset.Line, s.Offset.Column, depth+1); err != nil {
			return err
		}
	}
	sources := make([]string, len(p.Sources))
	for i, s := range p.Sources {
		if p.SourceRoot != "" {
			s = strings.TrimSuffix(p.SourceRoot, "/") + "/" + s
		}
		sources[i] = s
		if i < len(p.Contents) && p.Contents[i] != nil {
			m.contents[s] = *p.Contents[i]
		}
	}
	var source, originalLine, originalColumn, name int
	named := false
	for n, group := range strings.Split(p.Mappings, ";") {
		col := 0
		if n == 0 {
			col = column
		}
		for segment := range strings.SplitSeq(group, ",") {
			if segment == "" {
				continue
			}
			var fields [5]int
			count, ok := decode(segment, &fields)
			if !ok || count == 2 || count == 3 {
				return errMalformed
			}
			col += fields[0]
			e := Entry{Line: line + n, Column: col}
			if count >= 4 {
				source += fields[1]
				originalLine += fields[2]
				originalColumn += fields[3]
				if source < 0 || source >= len(sources) {
					return errMalformed
				}
				e.Source, e.HasSource, e.OriginalLine, e.OriginalColumn = sources[source], true, originalLine, originalColumn
			}
			if count == 5 {
				if name += fields[4]; name < 0 || name >= len(p.Names) {
					return errMalformed
				}
				named = true
			}
			if count >= 4 && named { // a name stays until there is another one, as in Node
				e.Name, e.HasName = p.Names[name], true
			}
			m.entries = append(m.entries, e)
		}
	}
	return nil
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// decode reads the numbers of a segment: in base 64, five bits each, the lowest first, the sign in the lowest of all.
func decode(segment string, fields *[5]int) (count int, ok bool) {
	for i := 0; i < len(segment); count++ {
		value, shift := 0, 0
		for more := true; more; i++ {
			if i == len(segment) || shift > 40 {
				return 0, false
			}
			d := strings.IndexByte(digits, segment[i])
			if d < 0 {
				return 0, false
			}
			more = d&32 != 0
			value |= (d & 31) << shift
			shift += 5
		}
		if count == len(fields) {
			return 0, false
		}
		if fields[count] = value >> 1; value&1 != 0 {
			fields[count] = -(value >> 1)
		}
	}
	return count, true
}

// Find gives the entry that a place of the generated code belongs to, nil if it lies before all of them.
func (m *Map) Find(line, column int) *Entry {
	i, exact := slices.BinarySearchFunc(m.entries, Entry{Line: line, Column: column}, func(e, at Entry) int {
		if e.Line != at.Line {
			return e.Line - at.Line
		}
		return e.Column - at.Column
	})
	if exact { // the last of those at the same place
		for i+1 < len(m.entries) && m.entries[i+1].Line == line && m.entries[i+1].Column == column {
			i++
		}
		return &m.entries[i]
	}
	if i == 0 {
		return nil
	}
	return &m.entries[i-1]
}

// Content is the text of an original source, if the map has it.
func (m *Map) Content(source string) (text string, ok bool) {
	text, ok = m.contents[source]
	return text, ok
}

// Comment finds the URL in the last comment of a script that names its source map, "" if there is none.
func Comment(text string) (found string) {
	const mark = " sourceMappingURL="
	if !strings.Contains(text, mark) {
		return ""
	}
	var braces []int  // open braces in each substitution of a template that is around
	before := byte(0) // the last character that is no space, to tell a regular expression from a division
	skip := func(i int, end byte) int {
		for class := false; i < len(text) && (text[i] != end || class) && text[i] != '\n'; i++ {
			switch {
			case text[i] == '\\':
				i++
			case end == '/' && text[i] == '[':
				class = true
			case end == '/' && text[i] == ']':
				class = false
			}
		}
		return i
	}
	template := func(i int) int { // to its end or to a substitution
		for ; i < len(text) && text[i] != '`'; i++ {
			if text[i] == '\\' {
				i++
			} else if strings.HasPrefix(text[i:], "${") {
				braces = append(braces, 0)
				return i + 1
			}
		}
		return i
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case strings.HasPrefix(text[i:], "//"):
			end := i + 2
			for end < len(text) && text[end] != '\n' {
				end++
			}
			comment := text[i+2 : end]
			if len(comment) > 0 && (comment[0] == '#' || comment[0] == '@') && strings.HasPrefix(comment[1:], mark) {
				url, _, _ := strings.Cut(strings.TrimSpace(comment[1+len(mark):]), " ")
				if found = url; strings.ContainsAny(url, "'\"`") {
					found = ""
				}
			}
			i = end
			continue
		case strings.HasPrefix(text[i:], "/*"):
			n := strings.Index(text[i+2:], "*/")
			if n < 0 {
				return found
			}
			i += n + 3
			continue
		case c == '/' && strings.IndexByte("(,=:[!&|?{};+-*%^~<>\x00", before) >= 0:
			i = skip(i+1, '/')
		case c == '\'' || c == '"':
			i = skip(i+1, c)
		case c == '`':
			i = template(i + 1)
		case c == '{' && len(braces) > 0:
			braces[len(braces)-1]++
		case c == '}' && len(braces) > 0:
			if n := len(braces) - 1; braces[n] == 0 {
				braces = braces[:n]
				i = template(i + 1)
			} else {
				braces[n]--
			}
		}
		if c > ' ' {
			before = c
		}
	}
	return found
}
