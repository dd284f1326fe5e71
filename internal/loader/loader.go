// Package loader finds the file that a require() or import means: relative paths, node_modules, package.json with main,
// exports and imports, self-references, NODE_PATH, symbolic links. It mirrors Node's resolution to the wording of its
// errors and knows nothing of JS values. A Resolver belongs to one runtime and its loop goroutine.
package loader

import (
	"path"
	"strings"
)

// Resolver finds modules for one runtime.
type Resolver struct {
	Files Files
	// Builtin tells whether a name is a built-in module, without the "node:" prefix.
	Builtin func(name string) bool
	// Extensions are tried in order for a name without one; nil means .js, .json and .node.
	Extensions []string
	// GlobalPaths are searched after the node_modules folders: NODE_PATH and the folders in HOME.
	GlobalPaths []string
	// NoAddons leaves the condition "node-addons" out.
	NoAddons bool
	// Conditions are the user's own, of --conditions.
	Conditions                             []string
	PreserveSymlinks, PreserveSymlinksMain bool
	// Cwd is the working directory.
	Cwd func() string
	// Warn emits a deprecation warning, or one of an experimental feature if it has no code.
	Warn func(message, code string)

	// MapPath is the file of --experimental-package-map, "" for none.
	MapPath string

	packageMap *packageMap
	warned     map[string]bool
	override   conditions // in place of all others, for a hook
	packages   map[string]*Package
	realDirs   map[string]string
	found      map[string]string
}

// Error is a failed resolution, as Node words it.
type Error struct {
	Class   string // of the error object: Error or TypeError
	Code    string
	Message string
	// Properties besides code, where Node sets them.
	Path, RequestPath, URL string
}

func (e *Error) Error() string { return e.Message }

// NotFound is the error for a request that leads nowhere. The caller adds the require stack.
type NotFound struct{ Request string }

func (e *NotFound) Error() string { return "Cannot find module '" + e.Request + "'" }

// NodeModulePaths lists the node_modules folders that a file in dir sees, from the inside out.
func NodeModulePaths(dir string) []string {
	if dir == "/" {
		return []string{"/node_modules"}
	}
	dir = strings.TrimSuffix(dir, "/")
	paths := make([]string, 0, strings.Count(dir, "/")+1)
	for dir != "" {
		i := strings.LastIndexByte(dir, '/')
		if dir[i+1:] != "node_modules" {
			paths = append(paths, dir+"/node_modules")
		}
		if i < 0 {
			break
		}
		dir = dir[:i]
	}
	return append(paths, "/node_modules")
}

// IsRelative tells whether a request is a path seen from the requiring file.
func IsRelative(request string) bool {
	return request == "." || request == ".." || strings.HasPrefix(request, "./") || strings.HasPrefix(request, "../")
}

// isPathLike is IsRelative in the slightly wider sense in which lookup paths are chosen: ".x" is a name, "..x" is not.
func isPathLike(request string) bool {
	return strings.HasPrefix(request, ".") && (len(request) == 1 || request[1] == '.' || request[1] == '/')
}

// LookupPaths lists the folders in which a request is sought. modulePaths are the parent's node_modules folders;
// filename is the parent's file, empty for none.
func (r *Resolver) LookupPaths(request, filename string, modulePaths []string) []string {
	if r.normalizeBuiltin(request) {
		return nil
	}
	if !isPathLike(request) {
		return append(modulePaths[:len(modulePaths):len(modulePaths)], r.GlobalPaths...)
	}
	if filename == "" {
		return []string{"."}
	}
	return []string{path.Dir(filename)}
}

// normalizeBuiltin tells whether a request names a built-in module.
func (r *Resolver) normalizeBuiltin(request string) bool {
	if name, ok := strings.CutPrefix(request, "node:"); ok {
		return r.Builtin(name)
	}
	return r.Builtin(request)
}

