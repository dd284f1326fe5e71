package loader

import (
	"errors"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

var tree = func() fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range map[string]string{
		"app/main.js": "", "app/lib.js": "", "app/lib/index.js": "", "app/data.json": "{}", "app/dir/index.js": "",
		"app/package.json":                            `{"name":"app","exports":{"./self":"./lib.js"},"imports":{"#dep":"dep","#x/*":"./dir/*.js","#null":null,"#fs":"fs"}}`,
		"app/sub/deep.js":                             "",
		"app/main-ok/package.json":                    `{"main":"lib"}`,
		"app/main-ok/lib/index.js":                    "",
		"app/main-bad/package.json":                   `{"main":"none.js"}`,
		"app/main-lost/package.json":                  `{"main":"none.js"}`,
		"app/main-lost/index.js":                      "",
		"app/broken/package.json":                     `{"main":`,
		"app/node_modules/dep/package.json":           `{"exports":{".":{"import":"./i.mjs","require":"./r.js"},"./feat/*":"./src/*.js","./feat/private/*":null,"./bad":"../out.js","./list":["bad:x","./r.js"]}}`,
		"app/node_modules/dep/r.js":                   "",
		"app/node_modules/dep/i.mjs":                  "",
		"app/node_modules/dep/src/a.js":               "",
		"app/node_modules/dep/src/private/b.js":       "",
		"app/node_modules/plain/package.json":         `{"main":"./m"}`,
		"app/node_modules/plain/m.js":                 "",
		"app/node_modules/@s/p/package.json":          `{"exports":"./x.js"}`,
		"app/node_modules/@s/p/x.js":                  "",
		"app/node_modules/@s/gone/package.json":       `{"exports":"./x.js"}`,
		"node_modules/up.js":                          "",
		"global/g.js":                                 "",
		"app/node_modules/mixed/package.json":         `{"exports":{".":"./a.js","b":"./b.js"}}`,
		"app/node_modules/plain/node_modules/in/i.js": "",
	} {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}()

func resolver() *Resolver {
	return &Resolver{Files: In(tree), GlobalPaths: []string{"/global"}, Cwd: func() string { return "/" },
		Builtin: func(n string) bool { return n == "fs" }}
}

func finds(t *testing.T, request, want string) {
	t.Helper()
	findsFrom(t, "/app/main.js", request, want)
}

func findsFrom(t *testing.T, from, request, want string) {
	t.Helper()
	t.Run(request, func(t *testing.T) {
		r := resolver()
		got, err := r.Resolve(request, from, r.LookupPaths(request, from, NodeModulePaths(path.Dir(from))), false)
		var e *Error
		if errors.As(err, &e) {
			got = e.Code + " " + e.Message
		} else if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestResolve(t *testing.T) {
	finds(t, "./lib", "/app/lib.js")
	finds(t, "./lib/", "/app/lib/index.js")
	finds(t, "./data", "/app/data.json")
	finds(t, "./dir", "/app/dir/index.js")
	finds(t, "./sub/..", "Cannot find module './sub/..'")
	finds(t, "./main-ok", "/app/main-ok/lib/index.js")
	finds(t, "./main-lost", "/app/main-lost/index.js")
	finds(t, "./main-bad", `MODULE_NOT_FOUND Cannot find module '/app/main-bad/none.js'. Please verify that the package.json has a valid "main" entry`)
	finds(t, "./broken", "Error parsing /app/broken/package.json")
	finds(t, "./none", "Cannot find module './none'")
	finds(t, "/app/lib", "/app/lib.js")
	finds(t, "up", "/node_modules/up.js")
	finds(t, "g", "/global/g.js")
	finds(t, "plain", "/app/node_modules/plain/m.js")
	finds(t, "plain/m.js", "/app/node_modules/plain/m.js")
	finds(t, "@s/p", "/app/node_modules/@s/p/x.js")
	finds(t, "@s/gone", "MODULE_NOT_FOUND Cannot find module '/app/node_modules/@s/gone/x.js'")
	finds(t, "@s/p/other", `ERR_PACKAGE_PATH_NOT_EXPORTED Package subpath './other' is not defined by "exports" in /app/node_modules/@s/p/package.json`)
	finds(t, "dep", "/app/node_modules/dep/r.js")
	finds(t, "dep/feat/a", "/app/node_modules/dep/src/a.js")
	finds(t, "dep/feat/private/b", `ERR_PACKAGE_PATH_NOT_EXPORTED Package subpath './feat/private/b' is not defined by "exports" in /app/node_modules/dep/package.json`)
	finds(t, "dep/feat/../r", `ERR_INVALID_MODULE_SPECIFIER Invalid module "./feat/../r" request is not a valid match in pattern "./feat/*" for the "exports" resolution of /app/node_modules/dep/package.json`)
	finds(t, "dep/bad", `ERR_INVALID_PACKAGE_TARGET Invalid "exports" target "../out.js" defined for './bad' in the package config /app/node_modules/dep/package.json; targets must start with "./"`)
	finds(t, "dep/list", "/app/node_modules/dep/r.js")
	finds(t, "mixed", `ERR_INVALID_PACKAGE_CONFIG Invalid package config /app/node_modules/mixed/package.json. "exports" cannot contain some keys starting with '.' and some not. The exports object must either be an object of package subpath keys or an object of main entry condition name keys only.`)
	finds(t, "app/self", "/app/lib.js")
	finds(t, "app", `ERR_PACKAGE_PATH_NOT_EXPORTED No "exports" main defined in /app/package.json imported from /app/main.js`)
	finds(t, "#dep", "/app/node_modules/dep/r.js")
	finds(t, "#x/index", "/app/dir/index.js")
	finds(t, "#fs", "node:fs")
	finds(t, "#null", `ERR_PACKAGE_IMPORT_NOT_DEFINED Package import specifier "#null" is not defined in package /app/package.json imported from /app/main.js`)
	finds(t, "#/y", `ERR_PACKAGE_IMPORT_NOT_DEFINED Package import specifier "#/y" is not defined in package /app/package.json imported from /app/main.js`)
	findsFrom(t, "/app/sub/deep.js", "../lib", "/app/lib.js")
	findsFrom(t, "/app/sub/deep.js", "..", "Cannot find module '..'")
	findsFrom(t, "/app/node_modules/plain/m.js", "in/i", "/app/node_modules/plain/node_modules/in/i.js")
}

func TestNodeModulePaths(t *testing.T) {
	for dir, want := range map[string]string{
		"/":                  "/node_modules",
		"/a/b":               "/a/b/node_modules /a/node_modules /node_modules",
		"/a/node_modules/b":  "/a/node_modules/b/node_modules /a/node_modules /node_modules",
		"/a/node_modules":    "/a/node_modules /node_modules",
		"/a/xnode_modules/b": "/a/xnode_modules/b/node_modules /a/xnode_modules/node_modules /a/node_modules /node_modules",
	} {
		if got := strings.Join(NodeModulePaths(dir), " "); got != want {
			t.Errorf("%s: got %s, want %s", dir, got, want)
		}
	}
}

func TestResolveImport(t *testing.T) {
	for spec, want := range map[string]string{
		"dep":                "/app/node_modules/dep/i.mjs",
		"fs":                 "node:fs",
		"./lib.js?q=1":       "/app/lib.js",
		"file:///app/lib.js": "/app/lib.js",
		"./lib":              "ERR_UNSUPPORTED_DIR_IMPORT",
		"./nope.js":          "ERR_MODULE_NOT_FOUND",
		"nope":               "ERR_MODULE_NOT_FOUND",
		"https://x/y":        "ERR_UNSUPPORTED_ESM_URL_SCHEME",
		"plain":              "/app/node_modules/plain/m.js",
	} {
		got, _, err := resolver().ResolveImport(spec, "/app/main.js")
		var e *Error
		if errors.As(err, &e) {
			got = e.Code
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", spec, got, want)
		}
	}
}

func TestSymlinks(t *testing.T) {
	links := linked{In(tree), map[string]string{"/app/node_modules/sym": "../sub", "/app/alias.js": "lib.js"}}
	r := resolver()
	r.Files = links
	if got := r.realPath("/app/node_modules/sym/deep.js"); got != "/app/sub/deep.js" {
		t.Errorf("folder: %s", got)
	}
	if got := r.realPath("/app/alias.js"); got != "/app/lib.js" {
		t.Errorf("file: %s", got)
	}
}

type linked struct {
	Files
	to map[string]string
}

func (l linked) Readlink(p string) (string, bool) {
	to, ok := l.to[p]
	return to, ok
}
