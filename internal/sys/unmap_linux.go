package sys

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// UnmapProgram takes the pages of the program's file that cannot be written to out of the process's memory: those that it needs again come back from
// the system's cache at the next touch, 64 KB at a time. Any goroutine.
func UnmapProgram() {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer f.Close()
	var program string // the first mapping is the program's
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// 00400000-01712000 r-xp 00000000 fe:00 10355558    /usr/bin/gonode
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[4] == "0" {
			continue
		}
		if program == "" {
			program = fields[3] + fields[4]
		}
		if program != fields[3]+fields[4] || strings.Contains(fields[1], "w") {
			continue
		}
		from, to, _ := strings.Cut(fields[0], "-")
		begin, err := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if err == nil && err2 == nil {
			unix.Syscall(unix.SYS_MADVISE, uintptr(begin), uintptr(end-begin), unix.MADV_DONTNEED)
		}
	}
}
