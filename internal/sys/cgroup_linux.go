package sys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// ControlGroup is a control group (version 2) of this process's making, for a child and all that it starts, wherever that goes. Any goroutine.
type ControlGroup struct {
	dir  string
	fd   int
	kept GroupLimits
}

// GroupLimits are what the processes of a control group may use together; zero is no limit.
type GroupLimits struct {
	Memory     int64   // bytes, files in memory that cannot be dropped among them; beyond it the kernel kills all
	Tasks      int     // threads of all processes; more cannot be started
	Processors float64 // how many processors' time
}

// groupsOf is where a process makes control groups.
type groupsOf struct {
	find     sync.Once
	dir      string // "" if the process may make none
	mu       sync.Mutex
	made     int
	occupied []string // groups whose child has ended, and that have other processes yet
}

var controlGroups groupsOf

// NewControlGroup makes a group below this process's own, nil where it may not. Limits whose controllers are not this process's to
// use are not kept: see Keeps.
func NewControlGroup(limits GroupLimits) *ControlGroup {
	g := &controlGroups
	g.find.Do(func() {
		mounts, _ := os.ReadFile("/proc/self/mountinfo")
		own, _ := os.ReadFile("/proc/self/cgroup")
		g.dir = prepareGroups(ownGroup(string(mounts), string(own)), os.Getpid())
	})
	if g.dir == "" {
		return nil
	}
	g.mu.Lock()
	g.made++
	name := groupName(os.Getpid()) + strconv.Itoa(g.made)
	g.occupied = slices.DeleteFunc(g.occupied, func(dir string) bool { return !errors.Is(unix.Rmdir(dir), unix.EBUSY) })
	g.mu.Unlock()
	return newControlGroup(filepath.Join(g.dir, name), limits)
}

func newControlGroup(dir string, limits GroupLimits) *ControlGroup {
	if os.Mkdir(dir, 0o755) != nil {
		return nil
	}
	c := &ControlGroup{dir: dir}
	var err error
	if c.fd, err = unix.Open(dir, unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		unix.Rmdir(dir)
		return nil
	}
	c.limit(limits)
	return c
}

// limit has the kernel keep those limits whose controllers the group has.
func (c *ControlGroup) limit(limits GroupLimits) {
	if limits.Memory > 0 && c.set("memory.max", strconv.FormatInt(limits.Memory, 10)) {
		c.set("memory.swap.max", "0")
		c.set("memory.oom.group", "1")
		c.kept.Memory = limits.Memory
	}
	if limits.Tasks > 0 && c.set("pids.max", strconv.Itoa(limits.Tasks)) {
		c.kept.Tasks = limits.Tasks
	}
	if limits.Processors > 0 && c.set("cpu.max", fmt.Sprintf("%d 100000", max(1000, int64(limits.Processors*100000)))) {
		c.kept.Processors = limits.Processors
	}
}

func (c *ControlGroup) set(file, value string) bool {
	fd, err := unix.Open(filepath.Join(c.dir, file), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	_, err = unix.Write(fd, []byte(value))
	return err == nil
}

// Keeps are those limits that the kernel keeps.
func (c *ControlGroup) Keeps() GroupLimits { return c.kept }

// Processes are those in the group and in groups below it.
func (c *ControlGroup) Processes() []int { return groupProcesses(c.dir) }

func groupProcesses(dir string) (all []int) {
	text, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	for _, field := range strings.Fields(string(text)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
			all = append(all, pid)
		}
	}
	if n, ok := groupEvent(dir, "cgroup.stat", "nr_descendants"); ok && n == 0 {
		return all
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, groupProcesses(filepath.Join(dir, e.Name()))...)
		}
	}
	return all
}

