package sys

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestGroupMemory(t *testing.T) {
	for name, c := range map[string]struct {
		proc  string
		files map[string]string
		limit uint64
		used  uint64
	}{
		"none":           {"0::/\n", nil, math.MaxUint64, 0},
		"v2":             {"0::/a/b\n", map[string]string{"a/b/memory.max": "1000\n", "a/b/memory.current": "500", "a/b/memory.stat": "anon 5\ninactive_file 100\n"}, 1000, 400},
		"v2 above":       {"0::/a/b\n", map[string]string{"a/b/memory.max": "max\n", "a/memory.max": "2000", "a/memory.current": "7"}, 2000, 7},
		"v2 high":        {"0::/a\n", map[string]string{"a/memory.max": "2000", "a/memory.high": "1500"}, 1500, 0},
		"v2 not ours":    {"0::/x/y\n", map[string]string{"memory.max": "3000"}, 3000, 0},
		"v1":             {"8:pids:/a\n4:memory:/a\n0::/\n", map[string]string{"memory/a/memory.limit_in_bytes": "4000", "memory/memory.limit_in_bytes": "9223372036854771712", "memory/a/memory.usage_in_bytes": "300", "memory/a/memory.stat": "inactive_file 1\ntotal_inactive_file 200\n"}, 4000, 100},
		"v1 unlimited":   {"4:memory:/\n", map[string]string{"memory/memory.limit_in_bytes": "9223372036854771712"}, math.MaxUint64, 0},
		"v1, host's way": {"4:cpu,memory:/docker/1\n", map[string]string{"memory/memory.limit_in_bytes": "5000"}, 5000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			mount := t.TempDir()
			write(t, mount, c.files)
			m := Memory{Physical: math.MaxUint64, Group: math.MaxUint64, Space: math.MaxUint64}
			m.findGroup(mount, c.proc)
			if m.Limit() != c.limit {
				t.Errorf("limit %d, want %d", m.Limit(), c.limit)
			}
			if c.limit != math.MaxUint64 && m.GroupUsed() != c.used {
				t.Errorf("used %d, want %d", m.GroupUsed(), c.used)
			}
		})
	}
}

func TestGroupProcessors(t *testing.T) {
	for name, c := range map[string]struct {
		proc  string
		files map[string]string
		want  float64
	}{
		"none":         {"0::/\n", nil, 0},
		"v2":           {"0::/a/b\n", map[string]string{"a/b/cpu.max": "150000 100000\n", "a/cpu.max": "max 100000\n"}, 1.5},
		"v2 above":     {"0::/a/b\n", map[string]string{"a/b/cpu.max": "max 100000\n", "a/cpu.max": "50000 100000\n"}, 0.5},
		"v2 broken":    {"0::/a\n", map[string]string{"a/cpu.max": "50000\n"}, 0},
		"v1":           {"3:cpu,cpuacct:/a\n0::/\n", map[string]string{"cpu/a/cpu.cfs_quota_us": "300000\n", "cpu/a/cpu.cfs_period_us": "100000\n"}, 3},
		"v1 unlimited": {"3:cpu:/a\n", map[string]string{"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			mount := t.TempDir()
			write(t, mount, c.files)
			if got := processors(mount, c.proc); got != c.want {
				t.Errorf("%v processors, want %v", got, c.want)
			}
		})
	}
}

func write(t *testing.T, mount string, files map[string]string) {
	for file, text := range files {
		file = filepath.Join(mount, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
