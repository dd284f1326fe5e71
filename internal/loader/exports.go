package loader

import (
	"path"
	"strconv"
	"strings"

	"gonode/internal/errs"
)

type conditions []string

func (c conditions) has(name string) bool {
	for _, s := range c {
		if s == name {
			return true
		}
	}
	return false
}

func (r *Resolver) requireConditions() conditions {
	if r.override != nil {
		return r.override
	}
	list := conditions{"require", "node"}
	if !r.NoAddons {
		list = append(list, "node-addons")
	}
	return append(append(list, "module-sync"), r.Conditions...)
}

func (r *Resolver) importConditions() conditions {
	if r.override != nil {
		return r.override
	}
	list := conditions{"node", "import", "module-sync"}
	if !r.NoAddons {
		list = append(list, "node-addons")
	}
	return append(list, r.Conditions...)
}

// RequireConditions are the conditions of package exports that hold for require().
func (r *Resolver) RequireConditions() []string { return r.requireConditions() }

// ImportConditions are those that hold for imports.
func (r *Resolver) ImportConditions() []string { return r.importConditions() }

// WithConditions lets other conditions hold until the function that it returns is called; nil for no change.
func (r *Resolver) WithConditions(list []string) (restore func()) {
	before := r.override
	if list != nil {
		r.override = list
	}
	return func() { r.override = before }
}

func coded(code string, args ...any) *Error {
	def, _ := errs.Lookup(code)
	return &Error{Class: def.Class.String(), Code: code, Message: def.Format(args...)}
}

func invalidSpecifier(request, reason, base string) *Error {
	return coded("ERR_INVALID_MODULE_SPECIFIER", request, reason, base)
}

func notExported(pkg *Package, subpath, base string) *Error {
	return coded("ERR_PACKAGE_PATH_NOT_EXPORTED", pkg.dir+"/", subpath, base)
}

func invalidTarget(pkg *Package, key string, target value, internal bool, base string) *Error {
	// The target is quoted as a string even where it is none.
	text := target.text
	if target.kind == 'a' || target.kind == 'o' {
		text = target.json()
	}
	return coded("ERR_INVALID_PACKAGE_TARGET", pkg.dir+"/", key, quote(text), internal, base)
}

// exportsResolve finds the file of a subpath ("." or "./x") by a package's "exports". The result is a path with its
// percent escapes still in.
func (r *Resolver) exportsResolve(pkg *Package, subpath, base string, c conditions) (string, error) {
	exports := pkg.exports
	sugar, err := mainSugar(pkg, base)
	if err != nil {
		return "", err
	}
	if sugar {
		exports = value{kind: 'o', keys: []string{"."}, list: []value{exports}}
	}
	if target := exports.get(subpath); target.kind != 0 && !strings.Contains(subpath, "*") && !strings.HasSuffix(subpath, "/") {
		file, ok, err := r.target(pkg, target, "", subpath, base, false, false, c)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", notExported(pkg, subpath, base)
		}
		return file, nil
	}
	if key, match := bestPattern(exports.keys, subpath); key != "" {
		if strings.HasSuffix(subpath, "/") {
			r.warnTrailingSlash(pkg, subpath, base)
		}
		file, ok, err := r.target(pkg, exports.get(key), match, key, base, true, false, c)
		if err != nil {
			return "", err
		}
		if ok {
			return file, nil
		}
	}
	return "", notExported(pkg, subpath, base)
}

// mainSugar tells whether "exports" is the main target itself rather than a map of subpaths.
func mainSugar(pkg *Package, base string) (bool, error) {
	e := pkg.exports
	if e.kind == 's' || e.kind == 'a' {
		return true, nil
	}
	sugar := false
	for i, k := range e.keys {
		cond := k == "" || k[0] != '.'
		if i == 0 {
			sugar = cond
		} else if sugar != cond {
			return false, coded("ERR_INVALID_PACKAGE_CONFIG", pkg.file(), base,
				`"exports" cannot contain some keys starting with '.' and some not. The exports object must either be `+
					`an object of package subpath keys or an object of main entry condition name keys only.`)
		}
	}
	return sugar, nil
}

// bestPattern finds the most specific key with one "*" that matches, and what the star stands for.
func bestPattern(keys []string, name string) (best, match string) {
	for _, key := range keys {
		star := strings.IndexByte(key, '*')
		if star < 0 || !strings.HasPrefix(name, key[:star]) {
			continue
		}
		trailer := key[star+1:]
		if len(name) >= len(key) && strings.HasSuffix(name, trailer) && strings.IndexByte(trailer, '*') < 0 && morePrecise(key, best) {
			best, match = key, name[star:len(name)-len(trailer)]
		}
	}
	return best, match
}