// groupEvent is a figure of a file of lines with a name and a number.
func groupEvent(dir, file, name string) (n uint64, ok bool) {
	text, _ := os.ReadFile(filepath.Join(dir, file))
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == name {
			n, err := strconv.ParseUint(f[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// Exceeded names the limit that the group has run into: "memory" if the kernel has killed for it, "pids" if it has refused to start a
// process or a thread, "" for none.
func (c *ControlGroup) Exceeded() string {
	if n, _ := groupEvent(c.dir, "memory.events", "oom_kill"); c.kept.Memory > 0 && n > 0 {
		return "memory"
	}
	if n, _ := groupEvent(c.dir, "pids.events", "max"); c.kept.Tasks > 0 && n > 0 {
		return "pids"
	}
	return ""
}

// Filled tells whether most of the memory that the group may have was taken at some time, as far as the kernel knows (from Linux 5.19 on).
func (c *ControlGroup) Filled() bool {
	peak, _ := number(filepath.Join(c.dir, "memory.peak"))
	return c.kept.Memory > 0 && peak >= uint64(c.kept.Memory)/4*3
}

// Kill ends all processes in the group, also those that are being started.
func (c *ControlGroup) Kill() {
	if c.set("cgroup.kill", "1") { // from Linux 5.14 on
		return
	}
	c.set("cgroup.freeze", "1") // what is frozen starts nothing, and is killed all the same
	for _, pid := range c.Processes() {
		Kill(pid, int(unix.SIGKILL))
	}
	c.set("cgroup.freeze", "0")
}

// Close gives the group up, which is called once its child has ended. Processes that still run in it stay there, with its limits.
func (c *ControlGroup) Close() {
	if c.fd < 0 {
		return
	}
	unix.Close(c.fd)
	c.fd = -1
	if errors.Is(removeGroups(c.dir), unix.EBUSY) {
		controlGroups.mu.Lock()
		controlGroups.occupied = append(controlGroups.occupied, c.dir)
		controlGroups.mu.Unlock()
	}
}

// removeGroups removes a group and those below it, if no processes are in them.
func removeGroups(dir string) error {
	err := unix.Rmdir(dir)
	if err != unix.EBUSY {
		return err
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			removeGroups(filepath.Join(dir, e.Name()))
		}
	}
	return unix.Rmdir(dir)
}

// ownGroup is the directory of this process's control group of version 2, by texts like those of /proc/self/mountinfo and
// /proc/self/cgroup; "" if it cannot be seen from here.
func ownGroup(mounts, own string) string {
	_, path, ok := strings.Cut("\n"+own, "\n0::")
	if !ok {
		return ""
	}
	path, _, _ = strings.Cut(path, "\n")
	for line := range strings.Lines(mounts) {
		before, after, _ := strings.Cut(line, " - ")
		f := strings.Fields(before)
		if !strings.HasPrefix(after, "cgroup2 ") || len(f) < 5 {
			continue
		}
		// What is mounted need not be the whole tree.
		root, at := strings.TrimSuffix(f[3], "/"), f[4]
		if below, ok := strings.CutPrefix(path+"/", root+"/"); ok && !slices.Contains(strings.Split(below, "/"), "..") {
			return filepath.Join(at, below)
		}
	}
	return ""
}

// leafGroup is where a process goes that makes groups below its own: one with controllers for such has no processes itself.
const leafGroup = "gonode"

// groupName is how the names of the groups that a process makes begin.
func groupName(pid int) string { return "gonode-" + strconv.Itoa(pid) + "-" }

// prepareGroups returns the directory in which a process whose group is dir may make groups, "" if it may make none, and hands down to them
// the controllers that this process may hand down.
func prepareGroups(dir string, pid int) string {
	if dir == "" {
		return ""
	}
	if parent := filepath.Dir(dir); delegated(dir, parent) {
		dir = parent
	}
	if unix.Access(dir, unix.W_OK) != nil || unix.Access(filepath.Join(dir, "cgroup.procs"), unix.W_OK) != nil {
		return ""
	}
	removeStale(dir)
	if missing := missingControllers(dir); len(missing) > 0 && leave(dir, pid) {
		control := &ControlGroup{dir: dir}
		for _, controller := range missing {
			control.set("cgroup.subtree_control", "+"+controller)
		}
	}
	return dir
}

// delegated tells whether the group above a process's own is this process's to use: one that has moved as leave does, or systemd's DelegateSubgroup.
func delegated(dir, parent string) bool {
	if unix.Access(filepath.Join(parent, "cgroup.procs"), unix.W_OK) != nil {
		return false
	}
	mark := make([]byte, 1)
	for _, name := range []string{"user.delegate", "trusted.delegate"} {
		if n, err := unix.Getxattr(parent, name, mark); err == nil && n == 1 && mark[0] == '1' {
			return true
		}
	}
	return filepath.Base(dir) == leafGroup
}

// missingControllers are those of use that a group has and does not hand down.
func missingControllers(dir string) (missing []string) {
	there, _ := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	down, _ := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
	for _, controller := range []string{"memory", "pids", "cpu"} {
		if slices.Contains(strings.Fields(string(there)), controller) && !slices.Contains(strings.Fields(string(down)), controller) {
			missing = append(missing, controller)
		}
	}
	return missing
}

// leave has a group without processes, if these are only this one and what it has started, by moving them. The root may have processes.
func leave(dir string, pid int) bool {
	if _, err := os.Stat(filepath.Join(dir, "cgroup.type")); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	text, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	own := append(Descendants(pid), pid)
	members := strings.Fields(string(text))
	for _, member := range members {
		if n, _ := strconv.Atoi(member); !slices.Contains(own, n) {
			return false
		}
	}
	if len(members) == 0 {
		return true
	}
	leaf := &ControlGroup{dir: filepath.Join(dir, leafGroup)}
	if err := os.Mkdir(leaf.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return false
	}
	for _, member := range members {
		leaf.set("cgroup.procs", member)
	}
	return true
}

// removeStale removes what processes have left that were killed.
func removeStale(dir string) {
	groups, _ := filepath.Glob(filepath.Join(dir, "gonode-*-*"))
	for _, group := range groups {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(group), "gonode-"), "-")
		if pid, err := strconv.Atoi(number); err == nil && Kill(pid, 0) == unix.ESRCH {
			removeGroups(group)
		}
	}
}
