package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// In a place with nothing but the binary and a script there are time zones, authorities, children and threads; files that are not
// there are no reason to fail. The place cannot be written to and the user has no name.
func TestBarePlace(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may change its root directory")
	}
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	copied, err := os.OpenFile(filepath.Join(root, "gonode"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(copied, self); err != nil {
		t.Fatal(err)
	}
	copied.Chmod(0o755)
	copied.Close()
	script := `
const { fork, spawn } = require('child_process');
const os = require('os');
if (process.argv[2] === 'child') {
  process.send(process.execPath);
  process.disconnect();
} else {
  console.log(process.execPath, os.totalmem() > 1e6, os.freemem() > 0, os.uptime() > 0, process.cwd());
  process.env.TZ = 'Europe/Berlin';
  console.log(new Date(0).toString());
  console.log(require('tls').rootCertificates.length > 100);
  try { os.userInfo(); } catch (e) { console.log(e.message); }
  try { os.homedir(); } catch (e) { console.log(e.message); }
  fork(__filename, ['child']).on('message', (m) => console.log('fork', m)).on('exit', () => {
    spawn('node', ['-p', '6*7'], { stdio: 'inherit' }).on('exit', () => {
      const { Worker } = require('worker_threads');
      new Worker('require("worker_threads").parentPort.postMessage(process.execPath)', { eval: true }).on('message', (m) => console.log('thread', m)).on('exit', () => {
        require('http').createServer((req, res) => res.end('served')).listen(0, '127.0.0.1', function() {
          fetch('http://127.0.0.1:' + this.address().port).then((r) => r.text()).then((text) => { console.log(text); this.close(); });
        });
      });
    });
  });
}`
	if err := os.WriteFile(filepath.Join(root, "main.js"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Chmod(filepath.Join(root, "main.js"), 0o644)
	cmd := exec.Command("/gonode", "/main.js")
	cmd.Env, cmd.Dir = []string{}, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 54321, Gid: 54321}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	want := `/gonode true true true /
Thu Jan 01 1970 01:00:00 GMT+0100 (Central European Standard Time)
true
A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)
A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)
fork /gonode
42
thread /gonode
served
`
	if string(out) != want {
		t.Errorf("got\n%s", out)
	}
}
