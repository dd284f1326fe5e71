// Sessions of debuggers elsewhere, who speak to the server.
'use strict';
const { Session, agents } = require('internal/inspector/protocol');

const sessions = new Map();

function receive({ session: id, kind, text }) {
  switch (kind) {
    case 'open':
      sessions.set(id, new Session((text) => binding.send(id, text), true));
      break;
    case 'message':
      sessions.get(id)?.dispatch(text);
      break;
    case 'close':
      sessions.get(id)?.disconnect();
      sessions.delete(id);
  }
}

const { onMessage, isPaused, breakAtStart } = require('internal/inspector/debugger');
onMessage(receive);

module.exports = {
  start: binding.start,
  receive,
  // Reads what has come in.
  drain() {
    for (let m; (m = binding.next(false)) !== undefined;) receive(m);
  },
  // Waits until a debugger lets the script run.
  wait(stopAtStart) {
    const ready = binding.awaitReady();
    for (let m; !ready.done && (m = binding.next(true)) !== undefined;) receive(m);
    if (stopAtStart) breakAtStart();
  },
  // Waits at the end until all have gone who are told of it, unless one of them has brought the end about while the script stood still.
  finish(said) {
    const remote = () => [...agents].filter((s) => s.remote);
    for (const s of remote()) {
      if (s.notifyAtEnd) s.event('NodeRuntime.waitingForDisconnect', {});
      else if (s.enabled.has('Runtime')) s.event('Runtime.executionContextDestroyed', { executionContextId: 1, executionContextUniqueId: '' });
    }
    if (remote().length === 0) return;
    said();
    if (isPaused() || binding.waiting()) return;
    for (let m; remote().length > 0 && (m = binding.next(true)) !== undefined;) receive(m);
  },
};
