package runtime

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
)

// FindPackageJSON is the package.json of the package that a specifier means to the module at the URL base, or the one that the file of a path
// belongs to; empty for none. Loop goroutine only.
func (c *CommonJS) FindPackageJSON(specifier, base string) string {
	rt := c.rt
	l := rt.ESModules()
	if specifier != "" && specifier[0] != '.' && specifier[0] != '/' && foreignScheme(specifier) == "" && !strings.HasPrefix(specifier, "file:") &&
		!strings.HasPrefix(specifier, "node:") {
		from, ok := loader.PathOfURL(base)
		if !ok { // there is no path of folders up from a data: URL
			rt.Throw(rt.NewError("ERR_INVALID_URL"))
		}
		file, err := c.resolver.PackageOf(specifier, from)
		if err != nil {
			c.throwResolve(err, goja.Undefined())
		}
		return file
	}
	var found string
	if ex := rt.vm.Try(func() { found = l.resolveURL(specifier, base) }); ex != nil {
		o, ok := ex.Value().(*goja.Object)
		if !ok || engine.Text(o.Get("code")) != "ERR_UNSUPPORTED_DIR_IMPORT" {
			panic(ex)
		}
		found = engine.Text(o.Get("url"))
		if strings.HasSuffix(specifier, "/") || strings.HasSuffix(specifier, ".") && strings.Trim(specifier[strings.LastIndexByte(specifier, '/')+1:], ".") == "" {
			found = strings.TrimSuffix(found, "/") + "/package.json"
		}
	}
	file, ok := loader.PathOfURL(found)
	if !ok {
		rt.Throw(rt.NewError("ERR_INVALID_URL_SCHEME", []string{"file"}))
	}
	pkg, err := c.resolver.Scope(file)
	if err != nil {
		c.throwResolve(err, goja.Undefined())
	}
	if pkg == nil {
		return ""
	}
	return pkg.File()
}
