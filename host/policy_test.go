package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"gonode/host"
	"gonode/runtime"
)

// forbidden are what a script tries under a policy that gives nothing; each is a body that gives a value or a promise, and has to come to ERR_ACCESS_DENIED.
var forbidden = map[string]string{
	"read":                 `fs.readFileSync('/etc/passwd')`,
	"read callback":        `await new Promise((done, fail) => fs.readFile('/etc/passwd', (e, v) => e ? fail(e) : done(v)))`,
	"read promise":         `await fs.promises.readFile('/etc/passwd')`,
	"read stream":          `await new Promise((done, fail) => fs.createReadStream('/etc/passwd').on('error', fail).on('data', done))`,
	"write":                `fs.writeFileSync('/tmp/attack', 'x')`,
	"append":               `fs.appendFileSync('/tmp/attack', 'x')`,
	"open":                 `fs.openSync('/dev/null')`,
	"open promise":         `await fs.promises.open('/dev/null')`,
	"stat":                 `fs.statSync('/etc')`,
	"lstat":                `fs.lstatSync('/etc')`,
	"statfs":               `fs.statfsSync('/')`,
	"exists":               `if (fs.existsSync('/etc')) return 'seen'; fs.accessSync('/etc')`,
	"readdir":              `fs.readdirSync('/')`,
	"opendir":              `fs.opendirSync('/')`,
	"glob":                 `fs.globSync('*', { cwd: '/etc' })`,
	"realpath":             `fs.realpathSync.native('/proc/self/exe')`,
	"realpath js":          `fs.realpathSync('/proc/self/exe')`,
	"readlink":             `fs.readlinkSync('/proc/self/exe')`,
	"mkdir":                `fs.mkdirSync('/tmp/attack')`,
	"mkdtemp":              `fs.mkdtempSync('/tmp/attack')`,
	"rm":                   `fs.rmSync('/tmp/attack', { recursive: true, force: true })`,
	"unlink":               `fs.unlinkSync('/tmp/attack')`,
	"rename":               `fs.renameSync('/tmp/a', '/tmp/b')`,
	"link":                 `fs.linkSync('/etc/passwd', '/tmp/attack')`,
	"symlink":              `fs.symlinkSync('/etc/passwd', '/tmp/attack')`,
	"chmod":                `fs.chmodSync('/tmp', 0o777)`,
	"chown":                `fs.chownSync('/tmp', 0, 0)`,
	"utimes":               `fs.utimesSync('/tmp', 0, 0)`,
	"copyFile":             `fs.copyFileSync('/etc/passwd', '/tmp/attack')`,
	"cp":                   `fs.cpSync('/etc', '/tmp/attack', { recursive: true })`,
	"watch":                `fs.watch('/etc')`,
	"watchFile":            `fs.watchFile('/etc/passwd', () => {}); fs.unwatchFile('/etc/passwd'); fs.statSync('/etc/passwd')`,
	"openAsBlob":           `await fs.openAsBlob('/etc/passwd')`,
	"read a descriptor":    `fs.readSync(GIVEN, Buffer.alloc(9))`,
	"read of a descriptor": `fs.readFileSync(GIVEN)`,
	"write a descriptor":   `fs.writeSync(GIVEN, 'x')`,
	"close a descriptor":   `fs.closeSync(GIVEN)`,
	"fstat":                `fs.fstatSync(GIVEN)`,
	"descriptor stream":    `await new Promise((done, fail) => fs.createReadStream(null, { fd: GIVEN, autoClose: false }).on('error', fail).on('data', done))`,
	"descriptor piped":     `await require('stream/promises').pipeline(fs.createReadStream(null, { fd: GIVEN, autoClose: false }), new (require('stream').PassThrough)().resume())`,
	"descriptor socket":    `new net.Socket({ fd: GIVEN })`,
	"descriptor server":    `await new Promise((done, fail) => net.createServer().on('error', fail).listen({ fd: GIVEN }, done)).catch((e) => { if (e.code === 'EINVAL') e.code = 'ERR_ACCESS_DENIED'; throw e })`,
	"descriptor tty":       `new (require('tty').ReadStream)(GIVEN)`,
	"host's stdout":        `fs.writeSync(1, 'from the script\n')`,
	"host's stdin":         `fs.readSync(0, Buffer.alloc(1))`,
	"connect":              `await new Promise((done, fail) => net.connect(PORT, '127.0.0.1', done).on('error', fail))`,
	"connect to a path":    `await new Promise((done, fail) => net.connect('/run/host.sock', done).on('error', fail))`,
	"connect by name":      `await new Promise((done, fail) => net.connect(PORT, 'localhost', done).on('error', fail))`,
	"listen":               `await new Promise((done, fail) => net.createServer().on('error', fail).listen(0, '127.0.0.1', done))`,
	"listen to all":        `await new Promise((done, fail) => net.createServer().on('error', fail).listen(0, done))`,
	"listen to a path":     `await new Promise((done, fail) => net.createServer().on('error', fail).listen('/tmp/attack.sock', done))`,
	"http":                 `await new Promise((done, fail) => require('http').get('http://127.0.0.1:PORT/', done).on('error', fail))`,
	"http by name":         `await new Promise((done, fail) => require('http').get('http://localhost:PORT/', done).on('error', fail))`,
	"https":                `await new Promise((done, fail) => require('https').get('https://127.0.0.1:PORT/', done).on('error', fail))`,
	"http2":                `await new Promise((done, fail) => require('http2').connect('http://127.0.0.1:PORT/', done).on('error', fail))`,
	"http server":          `await new Promise((done, fail) => require('http').createServer().on('error', fail).listen(0, '127.0.0.1', done))`,
	"tls":                  `await new Promise((done, fail) => require('tls').connect(PORT, '127.0.0.1', done).on('error', fail))`,
	"fetch":                `await fetch('http://127.0.0.1:PORT/').catch((e) => { throw e.cause })`,
	"websocket":            `await new Promise((done, fail) => { const w = new WebSocket('ws://127.0.0.1:PORT/'); w.onerror = (e) => fail(Object.assign(e.error, { code: 'ERR_ACCESS_DENIED' })); w.onopen = done })`,
	"datagram":             `await new Promise((done, fail) => require('dgram').createSocket('udp4').on('error', fail).send('x', PORT, '127.0.0.1', (e) => e ? fail(e) : done()))`,
	"datagram bind":        `await new Promise((done, fail) => require('dgram').createSocket('udp4').on('error', fail).bind(0, done))`,
	"lookup":               `await require('dns').promises.lookup('example.com')`,
	"lookup callback":      `await new Promise((done, fail) => require('dns').lookup('example.com', (e, v) => e ? fail(e) : done(v)))`,
	"lookupService":        `await require('dns').promises.lookupService('127.0.0.1', 22)`,
	"resolve":              `await require('dns').promises.resolve('example.com')`,
	"resolve by a server":  `const r = new (require('dns').promises.Resolver)(); r.setServers(['127.0.0.1:53']); await r.resolve4('example.com')`,
	"reverse":              `await require('dns').promises.reverse('127.0.0.1')`,
	"spawn":                `require('child_process').spawn('true')`,
	"spawnSync":            `const r = require('child_process').spawnSync('true'); if (r.error) throw r.error`,
	"execSync":             `require('child_process').execSync('true')`,
	"fork":                 `require('child_process').fork('/x.js')`,
	"cluster":              `const c = require('cluster'); c.setupPrimary({ exec: '/x.js' }); c.fork()`,
	"execve":               `process.execve('/bin/true', ['true'], {})`,
	"binding":              `process.binding('spawn_sync')`,
	"dlopen":               `process.dlopen({ exports: {} }, '/lib/x.node')`,
	"addon":                `require('module')._extensions['.node']({ exports: {} }, '/etc/passwd')`,
	"worker":               `new (require('worker_threads').Worker)('1', { eval: true })`,
	"hooks thread":         `require('module').register('data:text/javascript,')`,
	"kill":                 `process.kill(process.ppid, 0)`,
	"kill itself":          `process.kill(process.pid, 0)`,
	"kill the group":       `process.kill(0, 0)`,
	"priority":             `os.getPriority(1)`,
	"set priority":         `os.setPriority(0, 1)`,
	"hostname":             `os.hostname()`,
	"user":                 `os.userInfo()`,
	"home":                 `os.homedir()`,
	"interfaces":           `os.networkInterfaces()`,
	"release":              `os.release()`,
	"umask":                `process.umask()`,
	"environment file":     `process.loadEnvFile('/etc/passwd')`,
	"report":               `process.report.writeReport('/tmp/attack.json')`,
	"heap snapshot":        `require('v8').writeHeapSnapshot('/tmp/attack.heapsnapshot')`,
	"sqlite":               `new (require('node:sqlite').DatabaseSync)('/tmp/attack.db')`,
	"sqlite attach":        `new (require('node:sqlite').DatabaseSync)(':memory:').exec("ATTACH '/tmp/attack.db' AS x")`,
	"wasi":                 `new (require('wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } })`,
	"inspector":            `require('inspector').open(0)`,
	"supervisor":           `require('gonode:supervisor')`,
	"require a file":       `try { require('/etc/passwd') } catch (e) { if (e.code === 'MODULE_NOT_FOUND') e.code = 'ERR_ACCESS_DENIED'; throw e }`,
	"import a file":        `await import('/etc/hostname.js').catch((e) => { if (e.code === 'ERR_MODULE_NOT_FOUND') e.code = 'ERR_ACCESS_DENIED'; throw e })`,
	"resolve a file":       `try { require.resolve('/etc/passwd') } catch (e) { if (e.code === 'MODULE_NOT_FOUND') e.code = 'ERR_ACCESS_DENIED'; throw e }`,
}

