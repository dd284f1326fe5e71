package loader

import (
	"path"
	"strings"
)

// Package is what resolution needs of a package.json.
type Package struct {
	Name, Main string
	Type       string // "module", "commonjs" or ""

	dir              string
	hasName          bool
	exports, imports value
}

func (p *Package) file() string { return path.Join(p.dir, "package.json") }

// File is the path of the package.json.
func (p *Package) File() string { return p.file() }

// JSONError is a package.json that is none. The caller words what is wrong with the text.
type JSONError struct{ Path, Text string }

func (e *JSONError) Error() string { return "Error parsing " + e.Path }

// readPackage reads dir's package.json; nil without an error means there is none.
func (r *Resolver) readPackage(dir string) (*Package, error) {
	if p, ok := r.packages[dir]; ok {
		return p, nil
	}
	data, err := r.Files.ReadFile(strings.TrimSuffix(dir, "/") + "/package.json")
	var pkg *Package
	if err == nil {
		text := strings.TrimPrefix(string(data), "\ufeff")
		root, err := parseJSON(text)
		if err != nil {
			return nil, &JSONError{strings.TrimSuffix(dir, "/") + "/package.json", text}
		}
		pkg = &Package{dir: dir, exports: root.get("exports"), imports: root.get("imports")}
		if name := root.get("name"); name.kind == 's' {
			pkg.Name, pkg.hasName = name.text, true
		}
		if main := root.get("main"); main.kind == 's' {
			pkg.Main = main.text
		}
		if t := root.get("type"); t.text == "module" || t.text == "commonjs" {
			pkg.Type = t.text
		}
	}
	if r.packages == nil {
		r.packages = map[string]*Package{}
	}
	r.packages[dir] = pkg
	return pkg, nil
}

// scope finds the nearest package.json above a file; nil without an error means there is none.
func (r *Resolver) scope(file string) (*Package, error) {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if path.Base(dir) == "node_modules" {
			return nil, nil
		}
		if pkg, err := r.readPackage(dir); err != nil || pkg != nil {
			return pkg, err
		}
		if dir == "/" || dir == "." {
			return nil, nil
		}
	}
}

// Scope is the package that a file belongs to, or nil.
func (r *Resolver) Scope(file string) (*Package, error) { return r.scope(file) }

// PackageOf is the package.json of the package that a bare name means to a file.
func (r *Resolver) PackageOf(name, base string) (file string, err error) {
	pkgName, _, ok := splitPackageName(name)
	if !ok || pkgName[0] == '@' && !strings.Contains(pkgName, "/") {
		return "", invalidSpecifier(name, "is not a valid package name", base)
	}
	if own, err := r.scope(base); err != nil {
		return "", err
	} else if own != nil && own.exports.set() && own.Name == pkgName {
		return own.file(), nil
	}
	for dir := path.Dir(base); ; dir = path.Dir(dir) {
		if at := path.Join(dir, "node_modules", pkgName); r.Files.Stat(at) == Dir {
			return path.Join(at, "package.json"), nil
		}
		if dir == "/" || dir == "." {
			return "", coded("ERR_MODULE_NOT_FOUND", pkgName, base)
		}
	}
}