func morePrecise(a, b string) bool {
	if b == "" {
		return true
	}
	baseA, baseB := strings.IndexByte(a, '*')+1, strings.IndexByte(b, '*')+1
	if baseA != baseB {
		return baseA > baseB
	}
	return len(a) > len(b)
}

// importsResolve finds what a "#name" means by the "imports" of the package that the file is in.
func (r *Resolver) importsResolve(name, filename string, c conditions) (string, error) {
	if name == "#" || strings.HasSuffix(name, "/") {
		return "", invalidSpecifier(name, "is not a valid internal imports specifier name", filename)
	}
	pkg, err := r.scope(filename)
	if err != nil {
		return "", err
	}
	dir := ""
	if pkg != nil {
		dir = pkg.dir + "/"
		if target := pkg.imports.get(name); target.kind != 0 && !strings.Contains(name, "*") {
			if file, ok, err := r.target(pkg, target, "", name, filename, false, true, c); err != nil || ok {
				return file, err
			}
		} else if key, match := bestPattern(pkg.imports.keys, name); key != "" {
			if file, ok, err := r.target(pkg, pkg.imports.get(key), match, key, filename, true, true, c); err != nil || ok {
				return file, err
			}
		}
	}
	return "", coded("ERR_PACKAGE_IMPORT_NOT_DEFINED", name, dir, filename)
}

// target resolves one target of "exports" or "imports". ok is false for null and for an object without a condition
// that holds; undefined tells these apart within lists, where only a target of the wrong form is passed over.
func (r *Resolver) target(pkg *Package, t value, match, key, base string, pattern, internal bool, c conditions) (file string, ok bool, err error) {
	file, state, err := r.targetState(pkg, t, match, key, base, pattern, internal, c)
	return file, state == resolved, err
}

type state uint8

const (
	undefined state = iota
	null
	resolved
)

func (r *Resolver) targetState(pkg *Package, t value, match, key, base string, pattern, internal bool, c conditions) (string, state, error) {
	switch t.kind {
	case 's':
		file, err := r.targetString(pkg, t, match, key, base, pattern, internal, c)
		return file, resolved, err
	case 'a':
		if len(t.list) == 0 {
			return "", null, nil
		}
		var last error
		for _, item := range t.list {
			file, st, err := r.targetState(pkg, item, match, key, base, pattern, internal, c)
			if err != nil {
				last = err
				if e, ok := err.(*Error); ok && e.Code == "ERR_INVALID_PACKAGE_TARGET" {
					continue
				}
				return "", undefined, err
			}
			switch st {
			case undefined:
				continue
			case null:
				last = nil
				continue
			}
			return file, resolved, nil
		}
		return "", null, last
	case 'o':
		for _, k := range t.keys {
			if n, err := strconv.ParseUint(k, 10, 32); err == nil && strconv.FormatUint(n, 10) == k {
				return "", undefined, coded("ERR_INVALID_PACKAGE_CONFIG", pkg.file(), base, `"exports" cannot contain numeric property keys.`)
			}
		}
		for i, k := range t.keys {
			if k != "default" && !c.has(k) {
				continue
			}
			file, st, err := r.targetState(pkg, t.list[i], match, key, base, pattern, internal, c)
			if err != nil || st != undefined {
				return file, st, err
			}
		}
		return "", undefined, nil
	case 'n':
		return "", null, nil
	}
	return "", undefined, invalidTarget(pkg, key, t, internal, base)
}

func (r *Resolver) targetString(pkg *Package, t value, match, key, base string, pattern, internal bool, c conditions) (string, error) {
	target := t.text
	if match != "" && !pattern && !strings.HasSuffix(target, "/") {
		return "", invalidTarget(pkg, key, t, internal, base)
	}
	expand := func(s string) string {
		if pattern {
			return strings.ReplaceAll(s, "*", match)
		}
		return s + match
	}
	if !strings.HasPrefix(target, "./") {
		if internal && !strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "../") && !hasScheme(target) {
			return r.packageResolve(expand(target), pkg.dir+"/", c)
		}
		if internal && strings.HasPrefix(target, "node:") && r.normalizeBuiltin(target) {
			return target, nil
		}
		return "", invalidTarget(pkg, key, t, internal, base)
	}
	if invalidSegments(target[2:]) {
		return "", invalidTarget(pkg, key, t, internal, base)
	}
	field := "exports"
	if internal {
		field = "imports"
	}
	request := key + match
	if pattern {
		request = strings.Replace(key, "*", match, 1)
	}
	if pathMap := !internal && strings.HasSuffix(request, "/"); pathMap {
		// It has been warned of.
	} else if emptySegments(target[2:]) {
		r.warnSegments(pkg, expand(target), request, key, field, base, expand(target))
	} else if match != "" && emptySegments(match) && !invalidSegments(match) {
		r.warnSegments(pkg, expand(target), request, key, field, base, request)
	}
	if match != "" && invalidSegments(match) {
		return "", invalidSpecifier(request, `request is not a valid match in pattern "`+key+`" for the "`+field+
			`" resolution of `+pkg.file(), base)
	}
	return path.Join(pkg.dir, expand(target)), nil
}

