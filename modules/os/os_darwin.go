package os

import (
	"encoding/binary"
	stdruntime "runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func priority(pid int) (int, error) { return unix.Getpriority(unix.PRIO_PROCESS, pid) }

func totalMemory() int64 {
	n, _ := unix.SysctlUint64("hw.memsize")
	return int64(n)
}

func freeMemory() int64 {
	n, _ := unix.SysctlUint32("vm.page_free_count")
	return int64(n) * int64(unix.Getpagesize())
}

func uptime() float64 {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return 0
	}
	return float64(time.Now().Unix() - t.Sec)
}

// loadAverage reads struct loadavg: three fixed-point numbers and their scale.
func loadAverage() []float64 {
	avg := make([]float64, 3)
	raw, err := unix.SysctlRaw("vm.loadavg")
	if err != nil || len(raw) < 24 {
		return avg
	}
	scale := float64(binary.LittleEndian.Uint64(raw[16:]))
	for i := range avg {
		avg[i] = float64(binary.LittleEndian.Uint32(raw[4*i:])) / scale
	}
	return avg
}

// processors leaves the times at zero: the kernel gives them to Mach callers only.
func processors() []processor {
	model, _ := unix.Sysctl("machdep.cpu.brand_string")
	hz, _ := unix.SysctlUint64("hw.cpufrequency")
	list := make([]processor, stdruntime.NumCPU())
	for i := range list {
		list[i] = processor{model: model, speed: int(hz / 1e6)}
	}
	return list
}

var dlopenFlags = []constant{{"RTLD_LAZY", 1}, {"RTLD_NOW", 2}, {"RTLD_GLOBAL", 8}, {"RTLD_LOCAL", 4}}

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
	{"SIGINFO", int(syscall.SIGINFO)},
	{"SIGSYS", int(syscall.SIGSYS)},
}
