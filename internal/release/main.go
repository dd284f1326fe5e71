// Command release makes what is given to users: static binaries with their manual page, completions, licences, bills of materials and
// checksums.
//
//	go run ./internal/release [-o dist] [-targets linux/amd64,…] [-check]
//	go run ./internal/release -docs      writes the pages of docs/ that are made from tables
//
// The same source and the same release of Go give the same files, to the byte, in whatever folder: -check builds all binaries a second
// time from a copy of the tree elsewhere and compares.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonode/runtime"
)

//go:embed Containerfile
var containerfile []byte

func main() {
	out := flag.String("o", "dist", "the folder to write")
	targets := flag.String("targets", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64", "systems and processors")
	check := flag.Bool("check", false, "build the binaries twice, in two folders, and compare")
	docs := flag.Bool("docs", false, "write the pages of docs/ that are made from tables, and nothing else")
	flag.Parse()
	var err error
	if *docs {
		err = writeDocs("docs")
	} else {
		err = release(*out, strings.Split(*targets, ","), *check)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// file is one of an archive.
type file struct {
	name string
	mode int64
	data []byte
}

func release(out string, targets []string, check bool) error {
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	revision, when := source()
	var made []string
	write := func(name string, data []byte) error {
		made = append(made, name)
		return os.WriteFile(filepath.Join(out, name), data, 0o666)
	}
	for _, target := range targets {
		system, processor, ok := strings.Cut(target, "/")
		if !ok {
			return fmt.Errorf("%q is no system/processor", target)
		}
		name := fmt.Sprintf("gonode-%s-%s-%s", runtime.Version, system, processor)
		fmt.Println("building", name)
		bin := filepath.Join(out, name)
		if err := build(".", bin, system, processor, revision); err != nil {
			return err
		}
		if check {
			if err := again(bin, system, processor, revision); err != nil {
				return err
			}
		}
		text, err := os.ReadFile(bin)
		if err != nil {
			return err
		}
		if err := os.Remove(bin); err != nil {
			return err
		}
		info, err := buildinfo.Read(bytes.NewReader(text))
		if err != nil {
			return err
		}
		list, err := modules(info)
		if err != nil {
			return err
		}
		sbom, err := materials(text, info, list, runtime.Version)
		if err != nil {
			return err
		}
		files := []file{
			{"gonode", 0o755, text},
			{"gonode.1", 0o644, []byte(manual())},
			{"completions/gonode.bash", 0o644, []byte(bash())},
			{"completions/_gonode", 0o644, []byte(zsh())},
			{"completions/gonode.fish", 0o644, []byte(fish())},
			{"THIRD_PARTY_NOTICES.txt", 0o644, []byte(notices(list))},
			{"sbom.cdx.json", 0o644, sbom},
		}
		for _, n := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
			data, err := os.ReadFile(n)
			if err != nil {
				return err
			}
			files = append(files, file{n, 0o644, data})
		}
		packed, err := pack(name, files, when)
		if err != nil {
			return err
		}
		if err := errors.Join(write(name+".tar.gz", packed), write(name+".cdx.json", sbom)); err != nil {
			return err
		}
	}
	if err := write("Containerfile", containerfile); err != nil {
		return err
	}
	slices.Sort(made)
	var sums strings.Builder
	for _, name := range made {
		data, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), name)
	}
	fmt.Print(sums.String())
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o666)
}

// build makes one static binary of the tree in a folder. Nothing of the folder, the machine or the time gets into it.
func build(tree, out, system, processor, revision string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X gonode/internal/cli.revision="+revision, "-o", out, "./cmd/gonode")
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+system, "GOARCH="+processor)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s/%s: %w\n%s", system, processor, err, text)
	}
	return nil
}

// again builds a binary from a copy of the tree and compares.
func again(bin, system, processor, revision string) error {
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tree := filepath.Join(dir, "another folder")
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || path == "dist" || path == "testdata"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(tree, path), 0o777)
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(tree, path), data, 0o666)
	})
	if err != nil {
		return err
	}
	second := filepath.Join(dir, "gonode")
	if err := build(tree, second, system, processor, revision); err != nil {
		return err
	}
	a, err := os.ReadFile(bin)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(second)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("%s/%s: two builds of the same tree differ", system, processor)
	}
	return nil
}

// source is the commit that is released and its time: those of SOURCE_DATE_EPOCH and of no commit where there is no Git.
func source() (revision string, when time.Time) {
	if out, err := exec.Command("git", "log", "-1", "--format=%H %ct").Output(); err == nil {
		var seconds int64
		fmt.Sscan(string(out), &revision, &seconds)
		when = time.Unix(seconds, 0)
	}
	if n, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		when = time.Unix(n, 0)
	}
	return revision, when
}

// pack makes a .tar.gz whose bytes depend on the files and the time alone.
func pack(folder string, files []file, when time.Time) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: folder + "/" + f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: when.UTC().Truncate(time.Second), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := t.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// pages are the pages of docs/ that are made from tables, by their names.
func pages() (map[string]string, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{if not .Replace}}{{.Path}} {{.Version}}{{end}}{{end}}{{end}}", "gonode/cmd/gonode")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	info := &debug.BuildInfo{}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 2 && !slices.ContainsFunc(info.Deps, func(m *debug.Module) bool { return m.Path == f[0] }) {
			info.Deps = append(info.Deps, &debug.Module{Path: f[0], Version: f[1]})
		}
	}
	slices.SortFunc(info.Deps, func(a, b *debug.Module) int { return strings.Compare(a.Path, b.Path) })
	list, err := modules(info)
	if err != nil {
		return nil, err
	}
	return map[string]string{"options.md": page(), "third-party.md": thirdParty(list)}, nil
}

func writeDocs(folder string) error {
	made, err := pages()
	if err != nil {
		return err
	}
	for name, text := range made {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