// attempts is a script that tries all of them and gives those that did not come to ERR_ACCESS_DENIED.
func attempts(given uintptr, port int, but ...string) string {
	var b strings.Builder
	b.WriteString("(async () => { const require = process.getBuiltinModule('module').createRequire('/main.js'); const fs = require('fs'), net = require('net'), os = require('os'); const failed = []; const tries = {\n")
	for name, body := range forbidden {
		if slices.Contains(but, name) {
			continue
		}
		body = strings.NewReplacer("GIVEN", fmt.Sprint(given), "PORT", fmt.Sprint(port)).Replace(body)
		if !strings.Contains(body, "return ") && !strings.HasPrefix(body, "try ") && !strings.HasPrefix(body, "const ") && !strings.HasPrefix(body, "fs.watchFile") {
			body = "return " + body
		}
		fmt.Fprintf(&b, "%q: async () => { %s },\n", name, body)
	}
	b.WriteString(`};
	for (const [name, f] of Object.entries(tries)) {
		let outcome = 'it waits';
		const late = new Promise((done) => setTimeout(done, 5000).unref());
		await Promise.race([late, f().then((v) => { outcome = 'it works: ' + String(v).slice(0, 40) }, (e) => { outcome = e?.code ?? String(e) })]);
		if (outcome !== 'ERR_ACCESS_DENIED' && outcome !== 'ERR_WORKER_UNSUPPORTED_OPERATION') failed.push(name + ': ' + outcome);
	}
	return failed.join('\n');
	})()`)
	return b.String()
}

