// Watch mode: test files run again when they change, or what they have loaded.
'use strict';
const { once } = require('events');
const { isAbsolute, resolve } = require('path');
const { allFiles, runFile } = require('internal/test_runner/files');
const { Dependencies, listen } = require('internal/watch_mode/files');

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
