package graph

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Scripts name further files in ways that no bundler follows: where they fork, start workers, read data beside themselves. Those that are written out are found in the
// texts; that a text is taken for such a mention wrongly adds a file that nobody asks for.

// besideModule are expressions for a file beside the script, the file's name in the last group that matched.
var besideModule = regexp.MustCompile(`new\s+URL\(\s*(['"\x60])([^'"\x60$]+)['"\x60]\s*,\s*import\.meta\.url\s*\)` +
	`|(?:join|resolve)\(\s*(?:__dirname|import\.meta\.dirname)\s*((?:,\s*(?:'[^']*'|"[^"]*")\s*)+),?\s*\)` +
	`|(?:__dirname|import\.meta\.dirname)\s*\+\s*(['"])(/[^'"]+)['"]` +
	`|\$\{(?:__dirname|import\.meta\.dirname)\}(/[^\x60$]+)\x60` +
	`|(?:require\.resolve|import\.meta\.resolve)\(\s*(['"])(\.[^'"]+)['"]`)

// besideCwd are names that Node takes from the working directory; where there is such a file beside the script, it is most often that.
var besideCwd = regexp.MustCompile(`(?:\bfork|new\s+Worker)\(\s*(['"])([^'"]+)['"]`)

var quoted = regexp.MustCompile(`'([^']*)'|"([^"]*)"`)

// mentioned gives the scripts that the files found so far name and that are new, and takes what is no script as an asset.
func (c *collector) mentioned() (scripts []string) {
	for file, done := range c.files {
		if done {
			continue
		}
		c.files[file] = true
		if !isScript(file) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if strings.Contains(string(text), "createRequire") {
			c.requires(file, string(text))
		}
		for _, name := range mentions(string(text), !strings.Contains(file, "/node_modules/")) {
			found := filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
			st, err := os.Stat(found)
			if err != nil || !st.Mode().IsRegular() {
				continue
			}
			if found, err = filepath.EvalSymlinks(found); err != nil {
				continue
			}
			if !isScript(found) {
				c.files[found], c.assets[found] = true, true
			} else if _, known := c.files[found]; !known {
				scripts = append(scripts, found)
			}
		}
	}
	return scripts
}

var required = regexp.MustCompile(`\b\w*[rR]equire(?:\.resolve)?\(\s*(?:'([^'\\\n]+)'|"([^"\\\n]+)")\s*\)`)

// requires follows what a script requires by a function from createRequire, which to esbuild is any function.
func (c *collector) requires(file, text string) {
	var b strings.Builder
	for _, m := range required.FindAllStringSubmatch(text, -1) {
		fmt.Fprintf(&b, "try { require(%q) } catch {}\n", m[1]+m[2])
	}
	if b.Len() > 0 {
		c.required = append(c.required, api.StdinOptions{Contents: b.String(), ResolveDir: filepath.Dir(file), Sourcefile: filepath.Base(file), Loader: api.LoaderJS})
	}
}

// mentions lists the files that a text names, relative to its own folder; own is false for that of a package.
func mentions(text string, own bool) (names []string) {
	for _, m := range besideModule.FindAllStringSubmatch(text, -1) {
		switch {
		case m[2] != "":
			names = append(names, m[2])
		case m[3] != "":
			var parts []string
			for _, q := range quoted.FindAllStringSubmatch(m[3], -1) {
				parts = append(parts, q[1]+q[2])
			}
			names = append(names, strings.Join(parts, "/"))
		case m[8] != "":
			names = append(names, m[8])
		default:
			names = append(names, "."+m[5]+m[6])
		}
	}
	if !own {
		return names
	}
	for _, m := range besideCwd.FindAllStringSubmatch(text, -1) {
		names = append(names, m[2])
	}
	return names
}

func isScript(file string) bool {
	switch filepath.Ext(file) {
	case ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts":
		return true
	}
	return false
}

// addAssets adds what Options.Assets name.
func (c *collector) addAssets() error {
	for _, pattern := range c.o.Assets {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return fmt.Errorf("%s: %w", pattern, err)
		}
		if len(names) == 0 {
			return &fs.PathError{Op: "find", Path: pattern, Err: fs.ErrNotExist}
		}
		for _, name := range names {
			name, err := realPath(name)
			if err != nil {
				return err
			}
			if err := filepath.WalkDir(name, func(file string, d fs.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() {
					c.files[file], c.assets[file] = true, true
				}
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}
