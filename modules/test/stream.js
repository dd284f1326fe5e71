// The stream of a run's events: each is emitted at once and can be read afterwards.
'use strict';
const { Readable } = require('stream');

// What a test is known by in its events. No event has more properties than Node's, nor in another order.
const identity = (test) => ({ testId: test.testId, parentId: test.parent?.testId });
const bare = (...parts) => Object.assign(Object.create(null), ...parts);

class TestsStream extends Readable {
  #waiting = [];
  #open = true;

  constructor() {
    super({ objectMode: true, highWaterMark: Number.MAX_SAFE_INTEGER });
  }

  _read() {
    this.#open = true;
    while (this.#waiting.length > 0 && this.#offer(this.#waiting.shift()));
  }

  #offer(item) {
    if (this.#open) this.#open = this.push(item);
    else this.#waiting.push(item);
    return this.#open;
  }

  // forward passes on an event, of this process or of a child's.
  forward(type, data) {
    this.emit(type, data);
    this.#offer({ type, data });
  }

  // result is 'test:pass' or 'test:fail'; completed the event that comes as soon as a test is done.
  result(type, test, number, { details, directive }) {
    const className = details.classname ? { classname: details.classname } : undefined;
    this.forward(type, bare({ name: test.name, nesting: test.nesting, testNumber: number }, identity(test),
      { details, tags: [...test.tags] }, className, test.loc, directive));
  }
  completed(test, { details, directive }) {
    this.forward('test:complete', bare({ name: test.name, nesting: test.nesting, testNumber: test.testNumber }, identity(test),
      { details, tags: [...test.tags] }, test.loc, directive));
  }
  hookFailed(hook, number, name, details) {
    this.forward('test:fail', bare({ name, nesting: 0, testNumber: number, testId: undefined, parentId: undefined, details, tags: [] }, hook.loc));
  }
  enqueued(test) { this.#queued('test:enqueue', test, test.reportedType, test.parent?.testId); }
  // A test that waited is announced with its parent's type, as Node does it.
  dequeued(test, type = test.reportedType) { this.#queued('test:dequeue', test, type, test.parent?.testId); }
  #queued(event, test, type, parentId) {
    this.forward(event, bare({ nesting: test.nesting, name: test.name, type, testId: test.testId, parentId, tags: [...test.tags] }, test.loc));
  }
  started(test) {
    this.forward('test:start', bare({ nesting: test.nesting, name: test.name }, identity(test), { tags: [...test.tags] }, test.loc));
  }
  plan(nesting, loc, count) { this.forward('test:plan', bare({ nesting, count }, loc)); }
  log(test, message, data) {
    this.forward('test:log', bare({ name: test.name, nesting: test.nesting }, identity(test), { message, data }, test.loc));
  }
  diagnostic(nesting, loc, message, level = 'info') { this.forward('test:diagnostic', bare({ nesting, message, level }, loc)); }
  coverage(nesting, loc, summary) { this.forward('test:coverage', bare({ nesting, summary }, loc)); }
  summary(file, success, counts, duration) {
    this.forward('test:summary', bare({ success, counts, duration_ms: duration, file }));
  }
  interrupted(tests) { this.forward('test:interrupted', bare({ tests })); }
  finish() { this.#offer(null); }
}
exports.TestsStream = TestsStream;
