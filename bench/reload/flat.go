package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// flat has a supervisor restart workers that end at once, each after some lines, and says what it has in memory and in descriptors meanwhile.
func flat() {
	dir, err := os.MkdirTemp("", "restarts")
	check(err)
	defer os.RemoveAll(dir)
	script, socket := filepath.Join(dir, "ends.js"), filepath.Join(dir, "socket")
	check(os.WriteFile(script, []byte("process.stdout.write('a line of a worker that ends\\n'.repeat("+fmt.Sprint(*lines)+"), () => process.exit());\n"), 0o666))
	cmd := exec.Command(*runtimePath, "serve", "--workers", fmt.Sprint(*workers), "--min-uptime", "0", "--backoff", "0", "--socket", socket,
		"--log", filepath.Join(dir, "log"), "--log-max-size", "1M", "--log-keep", "1", script)
	cmd.Stderr = os.Stderr
	dieWithMain(cmd)
	check(cmd.Start())
	began, told := time.Now(), 0
	for done := 0; done < *restarts; {
		time.Sleep(100 * time.Millisecond)
		out, err := exec.Command(*runtimePath, "ps", "--json", "--socket", socket).Output()
		if err != nil {
			continue // it is starting
		}
		var status struct{ Apps []struct{ Restarts int } }
		check(json.Unmarshal(out, &status))
		if done = status.Apps[0].Restarts; done >= told {
			files, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", cmd.Process.Pid))
			fmt.Printf("%d restarts after %v: RSS %d KB, of which %d KB are anonymous, %d descriptors\n", done, time.Since(began).Round(time.Second),
				memory(cmd.Process.Pid, "Rss"), memory(cmd.Process.Pid, "Anonymous"), len(files))
			told = done + *restarts/20
		}
	}
	check(cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		log.Fatal(err)
	}
}
