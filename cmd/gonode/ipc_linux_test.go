package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gonode/internal/sys"
)

const ipcChild = `
process.on('message', (m) => process.send({ got: m, fds: require('fs').readdirSync('/proc/self/fd').length }));
process.on('disconnect', () => console.log('disconnect'));
`

// channelTo starts a child of the binary with a channel, whose other end is returned.
func channelTo(t *testing.T, mode string) (conn *net.UnixConn, wait func() (out string)) {
	mine, its, errno := sys.SocketPair()
	if errno != 0 {
		t.Fatal(errno)
	}
	ours, theirs := os.NewFile(uintptr(mine), "ours"), os.NewFile(uintptr(its), "theirs")
	c, err := net.FileConn(ours)
	if err != nil {
		t.Fatal(err)
	}
	ours.Close()
	script := filepath.Join(t.TempDir(), "child.js")
	os.WriteFile(script, []byte(ipcChild), 0o600)
	cmd := exec.Command(binary, script)
	cmd.Env = append(os.Environ(), "NODE_CHANNEL_FD=3", "NODE_CHANNEL_SERIALIZATION_MODE="+mode)
	cmd.ExtraFiles = []*os.File{theirs}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	timer := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	return c.(*net.UnixConn), func() string {
		err := cmd.Wait()
		timer.Stop()
		c.Close()
		if err != nil {
			t.Errorf("%v\n%s", err, out.String())
		}
		return out.String()
	}
}

// malformed are what is no message, or is one that asks for too much, and what the warning says; nothing where the
// channel only ends.
var malformed = []struct{ mode, in, want string }{
	{"json", "{\"a\":\n", "Unexpected end of JSON input"},
	{"json", "nonsense\n", "Unexpected token"},
	{"json", "\n", "Unexpected end of JSON input"},
	{"json", "\"a\x00b\"\n", "Bad control character"},
	{"json", "{\"half\":", ""},
	{"json", strings.Repeat("[", 300000) + "\n", "Unexpected end of JSON input"},
	{"advanced", "\xff\xff\xff\xff", "message too long"},
	{"advanced", "\x00\x00\x00\x00", "invalid or unsupported version"},
	{"advanced", "\x00\x00\x00\x04\xff\x0fo\"", "Unable to deserialize cloned data."},
	{"advanced", "\x00\x00\x00\x02{}", "invalid or unsupported version"},
	{"advanced", "\x00\x00\x00\x08\xff\x0fA\xff\xff\xff\xff\x0f", "Unable to deserialize cloned data."},
	{"advanced", "\x00\x00\x00\x08\xff\x0f\"\xff\xff\xff\xff\x0f", "Unable to deserialize cloned data."},
	{"advanced", "\x00\x00\x00\x05\xff\x0f\\\x00\x0a", "Unable to deserialize cloned data."},
	{"advanced", "\x00\x0f\x42\x42\xff\x0f" + strings.Repeat(";", 1000000), "Unable to deserialize cloned data."},
	{"advanced", "\x00\x00\x10\x00\xff", ""},
}

func short(s string) string { return s[:min(len(s), 20)] }

// What is no message ends the channel: with a warning, and nothing worse.
func TestMalformedMessages(t *testing.T) {
	for _, c := range malformed {
		t.Run(c.mode+" "+short(c.in), func(t *testing.T) {
			t.Parallel()
			conn, wait := channelTo(t, c.mode)
			conn.Write([]byte(c.in))
			if c.want == "" {
				conn.Close()
			}
			out := wait()
			if !strings.Contains(out, "disconnect\n") || !strings.Contains(out, c.want) || strings.Contains(out, "goroutine") {
				t.Errorf("%s", out)
			}
		})
	}
}

// Messages of the handle protocol out of turn, without a descriptor, or with one too many: answered or ignored, and
// no descriptor stays open.
func TestStrayHandleMessages(t *testing.T) {
	conn, wait := channelTo(t, "json")
	lines := bufio.NewReader(conn)
	ask := func(message string, fds ...int) string {
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, _, err := conn.WriteMsgUnix([]byte(message+"\n"), syscall.UnixRights(fds...), nil); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(message, err)
		}
		return strings.TrimSpace(line)
	}
	first := ask(`"bad utf-8 ` + "\xff" + `"`)
	if !strings.HasPrefix(first, "{\"got\":\"bad utf-8 \ufffd\"") {
		t.Error(first)
	}
	fds := first[strings.Index(first, ",\"fds\""):]
	if got := ask(`{"cmd":"NODE_HANDLE","type":"net.Socket","msg":1}`); got != `{"cmd":"NODE_HANDLE_NACK"}` {
		t.Error(got)
	}
	null, _ := os.Open(os.DevNull)
	defer null.Close()
	for range 3 {
		conn.Write([]byte("{\"cmd\":\"NODE_HANDLE_ACK\"}\n{\"cmd\":\"NODE_HANDLE_NACK\"}\n{\"cmd\":\"NODE_UNKNOWN\"}\n"))
		if got := ask(`"surplus"`, int(null.Fd()), int(null.Fd())); got != `{"got":"surplus"`+fds {
			t.Errorf("%s, before %s", got, first)
		}
		if got := ask(`{"cmd":"NODE_HANDLE","type":"net.Server","msg":1}`, int(null.Fd())); got != `{"cmd":"NODE_HANDLE_NACK"}` {
			t.Error(got)
		}
	}
	if got := ask(`"end"`); got != `{"got":"end"`+fds {
		t.Error(got, first)
	}
	conn.Close()
	if out := wait(); out != "disconnect\n" {
		t.Error(out)
	}
}

// A parent survives a child that writes such to its channel.
func TestMalformedFromChild(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "parent.js")
	os.WriteFile(script, []byte(`
const { spawn } = require('child_process');
const [, , serialization, file, wait] = process.argv;
const child = spawn('sh', ['-c', 'cat "$0" >&3; test "$1" = "" || cat <&3', file, wait], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization });
for (const e of ['message', 'disconnect', 'exit', 'close']) child.on(e, () => console.log(e));
`), 0o600)
	for i, c := range malformed {
		t.Run(c.mode+" "+short(c.in), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(dir, fmt.Sprint(i))
			os.WriteFile(file, []byte(c.in), 0o600)
			out, err := exec.Command(binary, script, c.mode, file, c.want).CombinedOutput()
			text := string(out)
			if err != nil || !strings.Contains(text, c.want) || strings.Contains(text, "goroutine") {
				t.Errorf("%v\n%s", err, text)
			}
			for _, event := range []string{"disconnect\n", "exit\n", "close\n"} {
				if strings.Count(text, event) != 1 {
					t.Errorf("%q in %s", event, text)
				}
			}
		})
	}
}

func TestChannelThatIsNoSocket(t *testing.T) {
	cmd := exec.Command(binary, "-e", "0")
	cmd.Env = append(os.Environ(), "NODE_CHANNEL_FD=77")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "NODE_CHANNEL_FD=77 is not a socket") {
		t.Errorf("%v\n%s", err, out)
	}
}
