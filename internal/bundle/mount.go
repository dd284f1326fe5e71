package bundle

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"gonode/internal/loader"
	"gonode/internal/sys"
)

// A bundle's files stand below its root: a path that looks like a folder in the place of the executable, or, where scripts are to find assets in the file system, a
// folder in the user's cache, into which the assets are written once. Scripts are never read from there.

// Mount gives the bundle its root and gives the path of the main script.
func (b *Bundle) Mount(executable string) (main string, err error) {
	b.root = executable
	if len(b.Assets) > 0 {
		if b.root, err = b.unpack(); err != nil {
			return "", err
		}
	}
	return b.root + "/" + b.Main, nil
}

// inside gives the name of an entry by its path.
func (b *Bundle) inside(p string) (string, bool) {
	rest, ok := strings.CutPrefix(p, b.root)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimPrefix(path.Clean(rest), "/"), true
}

// Path gives the path of a file that is in the bundle, by its name from the root.
func (b *Bundle) Path(name string) (string, bool) {
	name = path.Clean(name)
	f, ok := b.entries[name]
	return b.root + "/" + name, ok && f != nil
}

// Stat implements loader.Files.
func (b *Bundle) Stat(p string) loader.Kind {
	name, ok := b.inside(p)
	if !ok {
		return loader.OS{}.Stat(p)
	}
	f, ok := b.find(name, 0)
	switch {
	case name == "" || name == ".":
		return loader.Dir
	case !ok:
		return loader.None
	case f == "":
		return loader.Dir
	}
	return loader.File
}

// ReadFile implements loader.Files.
func (b *Bundle) ReadFile(p string) ([]byte, error) {
	name, ok := b.inside(p)
	if !ok {
		return loader.OS{}.ReadFile(p)
	}
	file, ok := b.find(name, 0)
	switch {
	case !ok:
		return nil, &fs.PathError{Op: "open", Path: p, Err: syscall.ENOENT}
	case file == "":
		return nil, &fs.PathError{Op: "read", Path: p, Err: syscall.EISDIR}
	}
	return b.read(b.entries[file])
}

// Readlink implements loader.Files.
func (b *Bundle) Readlink(p string) (string, bool) {
	name, ok := b.inside(p)
	if !ok {
		return loader.OS{}.Readlink(p)
	}
	f := b.entries[name]
	if f == nil || f.Mode()&fs.ModeSymlink == 0 {
		return "", false
	}
	target, err := b.read(f)
	return string(target), err == nil
}

// find follows the links on the way to an entry; a folder's name is given as empty.
func (b *Bundle) find(name string, links int) (file string, ok bool) {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		f, ok := b.entries[name[:i]]
		if !ok {
			return "", false
		}
		if f == nil || f.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		target, err := b.read(f)
		if err != nil || links == 40 { // the system's own bound
			return "", false
		}
		return b.find(path.Join(path.Dir(name[:i]), string(target))+name[i:], links+1)
	}
	if b.entries[name] == nil {
		return "", true
	}
	return name, true
}

// unpack writes the assets where scripts find them, unless they are there.
func (b *Bundle) unpack() (root string, err error) {
	for _, base := range sys.CacheDirs() {
		if root, err = b.unpackIn(base); err == nil {
			return root, nil
		}
	}
	return "", err
}

func (b *Bundle) unpackIn(base string) (string, error) {
	if err := sys.OwnDir(base); err != nil {
		return "", err
	}
	base, err := filepath.EvalSymlinks(base) // paths of modules are real ones
	if err != nil {
		return "", err
	}
	root := base + "/app-" + b.ID
	if sys.Private(root) {
		if st, err := os.Stat(root + "/.complete"); err == nil && st.Mode().IsRegular() {
			return root, nil
		}
	}
	temporary, err := os.MkdirTemp(base, "app-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	for _, name := range append(b.Assets, ".complete") {
		var data []byte
		if name != ".complete" {
			f := b.entries[name]
			if f == nil || !filepath.IsLocal(name) {
				return "", errors.New("the program's archive lacks the asset " + strconv.Quote(name))
			}
			if data, err = b.read(f); err != nil {
				return "", err
			}
		}
		file := temporary + "/" + name
		if err := os.MkdirAll(path.Dir(file), 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return "", err
		}
	}
	os.RemoveAll(root) // what an earlier attempt has left
	if err := os.Rename(temporary, root); err != nil && !sys.Private(root) {
		return "", err // nor was another process faster
	}
	return root, nil
}

// AssetKeys are those by which node:sea knows files: the bundle's own, and the names of its assets.
func (b *Bundle) AssetKeys() []string {
	keys := slices.Collect(maps.Keys(b.Keys))
	for _, name := range b.Assets {
		if _, ok := b.Keys[name]; !ok {
			keys = append(keys, name)
		}
	}
	slices.Sort(keys)
	return keys
}

// Asset gives such a file.
func (b *Bundle) Asset(key string) ([]byte, bool) {
	name, ok := b.Keys[key]
	if !ok && slices.Contains(b.Assets, key) {
		name, ok = key, true
	}
	f := b.entries[name]
	if !ok || f == nil {
		return nil, false
	}
	data, err := b.read(f)
	return bytes.Clone(data), err == nil
}