// Resolve finds the file that request means to a file in a module with these lookup paths. isMain chooses the symlink
// option of the main script. The error is a *NotFound, *Error or *JSONError.
func (r *Resolver) Resolve(request, filename string, paths []string, isMain bool) (string, error) {
	if strings.HasPrefix(request, "#") && filename != "" {
		pkg, err := r.scope(filename)
		if err != nil {
			return "", err
		}
		if pkg != nil && pkg.imports.set() {
			target, err := r.importsResolve(request, filename, r.requireConditions())
			if err == nil {
				return r.finalize(target, filename, pkg.dir, request, "")
			}
			return "", err
		}
	}
	if r.MapPath != "" && filename != "" && !isPathLike(request) && !path.IsAbs(request) {
		return r.resolveMapped(request, filename)
	}
	if file, err := r.self(filename, request); err != nil || file != "" {
		return file, err
	}
	return r.findPath(request, paths, isMain)
}

// self resolves a request that names the package which the requiring file is in.
func (r *Resolver) self(filename, request string) (string, error) {
	if filename == "" {
		return "", nil
	}
	pkg, err := r.scope(filename)
	if err != nil || pkg == nil || !pkg.exports.set() || !pkg.hasName {
		return "", err
	}
	subpath := "."
	if request != pkg.Name {
		rest, ok := strings.CutPrefix(request, pkg.Name+"/")
		if !ok {
			return "", nil
		}
		subpath = "./" + rest
	}
	target, err := r.exportsResolve(pkg, subpath, filename, r.requireConditions())
	if err != nil {
		return "", err
	}
	return r.finalize(target, filename, pkg.dir, request, pkg.file())
}

// finalize checks that what a package's exports or imports say is there.
func (r *Resolver) finalize(target, base, pkgDir, request, notFoundPath string) (string, error) {
	if strings.HasPrefix(target, "node:") {
		return target, nil
	}
	if hasEncodedSeparator(target) {
		return "", invalidSpecifier(target, `must not include encoded "/" or "\" characters`, base)
	}
	file := decodePath(target)
	if r.Files.Stat(file) == File {
		return r.real(file, false), nil
	}
	return "", &Error{Class: "Error", Code: "MODULE_NOT_FOUND", Message: "Cannot find module '" + file + "'",
		Path: path.Join(pkgDir, "package.json")}
}

func (r *Resolver) real(file string, isMain bool) string {
	if isMain && r.PreserveSymlinksMain || !isMain && r.PreserveSymlinks {
		return path.Clean(file)
	}
	return r.realPath(path.Clean(file))
}

func (r *Resolver) extensions() []string {
	if r.Extensions != nil {
		return r.Extensions
	}
	return []string{".js", ".json", ".node"}
}

// resolvePath is path.resolve.
func (r *Resolver) resolvePath(dir, p string) string {
	if !path.IsAbs(p) {
		if !path.IsAbs(dir) {
			dir = path.Join(r.Cwd(), dir)
		}
		p = dir + "/" + p
	}
	return path.Clean(p)
}

func hasTrailingSlash(request string) bool {
	return strings.HasSuffix(request, "/") || request == "." || request == ".." ||
		strings.HasSuffix(request, "/.") || strings.HasSuffix(request, "/..")
}

// findPath is Module._findPath; not finding is a *NotFound.
func (r *Resolver) findPath(request string, paths []string, isMain bool) (string, error) {
	absolute := path.IsAbs(request)
	if absolute {
		paths = []string{""}
	}
	key := request + "\x00" + strings.Join(paths, "\x00") + "\x00" + strings.Join(r.Extensions, "")
	if file := r.found[key]; file != "" {
		return file, nil
	}
	trailing := hasTrailingSlash(request)
	inside := !(IsRelative(request) && strings.HasPrefix(path.Clean(request), ".."))
	for _, dir := range paths {
		if inside && dir != "" && r.Files.Stat(r.resolvePath(dir, "")) != Dir {
			continue
		}
		if !absolute {
			if file, err := r.packageExports(dir, request); err != nil || file != "" {
				return file, err
			}
		}
		base := r.resolvePath(dir, request)
		kind := r.Files.Stat(base)
		file := ""
		if !trailing {
			if kind == File {
				file = r.real(base, isMain)
			} else {
				file = r.tryExtensions(base, isMain)
			}
		}
		if file == "" && kind == Dir {
			var err error
			if file, err = r.tryPackage(base, isMain, request); err != nil {
				return "", err
			}
		}
		if file != "" {
			if r.found == nil {
				r.found = map[string]string{}
			}
			r.found[key] = file
			return file, nil
		}
	}
	return "", &NotFound{request}
}