// hasScheme is new URL() not failing on a string without a base, near enough: "node:fs", "https://x".
func hasScheme(s string) bool {
	i := strings.IndexByte(s, ':')
	if i <= 0 {
		return false
	}
	for j, c := range s[:i] {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || j > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return true
}

// invalidSegments finds "." and ".." and "node_modules" as segments of a path, also percent-encoded.
func invalidSegments(p string) bool {
	for _, seg := range strings.FieldsFunc(p, func(r rune) bool { return r == '/' || r == '\\' }) {
		switch strings.ToLower(decodePath(seg)) {
		case ".", "..", "node_modules":
			return true
		}
	}
	return false
}

// emptySegments finds segments of a path without a name: double, leading and trailing slashes.
func emptySegments(p string) bool {
	p = strings.ReplaceAll(p, "\\", "/")
	return strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/") || strings.Contains(p, "//")
}

// imported is how warnings name the importing file.
func imported(base string) string {
	if base == "" {
		return ""
	}
	return " imported from " + base
}

// warnSegments warns of empty segments in a target of a package, or in what was matched.
func (r *Resolver) warnSegments(pkg *Package, target, request, key, field, base, where string) {
	if r.Warn == nil {
		return
	}
	kind := "leading or trailing slash matching"
	if strings.Contains(strings.ReplaceAll(where, "\\", "/"), "//") {
		kind = "double slash"
	}
	matched := ""
	if request != key {
		matched = `matched to "` + key + `" `
	}
	r.Warn("Use of deprecated "+kind+` resolving "`+target+`" for module request "`+request+`" `+matched+`in the "`+field+
		`" field module resolution of the package at `+pkg.file()+imported(base)+".", "DEP0166")
}

// warnTrailingSlash warns, once, of a subpath that ends with a slash.
func (r *Resolver) warnTrailingSlash(pkg *Package, subpath, base string) {
	key := pkg.file() + "|" + subpath
	if r.Warn == nil || r.warned[key] {
		return
	}
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	r.warned[key] = true
	r.Warn(`Use of deprecated trailing slash pattern mapping "`+subpath+`" in the "exports" field module resolution of the package at `+pkg.file()+
		imported(base)+`. Mapping specifiers ending in "/" is no longer supported.`, "DEP0155")
}

// warnIndex warns where an ES module is a package's main file only because its name was completed.
func (r *Resolver) warnIndex(file, dir string, pkg *Package, base string) {
	scope, err := r.scope(file)
	if r.Warn == nil || path.Ext(file) != ".mjs" && !(path.Ext(file) == ".js" && err == nil && scope != nil && scope.Type == "module") {
		return
	}
	dir += "/"
	rest := strings.TrimPrefix(file, dir)
	switch {
	case pkg == nil || pkg.Main == "":
		r.Warn(`No "main" or "exports" field defined in the package.json for `+dir+` resolving the main entry point "`+rest+`", imported from `+base+
			".\nDefault \"index\" lookups for the main are deprecated for ES modules.", "DEP0151")
	case path.Join(dir, pkg.Main) != file:
		r.Warn("Package "+dir+` has a "main" field set to "`+pkg.Main+`", excluding the full filename and extension to the resolved file at "`+rest+
			`", imported from `+base+".\n Automatic extension resolution of the \"main\" field is deprecated for ES modules.", "DEP0151")
	}
}

// packageResolve resolves a bare name as an import does, from the folder base (with its slash) or the file base.
func (r *Resolver) packageResolve(name, base string, c conditions) (string, error) {
	if r.Builtin(name) {
		return "node:" + name, nil
	}
	pkgName, rest, ok := splitPackageName(name)
	if !ok || pkgName[0] == '@' && !strings.Contains(pkgName, "/") {
		return "", invalidSpecifier(name, "is not a valid package name", base)
	}
	subpath := "." + rest
	if r.MapPath != "" {
		dir, subpath, found, err := r.mapped(name, base)
		if err == nil && !found {
			err = coded("ERR_MODULE_NOT_FOUND", name, base)
		}
		if err != nil {
			return "", err
		}
		return r.packageIn(dir, subpath, rest, base, c)
	}
	own, err := r.scope(base)
	if err != nil {
		return "", err
	}
	if own != nil && own.exports.set() && own.Name == pkgName {
		return r.exportsResolve(own, subpath, base, c)
	}
	for dir := path.Dir(base); ; dir = path.Dir(dir) {
		at := path.Join(dir, "node_modules", pkgName)
		if r.Files.Stat(at) == Dir {
			return r.packageIn(at, subpath, rest, base, c)
		}
		if dir == "/" {
			break
		}
	}
	return "", coded("ERR_MODULE_NOT_FOUND", pkgName, base)
}

// packageIn resolves a subpath of the package in a folder.
func (r *Resolver) packageIn(dir, subpath, rest, base string, c conditions) (string, error) {
	pkg, err := r.readPackage(dir)
	switch {
	case err != nil:
		return "", err
	case pkg != nil && pkg.exports.set():
		return r.exportsResolve(pkg, subpath, base, c)
	case subpath == ".":
		return r.legacyMain(dir, pkg, base)
	}
	return dir + rest, nil
}

// legacyMain finds the main file of a package without "exports" for an import.
func (r *Resolver) legacyMain(dir string, pkg *Package, base string) (string, error) {
	if pkg != nil && pkg.Main != "" {
		for _, end := range []string{"", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"} {
			if file := path.Join(dir, pkg.Main+end); r.Files.Stat(file) == File {
				r.warnIndex(file, dir, pkg, base)
				return file, nil
			}
		}
	}
	for _, end := range []string{"index.js", "index.json", "index.node"} {
		if file := path.Join(dir, end); r.Files.Stat(file) == File {
			r.warnIndex(file, dir, pkg, base)
			return file, nil
		}
	}
	return "", coded("ERR_MODULE_NOT_FOUND", dir, base)
}

// ResolveImport finds what an import specifier means to the file base: a path, or "node:x". File URLs are taken as
// paths; search and hash, by which Node tells module instances apart, are cut off and returned.
func (r *Resolver) ResolveImport(specifier, base string) (file, suffix string, err error) {
	target := ""
	switch {
	case strings.HasPrefix(specifier, "node:"):
		if !r.normalizeBuiltin(specifier) {
			return "", "", coded("ERR_UNKNOWN_BUILTIN_MODULE", specifier)
		}
		return specifier, "", nil
	case strings.HasPrefix(specifier, "file:"):
		target = strings.TrimPrefix(strings.TrimPrefix(specifier, "file:"), "//")
	case strings.HasPrefix(specifier, "/"):
		target = specifier
	case IsRelative(specifier):
		target = path.Dir(base) + "/" + specifier
	case strings.HasPrefix(specifier, "#"):
		target, err = r.importsResolve(specifier, base, r.importConditions())
	case hasScheme(specifier):
		scheme := specifier[:strings.IndexByte(specifier, ':')+1]
		return "", "", coded("ERR_UNSUPPORTED_ESM_URL_SCHEME", []string{"file", "data", "node"}, scheme)
	default:
		target, err = r.packageResolve(specifier, base, r.importConditions())
	}
	if err != nil || strings.HasPrefix(target, "node:") {
		return target, "", err
	}
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target, suffix = target[:i], target[i:]
	}
	if hasEncodedSeparator(target) {
		return "", "", invalidSpecifier(path.Clean(target), `must not include encoded "/" or "\" characters`, base)
	}
	slash := strings.HasSuffix(target, "/")
	file = path.Clean(decodePath(target))
	switch r.Files.Stat(file) {
	case Dir:
		if slash {
			file += "/"
		}
		e := coded("ERR_UNSUPPORTED_DIR_IMPORT", file, base)
		e.URL = FileURL(file) + suffix
		return "", "", e
	case None:
		e := coded("ERR_MODULE_NOT_FOUND", file, base, "file://"+file)
		e.URL = FileURL(file) + suffix
		return "", "", e
	}
	return r.real(file, false), suffix, nil
}

func hasEncodedSeparator(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "%2f") || strings.Contains(s, "%5c")
}

// decodePath takes off percent escapes; what is none stays.
func decodePath(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Override tells conditions that WithConditions has set from others.
func (r *Resolver) Override() string { return strings.Join(r.override, "\x00") }
