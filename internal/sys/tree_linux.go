package sys

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Descendants are the processes that pid has started, those that these have started, and so on: not those whose parents have ended.
// It is empty where /proc does not tell. Any goroutine.
func Descendants(pid int) (all []int) {
	lists, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(child); err == nil {
				all = append(append(all, n), Descendants(n)...)
			}
		}
	}
	return all
}
