package os

import (
	stdos "os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// priority is the nice value of a process. The system call answers 20 less it.
func priority(pid int) (int, error) {
	n, err := unix.Getpriority(unix.PRIO_PROCESS, pid)
	return 20 - n, err
}

func meminfo(key string) int64 {
	data, _ := stdos.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == key {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n * 1024
		}
	}
	return 0
}

// Without /proc the system's call tells the same, but for what could be freed.

func totalMemory() int64 {
	if n := meminfo("MemTotal:"); n > 0 {
		return n
	}
	info := sysinfo()
	return int64(info.Totalram) * int64(info.Unit)
}

func freeMemory() int64 {
	if n := meminfo("MemAvailable:"); n > 0 {
		return n
	}
	info := sysinfo()
	return int64(info.Freeram) * int64(info.Unit)
}

func sysinfo() (info unix.Sysinfo_t) {
	unix.Sysinfo(&info)
	return info
}

// numbers reads the numbers that a file of one line starts with.
func numbers(file string, n int) []float64 {
	list := make([]float64, n)
	data, _ := stdos.ReadFile(file)
	for i, f := range strings.Fields(string(data)) {
		if i < n {
			list[i], _ = strconv.ParseFloat(f, 64)
		}
	}
	return list
}

func uptime() float64 {
	if n := numbers("/proc/uptime", 1)[0]; n > 0 {
		return n
	}
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return float64(ts.Nano()) / 1e9
}

func loadAverage() []float64 { return numbers("/proc/loadavg", 3) }

func processors() []processor {
	var list []processor
	stat, _ := stdos.ReadFile("/proc/stat")
	for line := range strings.Lines(string(stat)) {
		f := strings.Fields(line)
		if len(f) < 7 || len(f[0]) < 4 || f[0][:3] != "cpu" {
			continue
		}
		tick := func(i int) int64 {
			n, _ := strconv.ParseInt(f[i], 10, 64)
			return n * 10
		}
		freq, _ := stdos.ReadFile("/sys/devices/system/cpu/" + f[0] + "/cpufreq/scaling_cur_freq")
		khz, _ := strconv.Atoi(strings.TrimSpace(string(freq)))
		list = append(list, processor{model: "unknown", speed: khz / 1000,
			user: tick(1), nice: tick(2), sys: tick(3), idle: tick(4), irq: tick(6)})
	}
	info, _ := stdos.ReadFile("/proc/cpuinfo")
	n := -1
	for line := range strings.Lines(string(info)) {
		key, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(key) {
		case "processor":
			n++
		case "model name":
			if n >= 0 && n < len(list) {
				list[n].model = strings.TrimSpace(value)
			}
		}
	}
	return list
}

var dlopenFlags = []constant{{"RTLD_LAZY", 1}, {"RTLD_NOW", 2}, {"RTLD_GLOBAL", 256}, {"RTLD_LOCAL", 0}, {"RTLD_DEEPBIND", 8}}

var signals = []constant{
	{"SIGHUP", int(syscall.SIGHUP)},
	{"SIGINT", int(syscall.SIGINT)},
	{"SIGQUIT", int(syscall.SIGQUIT)},
	{"SIGILL", int(syscall.SIGILL)},
	{"SIGTRAP", int(syscall.SIGTRAP)},
	{"SIGABRT", int(syscall.SIGABRT)},
	{"SIGIOT", int(syscall.SIGIOT)},
	{"SIGBUS", int(syscall.SIGBUS)},
	{"SIGFPE", int(syscall.SIGFPE)},
	{"SIGKILL", int(syscall.SIGKILL)},
	{"SIGUSR1", int(syscall.SIGUSR1)},
	{"SIGSEGV", int(syscall.SIGSEGV)},
	{"SIGUSR2", int(syscall.SIGUSR2)},
	{"SIGPIPE", int(syscall.SIGPIPE)},
	{"SIGALRM", int(syscall.SIGALRM)},
	{"SIGTERM", int(syscall.SIGTERM)},
	{"SIGCHLD", int(syscall.SIGCHLD)},
	{"SIGSTKFLT", int(syscall.SIGSTKFLT)},
	{"SIGCONT", int(syscall.SIGCONT)},
	{"SIGSTOP", int(syscall.SIGSTOP)},
	{"SIGTSTP", int(syscall.SIGTSTP)},
	{"SIGTTIN", int(syscall.SIGTTIN)},
	{"SIGTTOU", int(syscall.SIGTTOU)},
	{"SIGURG", int(syscall.SIGURG)},
	{"SIGXCPU", int(syscall.SIGXCPU)},
	{"SIGXFSZ", int(syscall.SIGXFSZ)},
	{"SIGVTALRM", int(syscall.SIGVTALRM)},
	{"SIGPROF", int(syscall.SIGPROF)},
	{"SIGWINCH", int(syscall.SIGWINCH)},
	{"SIGIO", int(syscall.SIGIO)},
	{"SIGPOLL", int(syscall.SIGPOLL)},
	{"SIGPWR", int(syscall.SIGPWR)},
	{"SIGSYS", int(syscall.SIGSYS)},
}
