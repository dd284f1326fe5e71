// Package glob matches paths with the patterns of fs.glob and path.matchesGlob: braces, **, and in the names *, ?,
// classes and the alternatives of extended globs. It touches no files.
package glob

import (
	"slices"
	"strings"
)

// Pattern is one alternative of a pattern whose braces are expanded.
type Pattern struct {
	Segments []Segment
}

// Segment is what stands between two slashes.
type Segment struct {
	Text     string // as it is written
	GlobStar bool   // **
	name     *name  // nil for plain text
}

// Plain tells that a segment stands for itself only.
func (s Segment) Plain() bool { return !s.GlobStar && s.name == nil }

// Match tells whether a name of a file is what the segment stands for. ** takes any.
func (s Segment) Match(file string) bool {
	switch {
	case s.GlobStar:
		return true
	case s.name == nil:
		return s.Text == file
	}
	return s.name.match(file)
}

// maxAlternatives bounds what braces are expanded to.
const maxAlternatives = 100_000

// Compile makes the alternatives of a pattern. There is no escape character: a backslash separates, too.
func Compile(text string) []Pattern {
	var list []Pattern
	for _, alternative := range expand(strings.ReplaceAll(text, `\`, "/")) {
		for _, parts := range simplify(split(alternative)) {
			p := Pattern{Segments: make([]Segment, len(parts))}
			for i, part := range parts {
				p.Segments[i] = segment(part)
			}
			list = append(list, p)
		}
	}
	return list
}

// Match tells whether one of the alternatives stands for a whole path.
func Match(patterns []Pattern, file string, windows bool) bool {
	if windows {
		file = strings.ReplaceAll(file, `\`, "/")
	}
	parts := tidy(split(file))
	return slices.ContainsFunc(patterns, func(p Pattern) bool {
		if len(p.Segments) == 1 && p.Segments[0].Text == "" {
			return file == ""
		}
		return matchParts(p.Segments, parts)
	})
}

func split(p string) []string {
	var parts []string
	for i, part := range strings.Split(p, "/") {
		// Slashes that follow each other are one.
		if i > 1 && part == "" && parts[len(parts)-1] == "" {
			continue
		}
		if part == "" && i > 0 && i < strings.Count(p, "/") {
			continue
		}
		parts = append(parts, part)
	}
	return parts
}

// matchParts compares segments with the parts of a path. It tries each pair of a segment and a part once.
func matchParts(pattern []Segment, file []string) bool {
	tried := make([]bool, (len(pattern)+1)*(len(file)+1))
	var match func(i, j int) bool
	match = func(i, j int) bool {
		for ; i < len(pattern) && !pattern[i].GlobStar; i, j = i+1, j+1 {
			if j >= len(file) || !pattern[i].Match(file[j]) {
				return false
			}
		}
		if i == len(pattern) {
			return j == len(file) || j == len(file)-1 && file[j] == ""
		}
		if j >= len(file) || tried[i*(len(file)+1)+j] {
			return false
		}
		tried[i*(len(file)+1)+j] = true
		last := i == len(pattern)-1
		for ; j < len(file); j++ {
			if !last && match(i+1, j) {
				return true
			}
			if strings.HasPrefix(file[j], ".") {
				return false
			}
		}
		return last
	}
	return match(0, 0)
}

// tidy takes "." and what ".." takes back out of a path.
func tidy(parts []string) []string {
	for again := true; again; {
		again = false
		for i := 1; i < len(parts)-1; i++ {
			p := parts[i]
			if i == 1 && p == "" && parts[0] == "" {
				continue
			}
			if p == "." || p == "" {
				again = true
				parts = slices.Delete(parts, i, i+1)
				i--
			}
		}
		if len(parts) == 2 && parts[0] == "." && (parts[1] == "." || parts[1] == "") {
			again = true
			parts = parts[:1]
		}
		for i := 1; i < len(parts); i++ {
			if parts[i] != ".." {
				continue
			}
			if p := parts[i-1]; p != "" && p != "." && p != ".." && p != "**" {
				again = true
				parts = slices.Delete(parts, i-1, i+1)
				i = max(i-2, 0)
			}
		}
	}
	if len(parts) == 0 {
		return []string{""}
	}
	return parts
}

// simplify does what tidy does to a pattern, where ** before .. may also stand for nothing.
func simplify(parts []string) [][]string {
	parts = tidy(parts)
	for i := 0; i+1 < len(parts); i++ { // ** behind ** adds nothing
		if parts[i] == "**" && parts[i+1] == "**" {
			parts = slices.Delete(parts, i, i+1)
			i--
		}
	}
	for i := 0; i+3 < len(parts); i++ {
		next := parts[i+2]
		if parts[i] != "**" || parts[i+1] != ".." || next == "" || next == "." || next == ".." || parts[i+3] == "" || parts[i+3] == "." || parts[i+3] == ".." {
			continue
		}
		without := slices.Delete(slices.Clone(parts), i, i+1)
		with := slices.Delete(slices.Clone(parts), i+1, i+2)
		return append(simplify(without), simplify(with)...)
	}
	return [][]string{parts}
}
