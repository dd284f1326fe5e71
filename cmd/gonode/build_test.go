package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// project is a program with all that a file of its own has to carry: packages through a link, data, assets, children, workers.
var project = map[string]string{
	"package.json":                   `{"type":"module"}`,
	"store/dep@1.2.3/package.json":   `{"name":"dep","version":"1.2.3","license":"MIT","exports":{"import":"./index.mjs","require":"./index.cjs"}}`,
	"store/dep@1.2.3/LICENSE":        "Permission is granted.\n",
	"store/dep@1.2.3/index.mjs":      `export const kind = 'import';`,
	"store/dep@1.2.3/index.cjs":      `exports.kind = 'require'; exports.text = require('fs').readFileSync(require('path').join(__dirname, 'data', 'words.txt'), 'utf8');`,
	"store/dep@1.2.3/data/words.txt": "words of a package",
	"node_modules/old/package.json":  `{"name":"old","version":"0.1.0","main":"lib"}`,
	"node_modules/old/lib/index.js":  `let missing; try { require('not-there') } catch (e) { missing = e.code } module.exports = { missing, file: __filename };`,
	"src/config.json":                `{"name":"in one file"}`,
	"src/logo.bin":                   "\x00\x01asset",
	"src/views/page.html":            "<p>",
	"src/plugins/late.ts":            `export default 'late' as string;`,
	"src/lib/fail.ts":                "interface A { a: number }\n\nexport enum E { One = 1 }\nexport function fail(): never { throw new TypeError('wrong') }\n",
	"src/child.ts":                   `process.send!({ child: process.argv.slice(2), execArgv: process.execArgv } as object);`,
	"src/worker.ts":                  `import { parentPort, workerData } from 'node:worker_threads'; import { kind } from 'dep'; parentPort!.postMessage([kind, workerData] as unknown);`,
	"src/main.ts": `
import { fork, execSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import cluster from 'node:cluster';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { kind } from 'dep';
import old from 'old';
import config from './config.json' with { type: 'json' };
import logo from './logo.bin' with { type: 'file' };
import { fail, E } from './lib/fail.ts';
if (cluster.isWorker) {
	process.send!(['cluster', ...process.argv.slice(2)]);
	process.disconnect();
} else {
	const message = (c: any, end: string) => new Promise((resolve) => { let m: unknown; c.on('message', (v: unknown) => { m = v }); c.on(end, () => resolve(m)) });
	const log = (...all: unknown[]) => console.log(JSON.stringify(all));
	log(process.argv.slice(2), process.execArgv, process.argv[0] === process.execPath);
	const require = createRequire(import.meta.url);
	log(kind, require('dep').kind, require('dep').text, old.missing, config.name, E.One);
	log(readFileSync(logo, 'latin1'), readdirSync(new URL('./views/', import.meta.url)));
	log(await message(fork(new URL('./child.ts', import.meta.url), ['-x', 'y']), 'exit'));
	log(await message(new Worker(new URL('./worker.ts', import.meta.url), { workerData: 7 }), 'exit'));
	log(await message(cluster.fork(), 'exit'));
	log(execSync('node -p 6*7; node -e "console.log(typeof process.env.GONODE_CHILD)"', { encoding: 'utf8' }).split('\n'));
	const name = './plugins/' + 'late.ts';
	log((await import(name)).default);
	try { fail() } catch (e) { log((e as Error).stack!.split('\n')[1].replace(/file:.*\/src\//, '')) }
	process.exitCode = 3;
}`,
}

func TestBuild(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range project {
		file := filepath.Join(dir, "p", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../store/dep@1.2.3", dir+"/p/node_modules/dep"); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "XDG_CACHE_HOME="+dir+"/cache")
	run := func(wantErr bool, in, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = in, env
		out, err := cmd.CombinedOutput()
		if (err != nil) != wantErr {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	build := func(in, main, out string, args ...string) string {
		t.Helper()
		return run(false, in, binary, append([]string{"--no-warnings", "build", "-o", out, main}, args...)...)
	}
	app := dir + "/app"
	if out := build(dir+"/p", "src/main.ts", app, "--entry", "src/plugins/late.ts", "--asset", "src/views", "--licenses", dir+"/licenses"); !strings.Contains(out, "not-there") {
		t.Errorf("no warning about what is missing: %q", out)
	}
	// From another folder, and another copy of the sources, the same bytes.
	if err := os.CopyFS(dir+"/q", os.DirFS(dir+"/p")); err != nil {
		t.Fatal(err)
	}
	build(dir, "q/src/main.ts", dir+"/again", "--entry", "q/src/plugins/late.ts", "--asset", "q/src/v*")
	first, _ := os.ReadFile(app)
	second, _ := os.ReadFile(dir + "/again")
	if len(first) == 0 || !bytes.Equal(first, second) {
		t.Errorf("not the same bytes: %d and %d", len(first), len(second))
	}
	if text, _ := os.ReadFile(dir + "/licenses"); !strings.HasPrefix(string(text), "dep 1.2.3: MIT\n\nPermission is granted.\n\nold 0.1.0: no licence is given\n") {
		t.Errorf("licences:\n%s", text)
	}
	if err := os.RemoveAll(dir + "/p"); err != nil {
		t.Fatal(err)
	}
	const want = `[["one","--two"],["--no-warnings"],true]
["import","require","words of a package","MODULE_NOT_FOUND","in one file",1]
["\u0000\u0001asset",["page.html"]]
[{"child":["-x","y"],"execArgv":["--no-warnings"]}]
[["import",7]]
[["cluster","one","--two"]]
[["42","undefined",""]]
["late"]
["    at fail (lib/fail.ts:4:39)"]
`
	for range 2 { // with and without assets to be written
		if got := run(true, "/", app, "one", "--two"); got != want {
			t.Errorf("got\n%s", got)
		}
	}
	// A built program builds no other, but its executable serves as one's.
	if got := run(false, dir, binary, "build", "--runtime", app, "-o", dir+"/smaller", dir+"/q/src/lib/fail.ts"); got != "" {
		t.Error(got)
	}
	if st, err := os.Stat(dir + "/smaller"); err != nil || st.Size() >= int64(len(first)) {
		t.Errorf("%v, %v", st, err)
	}
	run(false, dir, dir+"/smaller")
	for _, bad := range [][]string{{}, {"nowhere.js"}, {"q/src/main.ts", "--asset", "nowhere"}, {"q/src/main.ts", "--bad"}, {"q/src/main.ts", "-o"},
		{"q/src/main.ts", "--runtime", dir + "/licenses"}, {"q/src/main.ts", "q/src/child.ts"}, {"-o", dir + "/q", "q/src/main.ts"}} {
		out := run(true, dir, binary, append([]string{"build"}, bad...)...)
		if !strings.Contains(out, "gonode build: ") {
			t.Errorf("%q: %s", bad, out)
		}
	}
	// What is cut short says so.
	if err := os.WriteFile(dir+"/cut", first[:len(first)-100], 0o755); err != nil {
		t.Fatal(err)
	}
	if out := run(true, dir, dir+"/cut"); !strings.Contains(out, "the program's archive") {
		t.Error(out)
	}
}
