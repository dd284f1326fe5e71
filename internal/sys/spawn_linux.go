package sys

import "syscall"

// defaultPath is where execvp looks when the environment has no PATH.
const defaultPath = "/bin:/usr/bin"

func wantPidFD(attr *syscall.SysProcAttr, pidfd *int) { attr.PidFD = pidfd }

func intoGroup(attr *syscall.SysProcAttr, g *ControlGroup) {
	attr.UseCgroupFD, attr.CgroupFD = true, g.fd
}

func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
