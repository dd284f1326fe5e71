// The files that programs have loaded, watched together.
'use strict';
const { watch: watchPath } = require('fs');
const { resolve, sep } = require('path');
const { fileURLToPath } = require('url');
const { setTimeout, clearTimeout } = require('timers');

const kCalm = 200; // milliseconds without a change after which files run again

// Dependencies knows which programs have loaded which files, and watches these. onChange gets the programs that are concerned and a
// file that has changed.
class Dependencies {
  #owners = new Map();
  #watchers = new Map();
  #changed = new Set();
  #lost = new Set();
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
    watcher.on('change', (type, name) => {
      // What is written anew and renamed, as editors do, is another file, which is watched as soon as it is there.
      if (type === 'rename' && !recursive) {
        watcher.close();
        this.#watchers.delete(path);
        this.#lost.add(path);
      }
      this.#note(recursive ? resolve(path, name ?? '') : path);
    });
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
      this.onChange(changed, file);
      this.#find();
    }, kCalm);
  }
  #find() {
    for (const path of this.#lost) {
      try {
        this.watch(path, false);
        this.#lost.delete(path);
      } catch { /* it is not there yet */ }
    }
    if (this.#lost.size > 0) this.#timer = setTimeout(() => this.#find(), kCalm);
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

module.exports = { Dependencies, listen };
