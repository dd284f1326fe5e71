package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gonode/internal/bundle"
	"gonode/internal/bundle/graph"
	"gonode/internal/sys"
	"gonode/runtime"
)

// seaConfig is what --build-sea reads: Node's configuration of single executable applications.
type seaConfig struct {
	Main       string            `json:"main"`
	Output     string            `json:"output"`
	Executable string            `json:"executable"`
	Assets     map[string]string `json:"assets"`
	ExecArgv   []string          `json:"execArgv"`
	Snapshot   bool              `json:"useSnapshot"`
}

// buildSEA makes an executable of a script, what it requires, and assets that node:sea finds by their keys.
func (c *command) buildSEA(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("Cannot read single executable configuration from %s", file)
	}
	var config seaConfig
	if err := json.Unmarshal(text, &config); err != nil {
		return fmt.Errorf("Cannot parse JSON from %s", file)
	}
	switch {
	case config.Main == "":
		return fmt.Errorf("\"main\" field of %s is not a non-empty string", file)
	case config.Output == "":
		return fmt.Errorf("\"output\" field of %s is not a non-empty string", file)
	case config.Snapshot:
		return errors.New("\"useSnapshot\" is not supported by gonode")
	}
	builtin := func(name string) bool {
		return slices.ContainsFunc(c.modules, func(m *runtime.Module) bool { return m.Name == name })
	}
	contents, warnings, err := graph.Collect(graph.Options{Main: config.Main, Flags: config.ExecArgv, Builtin: builtin})
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	contents.Manifest.Keys = map[string]string{}
	for key, asset := range config.Assets {
		data, err := os.ReadFile(asset)
		if err != nil {
			return fmt.Errorf("Cannot read asset %s: %w", asset, err)
		}
		name := "sea/" + strconv.Itoa(len(contents.Manifest.Keys)) + filepath.Ext(asset)
		contents.Files[name], contents.Manifest.Keys[key] = data, name
	}
	archive, err := contents.Archive()
	if err != nil {
		return err
	}
	if config.Executable == "" {
		config.Executable = sys.Executable()
	}
	executable, err := os.ReadFile(config.Executable)
	if err != nil {
		return err
	}
	out, err := bundle.Append(executable, archive)
	if err != nil {
		return err
	}
	return replace(config.Output, out, 0o755)
}
