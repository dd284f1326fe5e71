package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a newcomer types first, as docs/getting-started.md has it.
func TestExamples(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	t.Run("run", func(t *testing.T) {
		out, err := exec.CommandContext(ctx, binary, "../../examples/run/primes.ts", "20000").CombinedOutput()
		if want := "2262 primes below 20000 [ 669, 560, 525, 508 ]\n"; err != nil || string(out) != want {
			t.Errorf("%v %q, want %q", err, out, want)
		}
	})
	t.Run("supervise", func(t *testing.T) { supervise(t, ctx) })
}

func supervise(t *testing.T, ctx context.Context) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().String()[len("127.0.0.1:"):]
	free.Close()
	dir, err := os.MkdirTemp("", "serve") // a short path, for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	var said bytes.Buffer
	serve := exec.CommandContext(ctx, binary, "serve", "-w", "2", "--socket", socket, "../../examples/supervise/server.js")
	serve.Env = append(os.Environ(), "PORT="+port)
	serve.Stdout, serve.Stderr = &said, &said
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	defer serve.Process.Kill()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (string, error) {
		res, err := client.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		return string(text), err
	}
	until := func(what string) {
		for {
			if text, err := get("/"); err == nil && strings.HasPrefix(text, what) {
				return
			}
			select {
			case err := <-ended:
				t.Fatalf("gonode serve has ended: %v\n%s", err, said.String())
			case <-ctx.Done():
				t.Fatalf("no %q", what)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	command := func(name string) {
		if out, err := exec.CommandContext(ctx, binary, name, "--socket", socket).CombinedOutput(); err != nil {
			t.Errorf("gonode %s: %v %s", name, err, out)
		}
	}
	until("version 1 from worker ")
	if _, err := get("/crash"); err == nil {
		t.Error("the worker that crashes answers")
	}
	until("version 1 from worker ")
	command("reload")
	until("version 1 from worker ")
	command("ps")
	command("stop")
	select {
	case err := <-ended:
		if err != nil || !strings.Contains(said.String(), "Error: crashed") {
			t.Errorf("gonode serve: %v\n%s", err, said.String())
		}
	case <-ctx.Done():
		t.Error("gonode stop does not end it")
	}
}

// The page shows the examples as they are.
func TestDocsShowTheExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/getting-started.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run/primes.ts", "supervise/server.js", "embed/main.go", "embed/rules.ts"} {
		text, err := os.ReadFile("../../examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, text) {
			t.Errorf("docs/getting-started.md does not have examples/%s as it stands", name)
		}
	}
}
