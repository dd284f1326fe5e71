// Package graph finds what belongs to a program: all files that its scripts import, require, fork or start workers of, with the package.json files and links
// that say where they are. esbuild reads the graph; the files themselves stay as they are written, so that what scripts see of themselves is what it was.
package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"gonode/internal/bundle"
	"gonode/internal/deferred"
)

// Options say what a bundle is made of.
type Options struct {
	// Main is the main script's path, Entries are those of further ones that scripts start by names which are made at run time.
	Main    string
	Entries []string
	// Assets are files, folders and patterns that scripts find in the file system.
	Assets []string
	// External are packages that stay outside and are looked for beside the executable.
	External []string
	// Conditions are those of package exports that are asked for beside Node's.
	Conditions []string
	// Flags are the runtime's options.
	Flags []string
	// Builtin tells modules of the runtime's own; nil if there is none.
	Builtin func(name string) bool
}

// Collect reads a program's files. warnings say what was not found where it may be missing, an error what must be there.
func Collect(o Options) (contents *bundle.Contents, warnings []string, err error) {
	c := &collector{files: map[string]bool{}, assets: map[string]bool{}, links: map[string]string{}, o: o}
	if o.Builtin == nil {
		c.o.Builtin = func(string) bool { return false }
	}
	main, err := realPath(o.Main)
	if err != nil {
		return nil, nil, err
	}
	pending := []string{main}
	for _, name := range o.Entries {
		file, err := realPath(name)
		if err != nil {
			return nil, nil, err
		}
		pending = append(pending, file)
	}
	if err := c.addAssets(); err != nil {
		return nil, nil, err
	}
	for len(pending)+len(c.required) > 0 {
		if len(pending) > 0 {
			if err := c.graphOf(pending, nil); err != nil {
				return nil, c.warnings, err
			}
		}
		required := c.required
		c.required = nil
		for _, r := range required {
			if err := c.graphOf(nil, &r); err != nil {
				return nil, c.warnings, err
			}
		}
		pending = c.mentioned()
	}
	return c.contents(main)
}

// collector gathers files by their real paths.
type collector struct {
	o        Options
	files    map[string]bool // scripts and data; true when read for what they mention
	assets   map[string]bool
	links    map[string]string
	required []api.StdinOptions // what scripts require by a function that they have made, as scripts of their own
	warnings []string
}

func realPath(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// metafile is what is read of esbuild's description of a graph.
type metafile struct {
	Inputs map[string]struct {
		Imports []struct {
			Path, Original string
			External       bool
		}
	}
}

// graphOf adds all files that scripts import.
func (c *collector) graphOf(entries []string, text *api.StdinOptions) error {
	deferred.Esbuild.Run()
	const root = "/"
	conditions := c.o.Conditions
	if conditions == nil {
		conditions = []string{} // not esbuild's own ones
	}
	r := api.Build(api.BuildOptions{
		EntryPoints: entries, Stdin: text, AbsWorkingDir: root, Outdir: "/bundle", Write: false, Bundle: true, Metafile: true, LogLevel: api.LogLevelSilent,
		Platform: api.PlatformNode, Format: api.FormatESModule, MainFields: []string{"main"}, Conditions: conditions, External: c.o.External,
		IgnoreAnnotations: true, TreeShaking: api.TreeShakingFalse, TsconfigRaw: `{"compilerOptions":{"verbatimModuleSyntax":true}}`,
		LogOverride: map[string]api.LogLevel{"require-resolve-not-external": api.LogLevelSilent},
		Loader:      map[string]api.Loader{".node": api.LoaderEmpty, ".wasm": api.LoaderEmpty, ".cts": api.LoaderTS, ".mts": api.LoaderTS},
		Plugins:     []api.Plugin{c.plugin()},
	})
	if len(r.Errors) > 0 {
		all := make([]error, len(r.Errors))
		for i, m := range r.Errors {
			all[i] = errors.New(where(m))
		}
		return errors.Join(all...)
	}
	var meta metafile
	if err := json.Unmarshal([]byte(r.Metafile), &meta); err != nil {
		return err
	}
	for name, input := range meta.Inputs {
		if strings.HasPrefix(name, "(disabled):") {
			continue
		}
		file := plainPath(root, name)
		if text != nil && filepath.Base(file) == text.Sourcefile {
			file = filepath.Join(text.ResolveDir, text.Sourcefile)
		} else if _, ok := c.files[file]; !ok {
			c.files[file] = false
		}
		for _, i := range input.Imports {
			c.addLinks(file, i.Original)
			if i.External && text == nil && !c.o.Builtin(strings.TrimPrefix(i.Path, "node:")) && !slices.Contains(c.o.External, i.Path) { // in a try, or with a catch
				c.warnings = append(c.warnings, file+": "+i.Path+" is not there")
			}
		}
	}
	return nil
}

// plainPath is the path of an input, without what a plugin says about it.
func plainPath(root, name string) string {
	if rest, ok := strings.CutPrefix(name, assetSpace+":"); ok {
		name = rest
	}
	name, _, _ = strings.Cut(name, "?")
	if filepath.IsAbs(name) {
		return name
	}
	return root + name
}

func where(m api.Message) string {
	if m.Location == nil {
		return m.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", plainPath("/", m.Location.File), m.Location.Line, m.Location.Column+1, m.Text)
}

// assetSpace is the namespace of files that are imported as such.
const assetSpace = "asset"

// plugin has esbuild leave alone what is imported as a file, and take what it has no loader for as data.
func (c *collector) plugin() api.Plugin {
	return api.Plugin{Name: "gonode", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (r api.OnResolveResult, err error) {
			if kind := a.With["type"]; kind != "file" && kind != "text" || a.PluginData == "own" {
				return r, nil
			}
			found := b.Resolve(a.Path, api.ResolveOptions{ResolveDir: a.ResolveDir, Importer: a.Importer, Kind: a.Kind, PluginData: "own"})
			if len(found.Errors) > 0 {
				return api.OnResolveResult{Errors: found.Errors}, nil
			}
			if a.With["type"] == "file" {
				c.assets[found.Path] = true
			}
			c.files[found.Path] = true
			return api.OnResolveResult{Path: found.Path, Namespace: assetSpace}, nil
		})
		empty := ""
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: assetSpace}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			return api.OnLoadResult{Contents: &empty, Loader: api.LoaderEmpty}, nil
		})
	}}
}

