// Package path is module path: its two flavours, posix and win32, as plain functions over strings, and their binding.
// It touches nothing but the working directory, for resolve and relative, and runs on the loop goroutine.
package path

import "strings"

// flavour is one of the two path languages. Its methods are those of the JavaScript module.
type flavour struct {
	windows bool
	sep     string
	cwd     func() string
	drive   func(device string) string // the working directory of a drive, Windows only
}

// parsed is what parse returns and format takes.
type parsed struct{ root, dir, base, ext, name string }

func (f *flavour) isSep(c byte) bool { return c == '/' || f.windows && c == '\\' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// hasDrive tells whether p starts with "C:".
func (f *flavour) hasDrive(p string) bool {
	return f.windows && len(p) >= 2 && p[1] == ':' && isLetter(p[0])
}

// unc matches a root like \\server\share, of any separators; end is the index behind it.
func (f *flavour) unc(p string) (device string, end int, ok bool) {
	if !f.windows || len(p) < 2 || !f.isSep(p[0]) || !f.isSep(p[1]) {
		return "", 0, false
	}
	host := f.span(p, 2, false)
	share := f.span(p, host, true)
	if host == 2 || host == len(p) || share == len(p) {
		return "", 0, false
	}
	end = f.span(p, share, false)
	return `\\` + p[2:host] + `\` + p[share:end], end, true
}

// span returns the end of the run of separators, or of other characters, that starts at i.
func (f *flavour) span(p string, i int, seps bool) int {
	for i < len(p) && f.isSep(p[i]) == seps {
		i++
	}
	return i
}

// root takes a path's root apart: the device ("C:", `\\server\share` or nothing), where the rest begins, and whether
// the path is absolute.
func (f *flavour) root(p string) (device string, end int, absolute bool) {
	switch {
	case p == "":
		return "", 0, false
	case f.hasDrive(p):
		if len(p) > 2 && f.isSep(p[2]) {
			return p[:2], 3, true
		}
		return p[:2], 2, false
	case !f.isSep(p[0]):
		return "", 0, false
	}
	if device, end, ok := f.unc(p); ok {
		return device, end, true
	}
	return "", 1, true
}

// deviceRoot is root where \\. and \\? are devices of their own and not servers.
func (f *flavour) deviceRoot(p string) (device string, end int, absolute bool) {
	if _, _, ok := f.unc(p); ok && (p[2] == '.' || p[2] == '?') && f.isSep(p[3]) {
		return `\\` + p[2:3], 4, true
	}
	return f.root(p)
}

// reserved tells whether what comes before a colon is a name that Windows keeps for a device.
func reserved(p string, colon int) bool {
	if colon < 0 {
		// Node cuts the last character off.
		if colon = len(p) - 1; colon < 0 {
			return false
		}
	}
	switch name := strings.ToUpper(p[:colon]); name {
	case "CON", "PRN", "AUX", "NUL":
		return true
	default:
		number, ok := strings.CutPrefix(name, "COM")
		if !ok {
			number, ok = strings.CutPrefix(name, "LPT")
		}
		return ok && (len(number) == 1 && number[0] >= '1' && number[0] <= '9' || number == "\u00b9" || number == "\u00b2" || number == "\u00b3")
	}
}

// clean resolves "." and ".." and repeated separators; above says whether leading ".." stay.
func (f *flavour) clean(p string, above bool) string {
	var stack []string
	for start := 0; start < len(p); {
		end := f.span(p, start, false)
		switch seg := p[start:end]; seg {
		case "", ".":
		case "..":
			if n := len(stack); n > 0 && stack[n-1] != ".." {
				stack = stack[:n-1]
			} else if above {
				stack = append(stack, "..")
			}
		default:
			stack = append(stack, seg)
		}
		start = end + 1
	}
	return strings.Join(stack, f.sep)
}

func (f *flavour) normalize(p string) string {
	if p == "" {
		return "."
	}
	device, end, absolute := f.deviceRoot(p)
	colon := -1
	if f.windows {
		colon = strings.IndexByte(p, ':')
		switch {
		case end == 4 && colon > 4 && reserved(p[4:], colon-4):
			device, end = `\\?\`+p[4:colon+1], colon+1
		case device == "" && !absolute && colon > 0 && reserved(p, colon):
			device, end = p[:colon+1], colon+1
		}
	}
	tail := f.clean(p[end:], !absolute)
	if tail == "" && !absolute {
		tail = "."
	}
	if end == len(p) && strings.HasPrefix(device, `\\`) {
		return device + `\`
	}
	if tail != "" && f.isSep(p[len(p)-1]) {
		tail += f.sep
	}
	if f.windows && !absolute && device == "" && f.looksLikeDrive(p, tail) {
		// A relative path must not become one that Windows takes for absolute: a/../C:/b.
		return `.\` + tail
	}
	if f.windows && reserved(p, colon) {
		return `.\` + device + tail
	}
	if absolute {
		device += f.sep
	}
	return device + tail
}

func (f *flavour) looksLikeDrive(p, tail string) bool {
	if f.hasDrive(tail) && len(p) > 1 {
		return true
	}
	for i := 0; i < len(p); i++ {
		if p[i] == ':' && len(p) > 1 && (i == len(p)-1 || f.isSep(p[i+1])) {
			return true
		}
	}
	return false
}

func (f *flavour) isAbsolute(p string) bool {
	_, _, absolute := f.root(p)
	return absolute
}

func (f *flavour) join(parts []string) string {
	first, n := "", 0
	var joined strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if n++; n == 1 {
			first = p
		} else {
			joined.WriteString(f.sep)
		}
		joined.WriteString(p)
	}
	if n == 0 {
		return "."
	}
	all := joined.String()
	if f.windows && !(len(first) > 2 && f.isSep(first[0]) && f.isSep(first[1]) && !f.isSep(first[2])) {
		// Only a first part that is clearly meant as \\server makes a UNC path.
		if slashes := f.span(all, 0, true); slashes >= 2 {
			all = `\` + all[slashes:]
		}
	}
	if f.windows {
		// What has a device's name in it stays as it is.
		for _, part := range strings.Split(all, `\`) {
			if colon := strings.IndexByte(part, ':'); colon >= 0 && reserved(part, colon) {
				return strings.ReplaceAll(all, "/", `\`)
			}
		}
	}
	return f.normalize(all)
}

func (f *flavour) resolve(parts []string) string {
	device, tail, absolute := "", "", false
	for i := len(parts) - 1; i >= -1 && !(absolute && (device != "" || !f.windows)); i-- {
		var p string
		switch {
		case i >= 0:
			p = parts[i]
			if p == "" {
				continue
			}
		case device == "":
			p = f.cwd()
		default:
			p = f.drive(device)
			if p == "" {
				p = f.cwd()
			}
			if len(p) > 2 && p[2] == '\\' && !strings.EqualFold(p[:2], device) {
				p = device + `\`
			}
		}
		dev, end, abs := f.deviceRoot(p)
		if dev != "" {
			if device != "" && lower(dev) != lower(device) {
				continue
			}
			if device == "" {
				device = dev
			}
		}
		if !absolute {
			tail = p[end:] + f.sep + tail
			absolute = abs
		}
	}
	tail = f.clean(tail, !absolute)
	if absolute {
		return device + f.sep + tail
	}
	if device+tail == "" {
		return "."
	}
	return device + tail
}

func (f *flavour) relative(from, to string) string {
	if from == to {
		return ""
	}
	from, to = f.resolve([]string{from}), f.resolve([]string{to})
	a, b := f.segments(from), f.segments(to)
	common := 0
	for common < len(a) && common < len(b) && f.same(a[common], b[common]) {
		common++
	}
	if f.windows && common == 0 && len(a) > 0 && len(b) > 0 {
		return to
	}
	out := b[common:]
	if up := len(a) - common; up > 0 {
		out = append(strings.Split(strings.Repeat("..,", up-1)+"..", ","), out...)
	}
	return strings.Join(out, f.sep)
}

func (f *flavour) segments(p string) []string {
	if p = strings.Trim(p, f.sep); p == "" {
		return nil
	}
	return strings.Split(p, f.sep)
}

func (f *flavour) same(a, b string) bool {
	return a == b || f.windows && lower(a) == lower(b)
}

// lower is JavaScript's toLowerCase, which knows one letter that becomes two.
func lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i̇"))
}

func (f *flavour) namespaced(p string) string {
	if !f.windows || p == "" {
		return p
	}
	full := f.resolve([]string{p})
	switch {
	case len(full) <= 2:
		return p
	case strings.HasPrefix(full, `\\`):
		if full[2] != '?' && full[2] != '.' {
			return `\\?\UNC\` + full[2:]
		}
	case f.hasDrive(full) && full[2] == '\\':
		return `\\?\` + full
	}
	return full
}

func (f *flavour) dirname(p string) string {
	if p == "" {
		return "."
	}
	rootEnd := 0
	if _, end, ok := f.unc(p); ok {
		if end == len(p) {
			return p
		}
		rootEnd = end + 1
	} else {
		_, rootEnd, _ = f.root(p)
	}
	end := len(p)
	for end > rootEnd && f.isSep(p[end-1]) {
		end--
	}
	for end > rootEnd && !f.isSep(p[end-1]) {
		end--
	}
	if end > rootEnd {
		// Exactly one separator goes, as in "a//b" -> "a/"; posix leaves the root of "//a" as it stands.
		if end == 2 && !f.windows && p[0] == '/' {
			return p[:2]
		}
		return p[:end-1]
	}
	if rootEnd == 0 {
		return "."
	}
	return p[:rootEnd]
}

// last finds the last segment behind from, without the separators that end the path.
func (f *flavour) last(p string, from int) (start, end int) {
	end = len(p)
	for end > from && f.isSep(p[end-1]) {
		end--
	}
	start = end
	for start > from && !f.isSep(p[start-1]) {
		start--
	}
	return start, end
}

func (f *flavour) afterDrive(p string) int {
	if f.hasDrive(p) {
		return 2
	}
	return 0
}

func (f *flavour) basename(p, suffix string) string {
	start, end := f.last(p, f.afterDrive(p))
	if suffix == "" || len(suffix) > len(p) {
		return p[start:end]
	}
	base := p[start:end]
	switch {
	case suffix == p:
		return ""
	case base != suffix && strings.HasSuffix(base, suffix):
		return base[:len(base)-len(suffix)]
	case base != suffix && strings.HasSuffix(suffix, base):
		// Node forgets about trailing separators here.
		if base == "" {
			start = f.afterDrive(p)
		}
		return p[start:]
	}
	return base
}

// ext is the extension of a last segment: from its last dot, unless that is the first character.
func ext(base string) string {
	if i := strings.LastIndexByte(base, '.'); i > 0 && base != ".." {
		return base[i:]
	}
	return ""
}

func (f *flavour) extname(p string) string {
	start, end := f.last(p, f.afterDrive(p))
	return ext(p[start:end])
}

func (f *flavour) parse(p string) parsed {
	rootEnd := 0
	if _, end, ok := f.unc(p); ok {
		rootEnd = min(end+1, len(p))
	} else {
		_, rootEnd, _ = f.root(p)
	}
	start, end := f.last(p, rootEnd)
	r := parsed{root: p[:rootEnd], base: p[start:end]}
	r.dir = r.root
	if start > rootEnd {
		r.dir = p[:start-1]
	}
	r.ext = ext(r.base)
	r.name = r.base[:len(r.base)-len(r.ext)]
	return r
}

func (f *flavour) format(o parsed) string {
	dir := o.dir
	if dir == "" {
		dir = o.root
	}
	base := o.base
	if base == "" {
		if o.ext != "" && o.ext[0] != '.' {
			o.ext = "." + o.ext
		}
		base = o.name + o.ext
	}
	if dir == "" {
		return base
	}
	if dir == o.root {
		return dir + base
	}
	return dir + f.sep + base
}