// target is a listener that nobody is to reach, and an open file's descriptor that is not the script's.
func target(t *testing.T) (fd uintptr, port int) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		if c, err := ln.Accept(); err == nil {
			t.Error("a script has reached the listener")
			c.Close()
		}
	}()
	secret, err := os.Create(filepath.Join(t.TempDir(), "secret"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { secret.Close() })
	raw, _ := secret.SyscallConn()
	raw.Control(func(n uintptr) { fd = n })
	return fd, ln.Addr().(*net.TCPAddr).Port
}

// A program under a policy that gives nothing reaches nothing.
func TestPolicyRefuses(t *testing.T) {
	t.Setenv("GONODE_SECRET", "x")
	fd, port := target(t)
	p := program(t, host.Config{Policy: &runtime.Policy{}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}, nil)
	var failed string
	if err := p.Eval(t.Context(), &failed, "attack.js", attempts(fd, port)); err != nil || failed != "" {
		t.Errorf("%v\n%s", err, failed)
	}
	var env, cwd string
	if err := p.Eval(t.Context(), &env, "env.js", `Object.keys(process.env).join()`); err != nil || env != "" {
		t.Errorf("%q, %v", env, err)
	}
	if err := p.Eval(t.Context(), &cwd, "cwd.js", `process.cwd()`); err != nil || cwd != "/" {
		t.Errorf("%q, %v", cwd, err)
	}
}

