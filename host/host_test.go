package host_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dop251/goja"

	"gonode/host"
	"gonode/internal/bundle/graph"
	"gonode/modules"
	"gonode/runtime"
)

// cellProcess is for processes that tests of cells start; nil where there are none.
var cellProcess func() []host.Option

// The test binary is the host: its scripts' children are this executable again.
func TestMain(m *testing.M) {
	if name := os.Getenv(bundleVar); name != "" {
		archive, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		os.Exit(host.Main(archive))
	}
	var options []host.Option
	if cellProcess != nil {
		options = append(options, cellProcess()...)
	}
	if os.Getenv(restrictedVar) != "" {
		options = append(options, host.WithConfig(restricted))
	}
	if os.Getenv(policyVar) != "" {
		options = append(options, host.WithConfig(confined))
	}
	if code, ok := host.RunChild(options...); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// restrictedVar has the children of the test binary restricted as restricted says.
const restrictedVar = "GONODE_TEST_RESTRICTED"

var restricted = host.Config{
	FS: fstest.MapFS{
		"main.js":  {Data: []byte(`require('child_process').fork('/child.js', [process.argv[2]], { stdio: 'inherit' })`)},
		"child.js": {Data: []byte(`try { require('fs').readFileSync('/etc/secret') } catch (e) { console.log(e.code) } if (process.argv[2] === 'spin') setImmediate(() => { for (;;); })`)},
	},
	Access: func(kind runtime.Access, resource string) error {
		if strings.HasSuffix(resource, "secret") {
			return os.ErrPermission
		}
		return nil
	},
	Limits: host.Limits{Turn: time.Second},
}

// What a program may not do its children may not either, nor theirs.
func TestChildrenAreRestricted(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for argument, want := range map[string]string{"x": "ERR_ACCESS_DENIED\n", "spin": "ERR_ACCESS_DENIED\nthe script has gone beyond its limit: Turn\n"} {
		cmd := exec.Command(self, "/main.js", argument)
		cmd.Env = append(os.Environ(), restrictedVar+"=1", runtime.ChildEnv+"=1")
		if out, err := cmd.CombinedOutput(); string(out) != want {
			t.Errorf("%s: %v\n%s", argument, err, out)
		}
	}
}

// bundleVar names the archive that the test binary is to run as its program.
const bundleVar = "GONODE_TEST_BUNDLE"

// A program of scripts in a Go program: its children and workers are in it, too.
func TestProgramInGoProgram(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "main.mjs", `
		import { fork } from 'node:child_process';
		import { Worker } from 'node:worker_threads';
		console.log(process.argv.slice(2));
		fork(new URL('child.mjs', import.meta.url), ['x']).on('exit', () => new Worker(new URL('./child.mjs', import.meta.url)));`)
	write(t, dir, "child.mjs", `import { threadId } from 'node:worker_threads'; console.log('child', process.argv[2], threadId)`)
	contents, _, err := graph.Collect(graph.Options{Main: dir + "/main.mjs"})
	if err != nil {
		t.Fatal(err)
	}
	archive, err := contents.Archive()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "app.bundle", string(archive))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "one", "-test.run=none")
	cmd.Env = append(os.Environ(), bundleVar+"="+dir+"/app.bundle")
	if out, err := cmd.CombinedOutput(); string(out) != "[ 'one', '-test.run=none' ]\nchild x 0\nchild undefined 1\n" {
		t.Errorf("%v\n%s", err, out)
	}
	if host.Main([]byte("no archive")) != 1 {
		t.Error("what is no archive is run")
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestChildrenOfAnEmbeddingProgram(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "child.js", `
		const answer = (m) => process.send({ got: m, argv: process.argv.slice(2), env: process.env.GONODE_CHILD }, () => process.disconnect());
		process.on('message', (m) => {
			if (process.argv[2] === 'grandchild') return answer(m);
			const grandchild = require('child_process').fork(__filename, ['grandchild']);
			grandchild.on('message', (reply) => process.send(reply, () => answer(m)));
			grandchild.send('hi');
		});`)
	write(t, dir, "plain.js", `console.log('plain', process.argv[2]); process.exit(7);`)
	write(t, dir, "main.js", `
		const { fork, spawn, exec } = require('child_process');
		const child = fork('child.js', ['a'], { cwd: __dirname });
		child.on('message', (m) => console.log(JSON.stringify(m)));
		child.send('hello');
		child.on('exit', (code) => {
			console.log('fork', code);
			const s = spawn('node', ['plain.js', 'b'], { cwd: __dirname, stdio: ['ignore', 'pipe', 'inherit'] });
			s.stdout.on('data', (d) => console.log(String(d).trim()));
			s.on('close', (code) => {
				console.log('spawn', code);
				exec('node plain.js c', { cwd: __dirname }, (err, stdout) => console.log('exec', err.code, stdout.trim()));
			});
		});`)
	var out bytes.Buffer
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Dir: dir, Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := rt.RunMain(ctx, "main.js"); err != nil {
		t.Error(err)
	}
	want := `{"got":"hi","argv":["grandchild"]}
{"got":"hello","argv":["a"]}
fork 0
plain b
spawn 7
exec 7 plain c
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// Runtimes share nothing: many of them side by side, each called from several goroutines.
func TestRuntimesSideBySide(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all sync.WaitGroup
	for n := range 4 {
		rt, err := runtime.New(runtime.Config{Modules: modules.All()})
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() {
			served <- rt.Serve(ctx, func() { rt.Scripts.Eval("start.js", fmt.Sprintf(`globalThis.me = %d; globalThis.count = 0`, n)) })
		}()
		all.Go(func() {
			var callers sync.WaitGroup
			for range 4 {
				callers.Go(func() {
					for range 25 {
						v, err := rt.Do(ctx, func() goja.Value {
							return rt.Scripts.Eval("call.js", `new Promise((resolve) => setImmediate(() => { count++; resolve(Buffer.from(String(me)).toString()) }))`)
						})
						if err != nil || v != fmt.Sprint(n) {
							t.Errorf("runtime %d answered %v, %v", n, v, err)
						}
					}
				})
			}
			callers.Wait()
			count, err := rt.Do(ctx, func() goja.Value { return rt.Scripts.Eval("count.js", `count`) })
			if err != nil || count != int64(100) {
				t.Errorf("runtime %d counted %v, %v", n, count, err)
			}
			rt.Do(ctx, func() goja.Value { return rt.Scripts.Eval("exit.js", `process.exit(0)`) })
			if err := <-served; err != nil {
				t.Errorf("runtime %d ended with %v", n, err)
			}
			rt.Close()
		})
	}
	all.Wait()
}

func TestScriptsFromAFileSystem(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "main.js", `console.log(require('./lib').name, __filename)`)
	write(t, dir, "lib.js", `exports.name = 'lib'`)
	var out bytes.Buffer
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), FS: os.DirFS(dir), Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	if err := rt.RunMain(context.Background(), "/main.js"); err != nil {
		t.Error(err)
	}
	if out.String() != "lib /main.js\n" {
		t.Errorf("got %q", out.String())
	}
}

func TestProcessWideThingsAreRefused(t *testing.T) {
	for _, script := range []string{`process.chdir('/')`, `process.umask(0)`, `process.setuid(0)`} {
		var stderr bytes.Buffer
		rt, err := runtime.New(runtime.Config{Modules: modules.All(), Stderr: &stderr})
		if err != nil {
			t.Fatal(err)
		}
		if err := rt.RunScript(context.Background(), "x.js", script); err == nil || !bytes.Contains(stderr.Bytes(), []byte("ERR_WORKER_UNSUPPORTED_OPERATION")) {
			t.Errorf("%s: %v\n%s", script, err, stderr.String())
		}
		rt.Close()
	}
}

func TestModulesOfGojaNodejs(t *testing.T) {
	greeting := host.LoaderModule("greeting", func(vm *goja.Runtime, module *goja.Object) {
		module.Get("exports").(*goja.Object).Set("greet", func(name string) string { return "good day, " + name })
	})
	var out bytes.Buffer
	rt, err := runtime.New(runtime.Config{Modules: append([]*runtime.Module{greeting}, modules.All()...), Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	if err := rt.RunScript(context.Background(), "x.js", `console.log(require('greeting').greet('Ada'))`); err != nil || out.String() != "good day, Ada\n" {
		t.Errorf("%v, %q", err, out.String())
	}
}
