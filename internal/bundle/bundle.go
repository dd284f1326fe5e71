// Package bundle is the format of programs in one file: a zip archive with the files of a program, alone or behind an executable whose mark says
// that there is one. Any tool for zip archives shows what is in it.
package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// Names of an archive's entries. What belongs to the program is below filesDir.
const (
	manifestName = "gonode.json"
	// LicensesName is the entry that lists the licences of what is in the archive.
	LicensesName = "LICENSES.txt"
	filesDir     = "app/"
)

// Manifest says how a bundle is run.
type Manifest struct {
	// Main is the main script, slash-separated, as all paths from the bundle's root.
	Main string `json:"main"`
	// Flags are the runtime's own options, as before the script on a command line.
	Flags []string `json:"flags,omitempty"`
	// Assets are the files that scripts find in the file system.
	Assets []string `json:"assets,omitempty"`
	// Keys are the entries that scripts find by node:sea, by their keys.
	Keys map[string]string `json:"keys,omitempty"`
	// ID tells bundles apart by what is in them.
	ID string `json:"id"`
}

// Contents are the files of a bundle to be written.
type Contents struct {
	Manifest Manifest
	// Files are texts by path, Links the targets of symbolic links.
	Files map[string][]byte
	Links map[string]string
	// Licenses is the list of licences.
	Licenses string
}

// Archive writes a bundle. The same contents give the same bytes.
func (c *Contents) Archive() ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	sum := sha256.New()
	var entries []func() error
	add := func(name string, mode fs.FileMode, data []byte) {
		fmt.Fprintf(sum, "%q %d %d\n", name, mode, len(data))
		sum.Write(data)
		entries = append(entries, func() error {
			h := &zip.FileHeader{Name: name, Method: zip.Store} // to be read where it lies
			h.SetMode(mode)
			f, err := w.CreateHeader(h)
			if err == nil {
				_, err = f.Write(data)
			}
			return err
		})
	}
	if c.Licenses != "" {
		add(LicensesName, 0o644, []byte(c.Licenses))
	}
	for _, name := range sorted(c.Files) {
		add(filesDir+name, 0o644, c.Files[name])
	}
	for _, name := range sorted(c.Links) {
		add(filesDir+name, fs.ModeSymlink|0o777, []byte(c.Links[name]))
	}
	m := c.Manifest
	slices.Sort(m.Assets)
	json.NewEncoder(sum).Encode(m)
	m.ID = hex.EncodeToString(sum.Sum(nil)[:16])
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	files := entries
	entries = nil
	add(manifestName, 0o644, append(text, '\n'))
	for _, write := range append(entries, files...) { // the manifest comes first: see start
		if err := write(); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// fuse ends with 1 in an executable that has a bundle. It is looked for in files of executables, so its text must be nowhere else.
var fuse = "GONODE_BUNDLE_FUSE_b1a9d2f07c3e4865:0"

// Append gives an executable of gonode's, or of a program with package host in it, with an archive behind it. One that it has already is replaced.
func Append(executable, archive []byte) ([]byte, error) {
	prefix := []byte(fuse[:len(fuse)-1])
	at := bytes.Index(executable, prefix)
	if at < 0 || bytes.Contains(executable[at+1:], prefix) {
		return nil, errors.New("the executable has no place for a program: it is not gonode, or was packed")
	}
	if executable[at+len(prefix)] == '1' {
		r, err := zip.NewReader(bytes.NewReader(executable), int64(len(executable)))
		if err != nil {
			return nil, fmt.Errorf("the executable's own program: %w", err)
		}
		end, err := start(r)
		if err != nil {
			return nil, err
		}
		executable = executable[:end]
	}
	out := append(bytes.Clone(executable), archive...)
	out[at+len(prefix)] = '1'
	return out, nil
}

// start is where an archive begins in a file.
func start(r *zip.Reader) (int64, error) {
	if len(r.File) == 0 || r.File[0].Name != manifestName {
		return 0, errors.New("the archive is no program of gonode's")
	}
	const localHeader = 30
	at, err := r.File[0].DataOffset()
	return at - localHeader - int64(len(manifestName)), err
}

// Bundle is a bundle that is open.
type Bundle struct {
	Manifest
	entries map[string]*zip.File // by path; nil for folders
	data    []byte
	root    string // where it is mounted
}

// Open reads an archive, which must not change any more.
func Open(archive []byte) (*Bundle, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("the program's archive: %w", err)
	}
	b := &Bundle{entries: make(map[string]*zip.File, len(r.File)), data: archive}
	for _, f := range r.File {
		name, ok := strings.CutPrefix(f.Name, filesDir)
		if !ok {
			if f.Name == manifestName {
				text, err := b.read(f)
				if err == nil {
					err = json.Unmarshal(text, &b.Manifest)
				}
				if err != nil {
					return nil, fmt.Errorf("the program's manifest: %w", err)
				}
			}
			continue
		}
		b.entries[name] = f
		for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if _, ok := b.entries[dir]; ok {
				break
			}
			b.entries[dir] = nil
		}
	}
	if f := b.entries[b.Main]; f == nil {
		return nil, fmt.Errorf("the program's archive has no main script %q", b.Main)
	}
	return b, nil
}

// Own opens the bundle of the running executable; nil if it has none.
func Own() (*Bundle, error) {
	if fuse[len(fuse)-1] != '1' {
		return nil, nil
	}
	data, err := mapped(sys.Executable())
	if err != nil {
		return nil, err
	}
	return Open(data)
}

// mapped gives a file's bytes without reading what is not looked at.
func mapped(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	data, err := unix.Mmap(fd, 0, int(st.Size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, &fs.PathError{Op: "mmap", Path: name, Err: err}
	}
	return data, nil
}

// read gives the bytes of an entry, which are checked.
func (b *Bundle) read(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, f.UncompressedSize64)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	_, err = r.Read(make([]byte, 1)) // the checksum is looked at here
	if err == io.EOF {
		err = nil
	}
	return data, err
}