// addLinks adds the symbolic links through which an import finds its package.
func (c *collector) addLinks(importer, specifier string) {
	if specifier == "" || specifier[0] == '.' || specifier[0] == '/' || specifier[0] == '#' {
		return
	}
	parts := strings.SplitN(specifier, "/", 3)
	name := parts[0]
	if name[0] == '@' && len(parts) > 1 {
		name += "/" + parts[1]
	}
	for dir := filepath.Dir(importer); ; dir = filepath.Dir(dir) {
		at := filepath.Join(dir, "node_modules", name)
		for _, p := range []string{filepath.Dir(at), at} {
			if st, err := os.Lstat(p); err == nil && st.Mode()&fs.ModeSymlink != 0 {
				if target, err := filepath.EvalSymlinks(p); err == nil {
					c.links[p] = target
				}
			}
		}
		if _, err := os.Stat(at); err == nil || dir == "/" {
			return
		}
	}
}

// contents puts together what was found, below the folder that has all of it.
func (c *collector) contents(main string) (*bundle.Contents, []string, error) {
	for file := range c.files {
		c.addPackages(file)
	}
	base := filepath.Dir(main)
	for file := range c.files {
		base = common(base, filepath.Dir(file))
	}
	relative := func(file string) string {
		name, _ := filepath.Rel(base, file)
		return filepath.ToSlash(name)
	}
	out := &bundle.Contents{Manifest: bundle.Manifest{Main: relative(main), Flags: c.o.Flags}, Files: map[string][]byte{}, Links: map[string]string{}}
	for file := range c.files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		out.Files[relative(file)] = text
		if c.assets[file] {
			out.Manifest.Assets = append(out.Manifest.Assets, relative(file))
		}
	}
	for link, target := range c.links {
		if !within(base, link) || !within(base, target) || c.files[link] {
			continue
		}
		to, _ := filepath.Rel(filepath.Dir(link), target)
		out.Links[relative(link)] = filepath.ToSlash(to)
	}
	out.Licenses = licenses(c.files, main)
	slices.Sort(c.warnings)
	return out, slices.Compact(c.warnings), nil
}

// addPackages adds the package.json files that say something about a file.
func (c *collector) addPackages(file string) {
	for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
		p := filepath.Join(dir, "package.json")
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
			c.files[p] = true
			return // the nearest one is asked
		}
		if dir == "/" || filepath.Base(dir) == "node_modules" {
			return
		}
	}
}

func within(base, file string) bool { return base == "/" || strings.HasPrefix(file, base+"/") }

// common is the innermost folder that has both.
func common(a, b string) string {
	for a != b && !within(a, b) {
		a = filepath.Dir(a)
	}
	return a
}
