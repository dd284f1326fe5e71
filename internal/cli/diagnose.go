package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/diagnose"
	"gonode/internal/handle"
)

// diagnose is gonode diagnose PID: it asks a process that runs, which SIGUSR1 makes answer.
func (c *command) diagnose() error {
	r := diagnose.Request{Subject: "summary"}
	output := ""
	var rest []string
	for args := c.args; len(args) > 0; args = args[1:] {
		flag, value, hasValue := strings.Cut(args[0], "=")
		if !strings.HasPrefix(flag, "-") {
			rest = append(rest, args[0])
			continue
		}
		if flag != "--seconds" && flag != "--output" && flag != "-o" {
			return fmt.Errorf("bad option: %s", flag)
		}
		if !hasValue {
			if len(args) == 1 {
				return fmt.Errorf("%s requires an argument", flag)
			}
			args = args[1:]
			value = args[0]
		}
		if flag != "--seconds" {
			output = value
			continue
		}
		var err error
		if r.Seconds, err = strconv.ParseFloat(value, 64); err != nil || !(r.Seconds > 0) {
			return fmt.Errorf("--seconds must be a number")
		}
	}
	if len(rest) == 0 || len(rest) > 2 {
		return errors.New("which process? gonode diagnose PID [what], or --help")
	}
	pid, err := strconv.Atoi(rest[0])
	if err != nil || pid <= 0 {
		return fmt.Errorf("%q is no process", rest[0])
	}
	if len(rest) > 1 {
		r.Subject = rest[1]
	}
	extension, known := "", false
	var all []string
	for _, s := range diagnose.Subjects() {
		all = append(all, s[0])
		if s[0] == r.Subject {
			extension, known = s[1], true
		}
	}
	if !known {
		return fmt.Errorf("%q is none of %s", r.Subject, strings.Join(all, ", "))
	}
	path, err := wake(pid)
	if err != nil {
		return err
	}
	if output == "" && extension != "" {
		output = fmt.Sprintf("%s.%d.%s", r.Subject, pid, extension)
	}
	if output == "" || output == "-" {
		return diagnose.Ask(path, r, os.Stdout)
	}
	f, err := os.Create(output)
	if err != nil {
		return err
	}
	err = diagnose.Ask(path, r, f)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(output)
		return err
	}
	fmt.Println(output)
	return nil
}

// wake makes a process answer and tells where.
func wake(pid int) (path string, err error) {
	path = diagnose.SocketPath(pid)
	signaled := false
	for range 100 {
		if conn, err := net.Dial("unix", path); err == nil {
			conn.Close()
			return path, nil
		}
		if !signaled {
			if !catches(pid, unix.SIGUSR1) {
				return "", fmt.Errorf("process %d is none of gonode's: it does not wait for SIGUSR1", pid)
			}
			if errno := handle.Kill(pid, int(unix.SIGUSR1)); errno != 0 {
				return "", errno
			}
			signaled = true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return "", fmt.Errorf("process %d does not answer at %s: has it run for less than 0.2 s, --disable-sigusr1 or --permission, or another user, XDG_RUNTIME_DIR or root directory?", pid, path)
}

// catches tells whether a process has a handler for a signal, which else might end it.
func catches(pid int, sig unix.Signal) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return handle.Kill(pid, 0) == 0 && os.Getpid() != pid && !fileExists("/proc/self/status") // nobody tells
	}
	_, rest, _ := strings.Cut(string(text), "\nSigCgt:")
	mask, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	caught, err := strconv.ParseUint(mask, 16, 64)
	return err == nil && caught>>(sig-1)&1 != 0
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
