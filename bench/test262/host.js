// What test262 expects of its host: print and $262. The same text serves gonode and Node.
(function (require, global, print) {
  'use strict';
  const vm = require('vm');
  const define = (o, name, value) => Object.defineProperty(o, name, { value, writable: true, configurable: true });

  // Agents are worker threads, which answer while the main thread never turns its loop.
  const agentText = `
    const { workerData: { port, control }, receiveMessageOnPort } = process.getBuiltinModule('worker_threads');
    const next = () => { for (let m; ;) { if ((m = receiveMessageOnPort(port))) return m.message; Atomics.wait(control, 0, 0, 1); } };
    globalThis.$262 = { agent: {
      receiveBroadcast(f) { const m = next(); Atomics.add(control, 1, 1); f(m.buffer, m.id); },
      report(v) { port.postMessage(String(v)); },
      sleep(ms) { Atomics.wait(control, 0, 0, ms); },
      leaving() {},
      monotonicNow() { return performance.now(); },
    } };
    Atomics.add(control, 2, 1);
  `;
  function agent() {
    let ports = [], control, timer;
    const wait = (index, n) => { while (Atomics.load(control, index) < n) Atomics.wait(control, 0, 0, 1); };
    return {
      start(text) {
        const { Worker, MessageChannel } = require('worker_threads');
        control ??= new Int32Array(new SharedArrayBuffer(12));
        const { port1, port2 } = new MessageChannel();
        const w = new Worker(agentText + text, { eval: true, workerData: { port: port2, control }, transferList: [port2] });
        w.on('error', () => {});
        w.unref();
        port1.unref();
        ports.push(port1);
        wait(2, ports.length);
      },
      broadcast(buffer, id) {
        Atomics.store(control, 1, 0);
        for (const p of ports) p.postMessage({ buffer, id });
        wait(1, ports.length);
      },
      getReport() {
        const { receiveMessageOnPort } = require('worker_threads');
        for (const p of ports) {
          const m = receiveMessageOnPort(p);
          if (m) return m.message;
        }
        return null;
      },
      sleep(ms) { Atomics.wait(control ?? new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms); },
      monotonicNow() { return performance.now(); },
    };
  }
  function realm(global, run) {
    const $262 = {
      global,
      gc() { if (typeof globalThis.gc === 'function') globalThis.gc(); else throw new Error('no gc'); },
      evalScript: run,
      detachArrayBuffer(b) { structuredClone(b, { transfer: [b] }); },
      createRealm() {
        const c = vm.createContext({});
        return realm(vm.runInContext('globalThis', c), (text) => vm.runInContext(text, c));
      },
      agent: agent(),
    };
    define(global, '$262', $262);
    define(global, 'print', print);
    return $262;
  }
  return realm;
})
