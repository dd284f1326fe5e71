package worker_threads_test

import (
	"bytes"
	"context"
	"os"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonode/modules"
	"gonode/runtime"
)

// run runs a script in a runtime of its own and gives what it printed.
func run(t *testing.T, script string) string {
	t.Helper()
	var out bytes.Buffer
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.CloseAll()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	if err := rt.RunScript(ctx, "test.js", script); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

// Everything that crosses threads, from several threads at once; run it with -race.
func TestHammer(t *testing.T) {
	got := run(t, `
const { Worker, MessageChannel, BroadcastChannel, SHARE_ENV } = require('worker_threads');
const N = 4, ROUNDS = 60;
const source = `+"`"+`
const { parentPort, workerData: id, BroadcastChannel, MessageChannel } = require('worker_threads');
const net = require('net'), fs = require('fs');
const bc = new BroadcastChannel('hammer');
let heard = 0, done = false;
bc.onmessage = () => { heard++; };
parentPort.on('message', ({ i, buffer, port, last }) => {
  process.env['V' + id] = String(i);
  bc.postMessage({ from: id, i });
  new Uint8Array(buffer)[0]++;
  console.log('.');
  if (port) {
    const { port1, port2 } = new MessageChannel();
    port.postMessage({ hop: port2 }, [port2]);
    port1.postMessage({ id, i });
    port1.close();
    port.close();
  }
  parentPort.postMessage({ i, buffer, map: new Map([[i, { list: [1, 'x', 2.5, 10n] }]]) }, [buffer]);
  if (last) setTimeout(() => {
    done = true;
    bc.close();
    parentPort.postMessage({ heard });
    parentPort.close();
  }, 50);
});
setImmediate(function again() { process.env['V' + (id + 1) % 4]; fs.statSync('.'); if (!done) setImmediate(again); });
`+"`"+`;
process.on('exit', () => console.log(exits, replies, hops, lines, heard > 0, process.env.V0, process.env.V3));
let replies = 0, hops = 0, heard = 0, exits = 0, lines = 0;
for (let id = 0; id < N; id++) {
  const w = new Worker(source, { eval: true, workerData: id, env: SHARE_ENV, stdout: true });
  w.stdout.on('data', (d) => { lines += d.length / 2; });
  w.on('message', (m) => {
    if (m.heard !== undefined) { heard += m.heard; return; }
    if (new Uint8Array(m.buffer)[0] !== m.i + 1 || m.map.get(m.i).list[3] !== 10n) throw new Error('wrong reply');
    replies++;
  });
  w.on('exit', (code) => {
    if (code !== 0) throw new Error('exit ' + code);
    exits++;
  });
  for (let i = 0; i < ROUNDS; i++) {
    const buffer = new Uint8Array([i, 2, 3]).buffer;
    const { port1, port2 } = new MessageChannel();
    port1.on('message', ({ hop }) => hop.on('message', ({ i: n }) => { if (n !== i) throw new Error('wrong hop'); hops++; }));
    w.postMessage({ i, buffer, port: port2, last: i === ROUNDS - 1 }, [buffer, port2]);
  }
}
`)
	if want := "4 240 240 240 true 59 59\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Atomics of every width on one memory from several threads, waking each other.
func TestAtomicsHammer(t *testing.T) {
	got := run(t, `
const { Worker } = require('worker_threads');
const memory = new SharedArrayBuffer(64);
const arrays = [new Int8Array(memory, 0, 1), new Uint16Array(memory, 2, 1), new Int32Array(memory, 4, 4), new BigUint64Array(memory, 24, 1)];
const source = `+"`"+`
const { workerData: [bytes, halves, ints, longs] } = require('worker_threads');
for (let i = 0; i < 1500; i++) {
  Atomics.add(bytes, 0, 1);
  Atomics.add(halves, 0, 1);
  Atomics.add(longs, 0, 1n);
  while (Atomics.compareExchange(ints, 1, 0, 1) !== 0) Atomics.wait(ints, 1, 1, 1000);
  const n = Atomics.load(ints, 2);
  Atomics.store(ints, 2, n + 1);
  Atomics.store(ints, 1, 0);
  Atomics.notify(ints, 1, 1);
}
`+"`"+`;
let exits = 0;
for (let i = 0; i < 4; i++) {
  new Worker(source, { eval: true, workerData: arrays }).on('exit', () => {
    if (++exits === 4) console.log(...arrays.map((a, at) => Atomics.load(a, at === 2 ? 2 : 0)));
  });
}
`)
	if want := "112 6000 6000 6000n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A worker's goroutines, descriptors and memory are gone when it has ended, whatever it was about.
func TestNothingLeaks(t *testing.T) {
	script := func(n int) string {
		return `
const { Worker } = require('worker_threads');
let left = ` + strconv.Itoa(n) + `;
const source = ` + "`" + `
const { parentPort, workerData } = require('worker_threads');
require('net').createServer().listen(0, '127.0.0.1');
require('fs').openSync('/dev/null');
require('fs').open('/dev/null', () => {});
require('dgram').createSocket('udp4').bind(0, '127.0.0.1');
require('fs').watch('/tmp');
setInterval(() => {}, 1);
const big = new Array(1e5).fill(parentPort);
parentPort.on('message', () => big);
new (require('worker_threads').Worker)(workerData ? 'setInterval(() => {}, 1)' : 'for (;;);', { eval: true });
parentPort.postMessage('up');
` + "`" + `;
function next() {
  if (left-- <= 0) return;
  const w = new Worker(source + (left % 8 ? '' : 'for (;;);'), { eval: true, workerData: left % 10 });
  w.once('message', () => w.terminate());
  w.on('exit', next);
}
next();
next();
`
	}
	run(t, script(10)) // what is made once
	before := usage(t)
	run(t, script(80))
	var after [3]int
	for range 50 { // the last of them may still be on their way out
		if after = usage(t); after[0] <= before[0] && after[1] <= before[1] {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("goroutines, descriptors, KB: %v before, %v after 80 workers", before, after)
	if after[0] > before[0] || after[1] > before[1] || after[2] > before[2]+8<<10 {
		t.Errorf("goroutines, descriptors, KB: %v before, %v after", before, after)
	}
}

// usage counts the goroutines and open descriptors of this process, and the kilobytes in use.
func usage(t *testing.T) [3]int {
	t.Helper()
	var m goruntime.MemStats
	for range 3 {
		goruntime.GC()
	}
	goruntime.ReadMemStats(&m)
	fds, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Skip(err)
	}
	return [3]int{goruntime.NumGoroutine(), len(fds), int(m.HeapAlloc >> 10)}
}

func TestTerminateAnywhere(t *testing.T) {
	got := run(t, `
const { Worker } = require('worker_threads');
const busy = ['for (;;);', 'const f = () => Promise.resolve().then(f); f();', 'const f = () => process.nextTick(f); f();',
  'setImmediate(function f() { setImmediate(f); });', 'for (;;) try { for (;;); } catch {} finally { for (;;); }',
  'require("vm").runInThisContext("for (;;);", { timeout: 1e6 })', '[1, 2, 3].sort(() => { for (;;); })', 'setInterval(() => {}, 1e6)',
  'for (;;) require("worker_threads").parentPort.postMessage(1)', 'JSON.stringify({ toJSON() { for (;;); } })',
  'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'];
(async () => {
  for (const source of busy) {
    const w = new Worker('require("worker_threads").parentPort.postMessage("up");' + source, { eval: true });
    await new Promise((resolve) => w.once('message', resolve));
    await new Promise((resolve) => setTimeout(resolve, 2));
    console.log(await w.terminate());
  }
})();
`)
	if want := strings.Repeat("1\n", 11); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The end of a runtime is the end of its workers, also where the host ends it.
func TestCancelStopsWorkers(t *testing.T) {
	before := goruntime.NumGoroutine()
	var out bytes.Buffer
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := rt.RunScript(ctx, "test.js", "new (require('worker_threads').Worker)('for (;;);', { eval: true })"); err != context.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	rt.CloseAll()
	for range 50 {
		if goruntime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, goruntime.NumGoroutine())
}

// A thread that fills its memory ends with an error; one that only makes garbage beside it, and their parent, go on.
func TestResourceLimits(t *testing.T) {
	got := run(t, `
const { Worker } = require('worker_threads');
const run = (name, source) => new Promise((done) => {
  const worker = new Worker(source, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 24 } });
  worker.on('error', (e) => console.log(name, Object.prototype.toString.call(e), e.code, e.message));
  worker.on('exit', (code) => done(console.log(name, code)));
});
(async () => {
  await Promise.all([
    run('busy', 'for (let i = 0, last; i < 1e4; i++) last = { i, text: "x".repeat(1000) + i };'),
    run('full', 'const all = []; for (;;) all.push({ a: 1, b: [1, 2, 3] });'),
  ]);
  await run('later', 'const all = []; (function more() { for (let i = 0; i < 1000; i++) all.push(new Map([[{}, i]])); setImmediate(more); })();');
})();
`)
	lines := strings.Split(strings.TrimSpace(got), "\n")
	slices.Sort(lines)
	const full = " [object Error] ERR_WORKER_OUT_OF_MEMORY Worker terminated due to reaching memory limit: JS heap out of memory"
	want := []string{"busy 0", "full 1", "full" + full, "later 1", "later" + full}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q\nwant %q", lines, want)
	}
}
