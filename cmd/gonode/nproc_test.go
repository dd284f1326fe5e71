//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A process that may have few threads fails with EAGAIN or waits, and does not end with a report of Go's. The limit is per user and not for
// root, so it takes root to be another user.
func TestFewThreads(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	dir, err := os.MkdirTemp("/tmp", "threads")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o755)
	bin := filepath.Join(dir, "gonode")
	text, err := os.ReadFile(binary)
	if err == nil {
		err = os.WriteFile(bin, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o666); err != nil {
		t.Fatal(err)
	}
	os.Chmod(filepath.Join(dir, "fifo"), 0o666)
	for _, c := range []struct {
		name, code string
		limit      int
		want       string
	}{
		{"files", `let n = 0; for (let i = 0; i < 64; i++) fs.readFile('/proc/self/status', (e) => { if (e) throw e; if (++n === 64) console.log('read') })`, 8, "read\n"},
		{"pipes", `for (let i = 0; i < 30; i++) fs.open('fifo', 'r', () => {}); setTimeout(() => { console.log('alive'); process.exit() }, 100)`, 12, "alive\n"},
		{"lookup", `let n = 0; for (let i = 0; i < 32; i++) require('dns').lookup('localhost', () => { if (++n === 32) console.log('looked up') })`, 8, "looked up\n"},
		{"children", `let n = 0; const seen = new Set();
			const end = (what) => { seen.add(what); if (++n === 20) console.log([...seen].sort().join()) };
			for (let i = 0; i < 20; i++) cp.spawn('sleep', ['1']).on('error', (e) => end(e.code)).on('exit', (code) => end(code))`, 12, "0,EAGAIN\n"},
		{"forks", `const c = cp.fork('x.js', { stdio: 'inherit' }); c.on('error', (e) => console.log(e.code))`, 7, "EAGAIN\n"},
		{"workers", `const { Worker } = require('worker_threads'); const all = [];
			try { for (let i = 0; i < 20; i++) all.push(new Worker('setInterval(() => {}, 1e3)', { eval: true })) } catch (e) { console.log(all.length < 20, e.message, e.code) }
			for (const w of all) w.terminate()`, 12, "true EAGAIN ERR_WORKER_INIT_FAILED\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), hang)
			defer cancel()
			// A user that nobody else is.
			user := strconv.Itoa(61000 + os.Getpid()%4000)
			cmd := exec.CommandContext(ctx, "setpriv", "--reuid", user, "--clear-groups", "prlimit", "--nproc="+strconv.Itoa(c.limit), bin, "-e",
				"const fs = require('fs'), cp = require('child_process');"+c.code)
			cmd.Dir = dir
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); errors.Is(err, exec.ErrNotFound) {
				t.Skip(err) // util-linux is not here
			} else if err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			if err != nil || out.String() != c.want {
				t.Errorf("%v %s, want %s", err, firstLines(out.String()+"\n"), c.want)
			}
		})
	}
}
