package host_test

import (
	"context"
	"os"
	"testing"
	"testing/fstest"

	"gonode/host"
)

// world is what Program and Cell have in common.
type world interface {
	Run(ctx context.Context, file string) error
	Import(ctx context.Context, specifier string) (*host.Object, error)
	Eval(ctx context.Context, out any, name, source string) error
	Expose(ctx context.Context, name string, value any) error
	Stats(ctx context.Context) (host.Stats, error)
	Close() error
}

type starter func(t *testing.T, cfg host.Config, files map[string]string) world

// inBoth runs a test in a program of this process and in one of a process of its own.
func inBoth(t *testing.T, test func(t *testing.T, start starter)) {
	t.Run("Program", func(t *testing.T) {
		test(t, func(t *testing.T, cfg host.Config, files map[string]string) world { return program(t, cfg, files) })
	})
	t.Run("Cell", func(t *testing.T) {
		test(t, func(t *testing.T, cfg host.Config, files map[string]string) world {
			box := host.Sandbox{}
			if cfg.Limits.Descriptors > 0 || cfg.Limits.Children > 0 { // of what there is in the system
				box = host.Sandbox{Network: true, Run: programs()}
			}
			return cell(t, cfg, files, box)
		})
	})
}

// programs are the folders that programs and their libraries are in.
func programs() (all []string) {
	for _, folder := range []string{"/bin", "/usr/bin", "/lib", "/lib64", "/usr/lib"} {
		if _, err := os.Stat(folder); err == nil {
			all = append(all, folder)
		}
	}
	return all
}

// cell makes one over files of a file system in memory.
func cell(t *testing.T, cfg host.Config, files map[string]string, box host.Sandbox) *host.Cell {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	cfg.FS = tree
	c, err := host.NewCell(t.Context(), cfg, box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