// runOf is what /main.js exports as run.
func runOf(t *testing.T, p *host.Program) *host.Func {
	t.Helper()
	mod, err := p.Import(t.Context(), "/main.js")
	if err != nil {
		t.Fatal(err)
	}
	run, err := mod.Func("run")
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// Neither does a worker thread, where there may be any, and nor do those that it starts.
func TestPolicyHoldsInWorkers(t *testing.T) {
	fd, port := target(t)
	main := `const { Worker } = require('worker_threads'); exports.run = () => new Promise((done, fail) => new Worker('/worker.js').on('message', done).on('error', fail))`
	worker := `const { parentPort } = require('worker_threads'); ` + attempts(fd, port, "worker", "hooks thread") + `.then((v) => parentPort.postMessage(v + Object.keys(process.env)))`
	p := program(t, host.Config{Policy: &runtime.Policy{Allow: []runtime.Access{runtime.AccessWorker}}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard},
		map[string]string{"main.js": main, "worker.js": worker})
	run := runOf(t, p)
	var failed string
	if err := run.Call(t.Context(), &failed); err != nil || failed != "" {
		t.Errorf("%v\n%s", err, failed)
	}
}

// policyVar has the children of the test binary run under a policy that gives nothing.
const policyVar = "GONODE_TEST_POLICY"

var confined = host.Config{
	FS: fstest.MapFS{"main.js": {Data: []byte(`
		const [fd, port] = process.argv.slice(2);
		console.log(process.cwd());
		if (fd) eval(process.argv[4]).then((v) => console.log(v));`)}},
	Policy: &runtime.Policy{},
}

// Neither does a child that the host confines, whatever its command line and its environment say.
func TestPolicyHoldsInChildren(t *testing.T) {
	fd, port := target(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(args ...string) string {
		cmd := exec.Command(self, args...)
		cmd.Env = append(os.Environ(), policyVar+"=1", runtime.ChildEnv+"=1", "NODE_V8_COVERAGE="+dir+"/coverage", "NODE_OPTIONS=--redirect-warnings="+dir+"/warnings",
			runtime.TraceVar+"="+dir+"/trace", "NODE_REDIRECT_WARNINGS="+dir+"/more")
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	script := attempts(fd, port, "host's stdout", "host's stdin", "home") // which are the child's own
	if out := run("--no-warnings", "/main.js", fmt.Sprint(fd), fmt.Sprint(port), script); out != "/\n\n" {
		t.Error(out)
	}
	for _, args := range [][]string{
		{"--cpu-prof", "--cpu-prof-dir=" + dir, "/main.js"}, {"--env-file=/etc/passwd", "/main.js"}, {"--redirect-warnings=" + dir + "/w", "/main.js"},
		{"--trace-ipc=" + dir + "/ipc", "/main.js"}, {"--inspect=0", "/main.js"}, {"--tls-keylog=" + dir + "/keys", "/main.js"}, {"--watch", "/main.js"},
		{"--localstorage-file=" + dir + "/storage", "/main.js"}, {"--report-on-fatalerror", "--report-dir=" + dir, "/main.js"},
	} {
		if out := run(args...); out != "/\n" {
			t.Errorf("%q: %s", args, out)
		}
	}
	if out := run("build", "/main.js", "-o", dir+"/app"); !strings.Contains(out, "Cannot find module '/build'") {
		t.Error(out)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// With a root module fs has the files in it and no others, whatever paths and links say.
func TestPolicyRoot(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, outside, "secret", "secret")
	write(t, dir, "data.txt", "data")
	write(t, dir, "main.js", `exports.run = (body) => eval(body)`)
	for name, target := range map[string]string{"absolute": outside + "/secret", "climbing": "../" + filepath.Base(outside) + "/secret", "folder": outside, "self": "self", "inside": "/data.txt",
		"magic": "/proc/self/root/etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	p := program(t, host.Config{Policy: &runtime.Policy{Root: root}}, nil)
	run := runOf(t, p)
	for _, c := range [][2]string{
		{`fs.readFileSync('/data.txt', 'utf8')`, "data"},
		{`fs.readFileSync('data.txt', 'utf8')`, "data"},
		{`fs.readFileSync('/../../data.txt', 'utf8')`, "data"},
		{`fs.readFileSync('inside', 'utf8')`, "data"},
		{`fs.realpathSync('inside')`, "/data.txt"},
		{`fs.promises.readFile('/data.txt', 'utf8')`, "data"},
		{`fs.readFileSync('` + outside + `/secret')`, "ENOENT"},
		{`fs.readFileSync('absolute')`, "ENOENT"},
		{`fs.readFileSync('climbing')`, "ENOENT"},
		{`fs.readFileSync('folder/secret')`, "ENOENT"},
		{`fs.writeFileSync('folder/new', 'x')`, "ENOENT"},
		{`fs.readFileSync('self')`, "ELOOP"},
		{`fs.readFileSync('magic')`, "ENOENT"},
		{`fs.readFileSync('/proc/self/environ')`, "ENOENT"},
		{`fs.statSync('/etc/passwd')`, "ENOENT"},
		{`fs.chmodSync('absolute', 0o777)`, "ENOENT"},
		{`fs.truncateSync('absolute')`, "ENOENT"},
		{`fs.symlinkSync('/proc/self/root', 'up'); return fs.readdirSync('up')`, "ENOENT"},
		{`fs.symlinkSync('/etc', 'other'); return fs.readFileSync('other/passwd')`, "ENOENT"},
		{`require('/data.json')`, "MODULE_NOT_FOUND"},
		{`require('` + outside + `/secret')`, "MODULE_NOT_FOUND"},
		{`fs.rmSync('folder', { recursive: true }); return fs.existsSync('folder')`, "false"},
		{`process.loadEnvFile('/data.txt')`, "ERR_ACCESS_DENIED"},
		{`require('net').connect('/x.sock').on('error', () => {}); return 'later'`, "later"},
		{`fs.linkSync('data.txt', 'hard'); return fs.readFileSync('hard', 'utf8')`, "data"},
		{`fs.mkdirSync('a/b', { recursive: true })`, "/a"},
		{`fs.mkdtempSync('/tmp-').length`, "11"},
		{`fs.cpSync('a', 'c', { recursive: true }); return fs.readdirSync('c').join()`, "b"},
		{`fs.globSync('*.txt').join()`, "data.txt"},
		{`fs.writeFileSync('w', 'x'); fs.renameSync('w', 'v'); fs.appendFileSync('v', 'y'); fs.copyFileSync('v', 'u'); return fs.readFileSync('u', 'utf8')`, "xy"},
		{`fs.statSync('/').isDirectory() && fs.lstatSync('inside').isSymbolicLink() && fs.readlinkSync('inside')`, "/data.txt"},
		{`const fd = fs.openSync('o', 'w+'); fs.writeSync(fd, 'abc'); const s = fs.fstatSync(fd).size; fs.closeSync(fd); return s`, "3"},
		{`const fd = fs.openSync('o'); fs.closeSync(fd); return fs.closeSync(fd)`, "ERR_ACCESS_DENIED"},
		{`const fd = fs.openSync('o'); try { new (require('net').Socket)({ fd }) } catch {} fs.closeSync(fd); return 'still its own'`, "still its own"},
		{`const d = fs.opendirSync('/a'); const e = d.readSync().name; d.closeSync(); return e`, "b"},
		{`return new Promise((done) => { const w = fs.watch('/a', (e, name) => { w.close(); done(name) }); fs.writeFileSync('/a/new', '') })`, "new"},
		{`let s = ''; for await (const c of fs.createReadStream('/data.txt', 'utf8')) s += c; return s`, "data"},
		{`const f = await fs.promises.open('/data.txt'); const t = await f.readFile('utf8'); await f.close(); return t`, "data"},
	} {
		body, want := c[0], c[1]
		if !strings.Contains(body, "return ") {
			body = "return " + body
		}
		body = "(async () => { const fs = require('fs'); " + body + " })().then(String)"
		var got string
		err := run.Call(t.Context(), &got, body)
		if e := (*host.Exception)(nil); errors.As(err, &e) {
			got = e.Code
		}
		if got != want {
			t.Errorf("%s: %q, want %q (%v)", body, got, want, err)
		}
	}
	if text, err := os.ReadFile(outside + "/secret"); string(text) != "secret" {
		t.Errorf("outside: %q, %v", text, err)
	}
}

// With a dialer, a listener and a resolver of the host the network is theirs.
func TestPolicyNetwork(t *testing.T) {
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) })}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(ln)
	defer server.Close()
	var dialed, listened, resolved atomic.Value
	piped, givenUp := make(chan net.Conn, 1), make(chan struct{})
	p := program(t, host.Config{Policy: &runtime.Policy{
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed.Store(network + " " + address)
			switch address {
			case "10.0.0.1:80":
				var d net.Dialer
				return d.DialContext(ctx, "tcp", ln.Addr().String())
			case "10.0.0.2:80":
				return nil, os.ErrPermission
			case "/piped":
				ours, theirs := net.Pipe()
				piped <- ours
				return theirs, nil
			case "10.0.0.3:80":
				<-ctx.Done()
				close(givenUp)
				return nil, ctx.Err()
			}
			return nil, errors.New("no such place")
		},
		Listen: func(ctx context.Context, network, address string) (net.Listener, error) {
			listened.Store(network + " " + address)
			if strings.HasSuffix(address, ":1") {
				return nil, os.ErrPermission
			}
			return net.Listen("tcp", "127.0.0.1:0")
		},
		Resolve: func(ctx context.Context, network, name string) ([]netip.Addr, error) {
			resolved.Store(name)
			if name == "inside.example" {
				return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
			}
			return nil, &net.DNSError{IsNotFound: true}
		},
	}}, map[string]string{"quiet.js": "", "main.js": `
		const net = require('net'), http = require('http');
		const connect = (...to) => new Promise((done, fail) => { const s = net.connect(...to, () => done(s)); s.on('error', fail); });
		exports.run = (body) => eval('(async () => { ' + body + ' })()').then(String, (e) => e.code ?? e.cause?.code ?? String(e));`})
	run := runOf(t, p)
	script := func(body string) (got string) {
		t.Helper()
		if err := run.Call(t.Context(), &got, body); err != nil {
			t.Error(err)
		}
		return got
	}
	is := func(got any, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	is(script(`return (await fetch('http://inside.example/')).text()`), "inside.example")
	is(dialed.Load(), "tcp 10.0.0.1:80")
	is(resolved.Load(), "inside.example")
	is(script(`return new Promise((done, fail) => http.get('http://inside.example/', (r) => r.resume().on('end', () => done(r.statusCode))).on('error', fail))`), "200")
	is(script(`return (await fetch('http://outside.example/')).text()`), "ENOTFOUND")
	is(script(`return connect(80, '10.0.0.2')`), "ERR_ACCESS_DENIED")
	is(script(`return connect(80, '10.0.0.9')`), "ECONNREFUSED")
	is(script(`const s = net.connect(80, '10.0.0.3'); await new Promise(setImmediate); s.destroy(); return 'gone'`), "gone")
	<-givenUp // nor is the loop held open
	if err := p.Run(t.Context(), "/quiet.js"); err != nil {
		t.Error(err)
	}
	is(script(`return connect({ port: 80, host: '10.0.0.1', localAddress: '127.0.0.1' })`), "ENOTSUP")
	is(script(`return require('dns').promises.lookupService('127.0.0.1', 80)`), "ERR_ACCESS_DENIED")
	is(script(`return new Promise((done, fail) => require('dgram').createSocket('udp4').on('error', fail).send('x', 9, '127.0.0.1', (e) => e ? fail(e) : done()))`), "ERR_ACCESS_DENIED")
	go func() {
		c := <-piped
		fmt.Fprint(c, "hello")
		c.Close()
	}()
	is(script(`const s = await connect('/piped'); let text = ''; for await (const c of s) text += c; return text`), "hello")
	is(script(`const s = http.createServer((q, r) => r.end('answer')).listen(8080, '0.0.0.0'); await require('events').once(s, 'listening');
		const { port } = s.address(); s.unref(); globalThis.kept = s; return port > 0`), "true")
	is(listened.Load(), "tcp 0.0.0.0:8080")
	is(script(`return new Promise((done, fail) => net.createServer().on('error', fail).listen(1, '127.0.0.1', done))`), "ERR_ACCESS_DENIED")
	var port int
	if err := p.Eval(t.Context(), &port, "port.js", "kept.address().port"); err != nil {
		t.Fatal(err)
	}
	r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", port))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(r.Body)
	r.Body.Close()
	is(string(text), "answer")
}

// What is allowed is by the process's own means.
func TestPolicyAllows(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "main.js", `console.log(require('os').hostname() !== '', require('fs').readFileSync(__filename, 'utf8').length > 0);
		try { require('fs').writeFileSync(__filename, '') } catch (e) { console.log(e.code, e.permission) }`)
	var out bytes.Buffer
	p := program(t, host.Config{Dir: dir, Stdout: &out, Policy: &runtime.Policy{Allow: []runtime.Access{runtime.AccessRead, runtime.AccessSystem}}}, nil)
	if err := p.Run(t.Context(), "main.js"); err != nil || out.String() != "true true\nERR_ACCESS_DENIED FileSystemWrite\n" {
		t.Errorf("%v\n%s", err, out.String())
	}
}
