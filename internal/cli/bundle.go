package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"

	"gonode/internal/bundle"
	"gonode/internal/bundle/graph"
	"gonode/internal/loader"
	"gonode/internal/sys"
	"gonode/runtime"
)

//go:embed build.txt
var buildHelp string

// RunBundle runs a program that is in one file. As `node`, and where a script of its own starts it, the command is Node.
func RunBundle(args []string, b *bundle.Bundle, all []*runtime.Module, restrict func(*runtime.Config)) int {
	main, err := b.Mount(sys.Executable())
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", args[0], err)
		return 1
	}
	if os.Getenv(runtime.ChildEnv) == "" && filepath.Base(args[0]) != "node" {
		own := append([]string{args[0]}, b.Flags...)
		args = append(append(own, "--", main), args[1:]...)
	}
	return run(args, program{modules: all, bundle: b, restrict: restrict})
}

// files is where scripts are read from, nil for the system's files alone.
func (c *command) files() loader.Files {
	if c.bundle == nil {
		return nil
	}
	return c.bundle
}

// assets are what node:sea has.
func (c *command) assets() runtime.Assets {
	if c.bundle == nil {
		return nil
	}
	return c.bundle
}

// findScript looks for a script among those of the program, by the name that it had beside the main one, if there is no such file: fork('./worker.js').
func (c *command) findScript() {
	if c.script == "" || filepath.IsAbs(c.script) || isScript(c.script) || !filepath.IsLocal(c.script) {
		return
	}
	for _, name := range []string{filepath.Dir(c.bundle.Main) + "/" + c.script, c.script} {
		if file, ok := c.bundle.Path(name); ok {
			c.script = file
			return
		}
	}
}

// building are the arguments of `gonode build`.
type building struct {
	graph.Options
	output, licenses, runtime, platform, source string
	archive                                     bool
}

func (b *building) parse(args []string) error {
	single := map[string]*string{"-o": &b.output, "--output": &b.output, "--licenses": &b.licenses, "--runtime": &b.runtime, "--platform": &b.platform, "--source": &b.source}
	lists := map[string]*[]string{"--asset": &b.Assets, "--entry": &b.Entries, "--external": &b.External}
	for len(args) > 0 {
		name, value, given := strings.Cut(args[0], "=")
		args = args[1:]
		switch {
		case name == "--archive" && !given:
			b.archive = true
			continue
		case !strings.HasPrefix(name, "-"):
			if b.Main != "" {
				return fmt.Errorf("one main script is needed, not %s besides", name)
			}
			b.Main = name
			continue
		}
		to, list := single[name], lists[name]
		if to == nil && list == nil {
			return fmt.Errorf("unknown option %s", name)
		}
		if !given {
			if len(args) == 0 {
				return fmt.Errorf("%s requires an argument", name)
			}
			value, args = args[0], args[1:]
		}
		if to != nil {
			*to = value
		} else {
			*list = append(*list, value)
		}
	}
	switch {
	case b.Main == "":
		return errors.New("no script is given")
	case b.output == "":
		b.output = strings.TrimSuffix(filepath.Base(b.Main), filepath.Ext(b.Main))
		if b.archive {
			b.output += ".bundle"
		}
	}
	return nil
}

// build makes one file of a program.
func (c *command) build() error {
	b := building{}
	b.Builtin = func(name string) bool {
		return slices.ContainsFunc(c.modules, func(m *runtime.Module) bool { return m.Name == name })
	}
	b.Flags, b.Conditions = c.execArgv, c.options.Conditions
	if err := b.parse(c.args); err != nil {
		return err
	}
	contents, warnings, err := graph.Collect(b.Options)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	out, err := contents.Archive()
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if !b.archive {
		executable, err := b.executable()
		if err != nil {
			return err
		}
		if out, err = bundle.Append(executable, out); err != nil {
			return err
		}
		mode = 0o755
	}
	if b.licenses != "" {
		if err := os.WriteFile(b.licenses, []byte(contents.Licenses), 0o644); err != nil {
			return err
		}
	}
	return replace(b.output, out, mode)
}

// replace writes a file in one step: the old one may be running.
func replace(name string, data []byte, mode os.FileMode) error {
	if st, err := os.Stat(name); err == nil && st.IsDir() {
		return fmt.Errorf("%s is a folder; -o says where to write", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".gonode-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// executable gives the one that the program is put behind.
func (b *building) executable() ([]byte, error) {
	if b.platform == "" || b.runtime != "" {
		name := b.runtime
		if name == "" {
			name = sys.Executable()
		}
		return os.ReadFile(name)
	}
	goos, arch, ok := strings.Cut(b.platform, "/")
	if !ok {
		return nil, fmt.Errorf("--platform is %s/%s, for example, not %q", goruntime.GOOS, goruntime.GOARCH, b.platform)
	}
	if b.source == "" {
		return nil, errors.New("--platform needs the source of gonode (--source), to build it; or give its executable with --runtime")
	}
	dir, err := os.MkdirTemp("", "gonode-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-w", "-o", dir+"/gonode", "./cmd/gonode")
	cmd.Dir, cmd.Env = b.source, append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, text)
	}
	return os.ReadFile(dir + "/gonode")
}
