package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A copy with its owner's rights does not run what the environment of whoever starts it names.
func TestSetUIDIgnoresTheEnvironment(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can make a file that another user runs as root")
	}
	dir, err := os.MkdirTemp("", "setuid")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o755)
	text, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "gonode")
	home := filepath.Join(dir, "home")
	for _, d := range []string{home, filepath.Join(home, ".node_modules"), filepath.Join(home, "path")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range map[string]string{
		"path/m.js": "console.log('NODE_PATH')", ".node_modules/m.js": "console.log('HOME')", "required.js": "console.log('NODE_OPTIONS')",
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(mode os.FileMode) string {
		if err := os.WriteFile(bin, text, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(bin, mode); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bin, "-e", `try { require('m') } catch (e) { console.log(e.code) } console.log(process.geteuid() === 0, Object.keys(process.env).filter((name) => name !== 'GOTRACEBACK').join())`) // which Go sets itself
		cmd.Dir = "/"
		cmd.Env = []string{"HOME=" + home, "NODE_PATH=" + filepath.Join(home, "path"), "NODE_OPTIONS=--require=" + filepath.Join(home, "required.js"),
			"GONODE_X=1", "SSL_CERT_FILE=/x", "OTEL_X=1", "XDG_CACHE_HOME=" + home, "TMPDIR=" + home, "NODE_CHANNEL_SERIALIZATION_MODE=json", "OTHER=1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	const asStarted = "NODE_OPTIONS\nNODE_PATH\nfalse HOME,NODE_PATH,NODE_OPTIONS,GONODE_X,SSL_CERT_FILE,OTEL_X,XDG_CACHE_HOME,TMPDIR,NODE_CHANNEL_SERIALIZATION_MODE,OTHER\n"
	if got, want := run(0o755), asStarted; got != want {
		t.Errorf("as who starts it: %q, want %q", got, want)
	}
	got := run(0o755 | os.ModeSetuid)
	if got == asStarted {
		t.Skip("the file system takes no set-uid files")
	}
	if want := "MODULE_NOT_FOUND\ntrue NODE_CHANNEL_SERIALIZATION_MODE,OTHER\n"; got != want {
		t.Errorf("as root: %q, want %q", got, want)
	}
}
