package loader

import (
	"net/url"
	"path"
	"strings"
)

// packageMap says which packages see which others, in place of node_modules folders: --experimental-package-map.
type packageMap struct {
	file     string
	packages map[string]mappedPackage
	keys     map[string]string // of packages, by their folders
}

type mappedPackage struct {
	dir          string
	dependencies map[string]string // names to keys
}

func badMap(file, reason string) *Error { return coded("ERR_PACKAGE_MAP_INVALID", file, reason) }

// readMap reads the package map once; a broken one is empty from then on.
func (r *Resolver) readMap() (*packageMap, error) {
	if r.packageMap != nil {
		return r.packageMap, nil
	}
	r.Warn("Package maps is an experimental feature and might change at any time", "")
	file := r.resolvePath("", r.MapPath)
	m := &packageMap{file: file, packages: map[string]mappedPackage{}, keys: map[string]string{}}
	r.packageMap = m
	data, err := r.Files.ReadFile(file)
	if err != nil {
		return nil, badMap(file, "failed to read")
	}
	m.file = r.realPath(file)
	root, err := parseJSON(string(data))
	if err != nil {
		return nil, badMap(m.file, "invalid JSON")
	}
	list := root.get("packages")
	if list.kind != 'o' && list.kind != 'a' {
		return nil, badMap(m.file, `missing "packages" object`)
	}
	for i, key := range list.keys {
		if err := m.add(key, list.list[i]); err != nil {
			r.packageMap = &packageMap{file: file}
			return nil, err
		}
	}
	return m, nil
}

// add reads the entry of a package.
func (m *packageMap) add(key string, entry value) error {
	address := entry.get("url")
	switch {
	case address.kind == 0:
		return badMap(m.file, `package "`+key+`" is missing "url" field`)
	case address.kind != 's':
		kinds := map[byte]string{'n': "object", 'a': "object", 'o': "object", 'b': "boolean", 't': "boolean", 'f': "boolean"}
		kind := kinds[byte(address.kind)]
		if kind == "" {
			kind = "number"
		}
		return badMap(m.file, `package "`+key+`" has invalid "url" field: expected string, got `+kind)
	case address.text == "":
		return badMap(m.file, `package "`+key+`" has an empty "url" field`)
	}
	u, err := url.Parse(address.text)
	if err != nil {
		return badMap(m.file, `package "`+key+`" has invalid url "`+address.text+`"`)
	}
	base := &url.URL{Scheme: "file", Path: path.Dir(m.file) + "/"}
	full := base.ResolveReference(u)
	if full.Scheme != "file" {
		return badMap(m.file, `package "`+key+`" has unsupported URL scheme in url "`+address.text+`"; only file: URLs and relative URLs are currently supported`)
	}
	if full.Host != "" && full.Host != "localhost" || hasEncodedSeparator(full.EscapedPath()) {
		return badMap(m.file, `package "`+key+`" has invalid file url "`+address.text+`"`)
	}
	p := mappedPackage{dir: full.Path, dependencies: map[string]string{}}
	if dependencies := entry.get("dependencies"); dependencies.kind == 'o' {
		for i, name := range dependencies.keys {
			p.dependencies[name] = dependencies.list[i].text
		}
	}
	m.packages[key] = p
	if other, ok := m.keys[p.dir]; ok {
		return badMap(m.file, `packages "`+other+`" and "`+key+`" have the same url "`+address.text+`"; this will be supported in the future`)
	}
	m.keys[p.dir] = key
	return nil
}

// mapped finds the package that a bare name means to a file; found is false where the file's package does not name it.
func (r *Resolver) mapped(name, file string) (dir, subpath string, found bool, err error) {
	m, err := r.readMap()
	if err != nil {
		return "", "", false, err
	}
	key, known := "", false
	for at := path.Clean(file); !known; at = path.Dir(at) {
		if key, known = m.keys[at]; at == "/" || at == "." {
			break
		}
	}
	if !known {
		return "", "", false, coded("ERR_PACKAGE_MAP_EXTERNAL_FILE", name, file, m.file)
	}
	pkgName, rest := name, ""
	if i := packageNameEnd(name); i >= 0 {
		pkgName, rest = name[:i], name[i:]
	}
	target, ok := m.packages[key].dependencies[pkgName]
	if !ok {
		return "", "", false, nil
	}
	p, ok := m.packages[target]
	if !ok {
		return "", "", false, coded("ERR_PACKAGE_MAP_KEY_NOT_FOUND", target, m.file)
	}
	return strings.TrimSuffix(p.dir, "/"), "." + rest, true, nil
}

// resolveMapped resolves a bare name by the package map, as require() does.
func (r *Resolver) resolveMapped(request, filename string) (string, error) {
	dir, subpath, found, err := r.mapped(request, filename)
	if err != nil {
		return "", err
	}
	if !found {
		return "", &NotFound{request}
	}
	pkg, err := r.readPackage(dir)
	if err != nil {
		return "", err
	}
	if pkg != nil && pkg.exports.set() {
		target, err := r.exportsResolve(pkg, subpath, filename, r.requireConditions())
		if err != nil {
			return "", err
		}
		return r.finalize(target, filename, pkg.dir, request, pkg.file())
	}
	return r.findPath(subpath, []string{dir}, false)
}
