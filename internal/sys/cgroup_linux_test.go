package sys

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestOwnGroup(t *testing.T) {
	const v2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	for name, c := range map[string]struct{ mounts, own, want string }{
		"none":            {"22 1 8:1 / / rw - ext4 /dev/a rw\n", "0::/\n", ""},
		"not asked":       {v2, "4:memory:/x\n", ""},
		"root":            {v2, "0::/\n", "/sys/fs/cgroup"},
		"service":         {v2, "0::/system.slice/web.service\n", "/sys/fs/cgroup/system.slice/web.service"},
		"hybrid":          {"31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "4:memory:/a\n0::/b\n", "/sys/fs/cgroup/unified/b"},
		"a part":          {"30 23 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/docker/1/app\n", "/sys/fs/cgroup/app"},
		"another part":    {"30 23 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/docker/10\n", ""},
		"out of a domain": {v2, "0::/../other\n", ""},
	} {
		if got := ownGroup(c.mounts, c.own); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A process that is alone in its group moves into one below, so that its group can hand controllers down; one that is not makes groups without them.
func TestPrepareGroups(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for name, c := range map[string]struct {
		files map[string]string
		want  map[string]string
	}{
		"alone":     {map[string]string{"cgroup.procs": self + "\n", "cgroup.type": "domain\n", "gonode/cgroup.procs": "", "cgroup.subtree_control": "", "cgroup.controllers": "memory\n"}, map[string]string{"gonode/cgroup.procs": self, "cgroup.subtree_control": "+memory"}},
		"not alone": {map[string]string{"cgroup.procs": self + "\n1\n", "cgroup.type": "domain\n", "gonode/cgroup.procs": "", "cgroup.subtree_control": "", "cgroup.controllers": "memory\n"}, map[string]string{"gonode/cgroup.procs": "", "cgroup.subtree_control": ""}},
		"the root":  {map[string]string{"cgroup.procs": self + "\n1\n", "cgroup.subtree_control": "", "cgroup.controllers": "cpuset pids\n"}, map[string]string{"cgroup.subtree_control": "+pids"}},
		"handed":    {map[string]string{"cgroup.procs": self + "\n", "cgroup.type": "domain\n", "gonode/cgroup.procs": "", "cgroup.subtree_control": "memory", "cgroup.controllers": "memory\n"}, map[string]string{"gonode/cgroup.procs": ""}},
	} {
		dir := filepath.Join(t.TempDir(), "group")
		write(t, dir, c.files)
		if got := prepareGroups(dir, os.Getpid()); got != dir {
			t.Errorf("%s: %q", name, got)
		}
		for file, want := range c.want {
			if got, _ := os.ReadFile(filepath.Join(dir, file)); string(got) != want {
				t.Errorf("%s: %s has %q, want %q", name, file, got, want)
			}
		}
	}
	if got := prepareGroups(filepath.Join(t.TempDir(), "missing"), os.Getpid()); got != "" {
		t.Errorf("a group that is not there: %q", got)
	}
}

func TestPrepareGroupsInLeaf(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"cgroup.procs": "", "gonode/cgroup.procs": strconv.Itoa(os.Getpid())})
	if got := prepareGroups(filepath.Join(dir, "gonode"), os.Getpid()); got != dir {
		t.Errorf("groups are made in %q", got)
	}
}

func TestGroupExceeded(t *testing.T) {
	for name, c := range map[string]struct {
		kept  GroupLimits
		files map[string]string
		want  string
	}{
		"nothing":    {GroupLimits{Memory: 1, Tasks: 1}, map[string]string{"memory.events": "max 5\noom 0\noom_kill 0\n", "pids.events": "max 0\n"}, ""},
		"memory":     {GroupLimits{Memory: 1}, map[string]string{"memory.events": "oom 1\noom_kill 1\n"}, "memory"},
		"pids":       {GroupLimits{Tasks: 1}, map[string]string{"pids.events": "max 3\n"}, "pids"},
		"not set":    {GroupLimits{}, map[string]string{"memory.events": "oom_kill 1\n", "pids.events": "max 3\n"}, ""},
		"no figures": {GroupLimits{Memory: 1, Tasks: 1}, nil, ""},
	} {
		dir := t.TempDir()
		write(t, dir, c.files)
		if got := (&ControlGroup{dir: dir, kept: c.kept}).Exceeded(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestGroupLimits(t *testing.T) {
	all := GroupLimits{Memory: 1 << 20, Tasks: 64, Processors: 0.5}
	for name, c := range map[string]struct {
		limits, kept GroupLimits
		there        string // the files of the controllers that there are
		want         map[string]string
	}{
		"all":           {all, all, "memory.max memory.swap.max memory.oom.group pids.max cpu.max", map[string]string{"memory.max": "1048576", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "64", "cpu.max": "50000 100000"}},
		"pids only":     {all, GroupLimits{Tasks: 64}, "pids.max", map[string]string{"pids.max": "64"}},
		"memory only":   {all, GroupLimits{Memory: 1 << 20}, "memory.max", map[string]string{"memory.max": "1048576"}},
		"none":          {all, GroupLimits{}, "", nil},
		"not asked for": {GroupLimits{}, GroupLimits{}, "memory.max memory.swap.max memory.oom.group pids.max cpu.max", map[string]string{"memory.max": "", "memory.swap.max": "", "memory.oom.group": "", "pids.max": "", "cpu.max": ""}},
		"a thousandth":  {GroupLimits{Processors: 0.001}, GroupLimits{Processors: 0.001}, "cpu.max", map[string]string{"cpu.max": "1000 100000"}},
	} {
		files := map[string]string{}
		for _, file := range strings.Fields(c.there) {
			files[file] = ""
		}
		group := &ControlGroup{dir: t.TempDir()}
		write(t, group.dir, files)
		group.limit(c.limits)
		if got := group.Keeps(); got != c.kept {
			t.Errorf("%s: %+v are kept, want %+v", name, got, c.kept)
		}
		for file, want := range c.want {
			if got, _ := os.ReadFile(filepath.Join(group.dir, file)); string(got) != want {
				t.Errorf("%s: %s has %q, want %q", name, file, got, want)
			}
		}
	}
}

func TestGroupFilled(t *testing.T) {
	for name, c := range map[string]struct {
		memory int64
		peak   string
		want   bool
	}{"three quarters": {100, "75\n", true}, "less": {100, "74\n", false}, "no limit": {0, "75\n", false}, "an old kernel": {100, "", false}} {
		dir := t.TempDir()
		if c.peak != "" {
			write(t, dir, map[string]string{"memory.peak": c.peak})
		}
		if got := (&ControlGroup{dir: dir, kept: GroupLimits{Memory: c.memory}}).Filled(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The groups of a process that was killed are removed by the next one; those of others stay.
func TestRemoveStale(t *testing.T) {
	dir := t.TempDir()
	own := groupName(os.Getpid()) + "1"
	for _, name := range []string{groupName(1<<30) + "1", groupName(1<<30) + "2", own, "gonode-some-1", leafGroup} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	removeStale(dir)
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	want := []string{leafGroup, own, "gonode-some-1"}
	if slices.Sort(want); !slices.Equal(names, want) {
		t.Errorf("left are %q, want %q", names, want)
	}
}

// The kernel's groups, where this process may make one: what is in it is killed, whoever its parent is, and nothing is left.
func TestControlGroup(t *testing.T) {
	g := NewControlGroup(GroupLimits{})
	if g == nil {
		t.Skip("no control group can be made")
	}
	pid, pidfd, errno := Spawn(SpawnAttr{File: "/bin/sh", Args: []string{"sh", "-c", "(sleep 100 &); sleep 100"}, Files: []int{0, 1, 2}, Group: g})
	if errno != 0 {
		t.Fatal(errno)
	}
	if pidfd >= 0 {
		defer Close(pidfd)
	}
	at, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if !strings.Contains(string(at), filepath.Base(g.dir)) {
		t.Errorf("the child is in %s", at)
	}
	deadline := time.Now().Add(20 * time.Second)
	for len(g.Processes()) < 3 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	all := g.Processes()
	if len(all) != 3 || !slices.Contains(all, pid) {
		t.Errorf("in the group are %d, the child is %d", all, pid)
	}
	below := &ControlGroup{dir: filepath.Join(g.dir, "below")}
	if err := os.Mkdir(below.dir, 0o755); err != nil {
		t.Error(err)
	}
	if !below.set("cgroup.procs", strconv.Itoa(pid)) || !slices.Equal(below.Processes(), []int{pid}) {
		t.Errorf("in the group below are %d", below.Processes())
	}
	if now := g.Processes(); len(now) != 3 || !slices.Contains(now, pid) {
		t.Errorf("with the group below there are %d, were %d", now, all)
	}
	g.Kill()
	if _, signal := WaitBlocking(pid); signal != 9 {
		t.Errorf("the child ended by signal %d", signal)
	}
	for len(g.Processes()) > 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if g.Close(); len(g.Processes()) > 0 {
		t.Error("processes are left")
	}
	for _, err := os.Stat(g.dir); err == nil && time.Now().Before(deadline); _, err = os.Stat(g.dir) {
		removeGroups(g.dir)
	}
	if _, err := os.Stat(g.dir); err == nil {
		t.Error("the group is left")
	}
}
