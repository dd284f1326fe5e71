package main

import (
	"os/exec"
	"syscall"
)

// dieWithMain has a command end when the thread that starts it does, which main keeps.
func dieWithMain(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
