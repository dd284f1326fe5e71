package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// idle kills workers one after the other and says how long it takes until their successors listen, then what memory the tree has
// when nothing has happened for a while.
func idle(supervisor int, pids []int, listening func() int) {
	var took []time.Duration
	for i := range *respawn {
		// Who lives for less than a second is taken for one that does not work, and waits.
		time.Sleep(1200 * time.Millisecond)
		at := &pids[i%len(pids)]
		began := time.Now()
		check(syscall.Kill(*at, syscall.SIGKILL))
		*at = listening()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	fmt.Printf("killed workers listen again after %v, at most %v\n", took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	time.Sleep(8 * time.Second)
	total, all := 0, tree(supervisor)
	for _, pid := range all {
		total += memory(pid, "Pss")
	}
	fmt.Printf("%d processes, idle: PSS %d MB, of which the supervisor's %d MB\n", len(all), total>>10, memory(supervisor, "Pss")>>10)
}

// tree is a process and all that descend from it.
func tree(pid int) []int {
	all := []int{pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(child); err == nil {
				all = append(all, tree(n)...)
			}
		}
	}
	return all
}

// memory is a figure of a process's memory, in KiB: "Pss" is its share, "Rss" what it has in memory.
func memory(pid int, figure string) (kib int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	check(err)
	_, rest, _ := strings.Cut(string(text), "\n"+figure+":")
	fmt.Sscan(rest, &kib)
	return kib
}