// Forget drops a file from the memory of past resolutions, after it could not be read.
func (r *Resolver) Forget(file string) {
	for k, f := range r.found {
		if f == file {
			delete(r.found, k)
		}
	}
}

func (r *Resolver) tryFile(file string, isMain bool) string {
	if r.Files.Stat(file) == File {
		return r.real(file, isMain)
	}
	return ""
}

func (r *Resolver) tryExtensions(base string, isMain bool) string {
	for _, ext := range r.extensions() {
		if file := r.tryFile(base+ext, isMain); file != "" {
			return file
		}
	}
	return ""
}

// tryPackage resolves a folder by its package.json's "main", or by its index file.
func (r *Resolver) tryPackage(dir string, isMain bool, request string) (string, error) {
	pkg, err := r.readPackage(dir)
	if err != nil {
		return "", err
	}
	if pkg == nil || pkg.Main == "" {
		return r.tryExtensions(dir+"/index", isMain), nil
	}
	main := r.resolvePath(dir, pkg.Main)
	for _, try := range []func() string{
		func() string { return r.tryFile(main, isMain) },
		func() string { return r.tryExtensions(main, isMain) },
		func() string { return r.tryExtensions(main+"/index", isMain) },
	} {
		if file := try(); file != "" {
			return file, nil
		}
	}
	file := r.tryExtensions(dir+"/index", isMain)
	if file == "" {
		return "", &Error{Class: "Error", Code: "MODULE_NOT_FOUND",
			Message: "Cannot find module '" + main + `'. Please verify that the package.json has a valid "main" entry`,
			Path:    dir + "/package.json", RequestPath: request}
	}
	if r.Warn != nil {
		r.Warn("Invalid 'main' field in '"+dir+"/package.json' of '"+pkg.Main+"'. Please either fix that or report it to the module author", "DEP0128")
	}
	return file, nil
}

// splitPackageName cuts "@scope/name/sub/path" into the name and "/sub/path"; ok is false where requests do not name
// packages.
func splitPackageName(request string) (name, rest string, ok bool) {
	name = request
	if i := packageNameEnd(request); i >= 0 {
		name, rest = request[:i], request[i:]
	}
	if name == "" || name[0] == '.' || strings.ContainsAny(name, `%\`) || name[0] == '/' {
		return "", "", false
	}
	if name[0] == '@' {
		// "@" and "@scope" alone count as names too, unless a slash with nothing after follows.
		if scope, base, found := strings.Cut(name, "/"); found && (scope == "@" || base == "" || base[0] == '.') {
			return "", "", false
		}
	}
	return name, rest, true
}

func packageNameEnd(request string) int {
	i := strings.IndexByte(request, '/')
	if i >= 0 && request[0] == '@' {
		j := strings.IndexByte(request[i+1:], '/')
		if j < 0 {
			return -1
		}
		return i + 1 + j
	}
	return i
}

// packageExports resolves a request by the "exports" of a package in the folder dir. No file and no error means that
// there is no such package or it has no exports.
func (r *Resolver) packageExports(dir, request string) (string, error) {
	name, rest, ok := splitPackageName(request)
	if !ok {
		return "", nil
	}
	pkg, err := r.readPackage(r.resolvePath(dir, name))
	if err != nil || pkg == nil || !pkg.exports.set() {
		return "", err
	}
	target, err := r.exportsResolve(pkg, "."+rest, "", r.requireConditions())
	if err != nil {
		return "", err
	}
	return r.finalize(target, "", pkg.dir, request, pkg.file())
}

// FindPath seeks a request in folders only, without the requiring file's package; not finding is a *NotFound.
func (r *Resolver) FindPath(request string, paths []string, isMain bool) (string, error) {
	return r.findPath(request, paths, isMain)
}
