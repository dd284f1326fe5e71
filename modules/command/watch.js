// gonode --watch: a process of its own runs the script, and another one when a file has changed.
'use strict';
const { spawn } = require('child_process');
const { once } = require('events');
const { resolve } = require('path');
const { styleText, inspect } = require('util');
const { Dependencies, listen } = require('internal/watch_mode/files');
const { codes } = require('internal/errors');
const { signals } = require('os').constants;

// start takes a JSON text: script, args, execArgv without what is the watcher's own, paths to watch instead of what is loaded, files
// that are watched besides, the signal that ends a process, and whether the screen keeps what was written before.
exports.start = (text) => {
  const { script, args, execArgv, paths, files, killSignal, preserveOutput } = JSON.parse(text);
  if (!Object.hasOwn(signals, killSignal)) throw new codes.ERR_UNKNOWN_SIGNAL(killSignal);
  const command = inspect([script, ...args].join(' '));
  const say = (color, words) => process.stdout.write(`${styleText(color, words)}\n`);
  const reports = paths.length === 0;
  let child, ended, status = 0;

  const run = () => {
    const argv = script === '' ? execArgv : [...execArgv, script, ...args];
    child = spawn(process.execPath, argv, {
      stdio: reports ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
      env: { ...process.env, WATCH_REPORT_DEPENDENCIES: '1' },
    });
    if (reports) {
      if (script !== '') add(resolve(script));
      files.forEach((file) => add(resolve(file)));
      listen(dependencies, script, child);
      if (process.send) child.on('message', (message) => process.send(message));
    }
    const mine = child;
    ended = once(child, 'exit').then(([code]) => {
      status = code ?? 0;
      if (child !== mine || stopping) return;
      if (code === 0) say('blue', `Completed running ${command}. Waiting for file changes before restarting...`);
      else say('red', `Failed running ${command}. Waiting for file changes before restarting...`);
    });
  };
  const add = (file) => {
    try {
      dependencies.add(file, script);
    } catch { /* a file that cannot be watched is not watched */ }
  };

  let stopping = false, changed = false, restarting = false;
  const end = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  const restart = async (file) => {
    changed = true;
    if (restarting || stopping) return;
    restarting = true;
    while (changed && !stopping) {
      changed = false;
      if (!preserveOutput && process.stdout.isTTY) process.stdout.write('\u001bc');
      say('blue', `Change detected in ${inspect(file)}`);
      say('green', `Restarting ${command}`);
      const before = child;
      child = null;
      if (before.exitCode === null && before.signalCode === null) before.kill(killSignal);
      await ended;
      if (stopping) break;
      dependencies.forget([script]);
      run();
    }
    restarting = false;
  };

  const dependencies = new Dependencies(!reports, undefined, (owners, file) => restart(file));
  for (const path of paths) {
    try {
      dependencies.watch(resolve(path), true);
    } catch { /* as above */ }
  }
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      stopping = true;
      if (child) await end(signal);
      else await ended;
      process.exit(status);
    });
  }
  run();
};
