// Watch mode: test files run again when they change, or what they have loaded.
'use strict';
const { watch: watchPath } = require('fs');
const { once } = require('events');
const { isAbsolute, resolve, sep } = require('path');
const { fileURLToPath } = require('url');
const { setTimeout, clearTimeout } = require('timers');
const { allFiles, runFile } = require('internal/test_runner/files');

const kCalm = 200; // milliseconds without a change after which files run again

// Dependencies knows which test files have loaded which files, and watches these.
class Dependencies {
  #owners = new Map();
  #watchers = new Map();
  #changed = new Set();
  #timer;
  constructor(whole, signal, onChange) {
    this.whole = whole; // whether changes of files that nobody has loaded count, too
    this.signal = signal;
    this.onChange = onChange;
  }

  watch(path, recursive) {
    for (const [watched, { recursive: all }] of this.#watchers)
      if (watched === path || (all && path.startsWith(watched + sep))) return;
    const watcher = watchPath(path, { recursive, signal: this.signal });
    watcher.on('change', (type, name) => this.#note(recursive ? resolve(path, name ?? '') : path));
    watcher.on('error', () => {}); // it was removed, or watching was aborted
    this.#watchers.set(path, { watcher, recursive });
  }
  #note(file) {
    const owners = this.#owners.get(file);
    if (!owners && !this.whole) return;
    for (const owner of owners ?? []) this.#changed.add(owner);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const changed = this.#changed;
      this.#changed = new Set();
      this.onChange(changed);
    }, kCalm).unref();
  }
  add(file, owner) {
    this.watch(file, false);
    if (!this.#owners.has(file)) this.#owners.set(file, new Set());
    this.#owners.get(file).add(owner);
  }
  forget(owners) {
    for (const [file, of] of this.#owners) {
      for (const owner of owners) of.delete(owner);
      if (of.size === 0) this.#owners.delete(file);
    }
  }
  close() {
    clearTimeout(this.#timer);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#owners.clear();
  }
}

// listen takes what a process says that it has loaded.
function listen(dependencies, path, child) {
  child.on('message', (message) => {
    try {
      for (const file of message['watch:require'] ?? []) dependencies.add(file, path);
      for (const url of message['watch:import'] ?? []) dependencies.add(fileURLToPath(url), path);
    } catch { /* a file that cannot be watched is not watched */ }
  });
}

// watch makes the watch of a run. Its members are what runFile tells of the processes.
exports.watch = (run) => {
  const { root, cwd, isolation } = run;
  const { harness } = root;
  const processes = new Map(), running = new Map();
  const inProcess = isolation === 'none';
  harness.watching = true;

  const rerun = async (path) => {
    const child = processes.get(path);
    if (child) {
      child.kill();
      await once(child, 'exit');
    }
    if (running.size === 0) harness.counters.topLevel = 0;
    await running.get(path);
    running.set(path, runFile(path, run, self));
  };

  // renewed finds files that have come or gone; undefined means that there is nothing to run.
  const renewed = (changed) => {
    if (run.hasFiles) return changed;
    const before = run.testFiles;
    run.testFiles = require('internal/test_runner/run').findFiles(run.globPatterns, cwd);
    const added = run.testFiles.find((file) => !before.includes(file));
    if (added !== undefined) {
      dependencies.add(isAbsolute(added) ? added : resolve(cwd, added), added);
      return new Set([added]);
    }
    return before.some((file) => !run.testFiles.includes(file)) ? undefined : changed;
  };

  const dependencies = new Dependencies(!run.hasFiles, run.signal, (changed) => {
    changed = renewed(changed);
    if (!changed) return;
    root.restartClock();
    root.reporter.forward('test:watch:restarted');
    if (inProcess) {
      rerun(allFiles);
      return;
    }
    dependencies.forget(changed);
    for (const file of run.testFiles) if (changed.has(file)) rerun(file);
  });
  if (!run.hasFiles) dependencies.watch(cwd, true);

  const self = {
    running,
    began(path, child) {
      processes.set(path, child);
      listen(dependencies, path, child);
    },
    async ended(path, done) {
      processes.delete(path);
      running.delete(path);
      try {
        await done;
      } finally {
        if (running.size === 0) {
          root.reporter.forward('test:watch:drained');
          root.postRun();
        }
      }
    },
  };
  run.signal?.addEventListener('abort', () => {
    dependencies.close();
    harness.watching = false;
    root.postRun();
  }, { once: true });
  return self;
};
