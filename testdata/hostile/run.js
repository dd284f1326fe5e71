'use strict';
// Runs programs of table.txt one after another in one process, or with -worker in a worker thread, and prints for each a line
// of JSON: its name and its outcome, which is the value that it returns or settles with, or the error.
// usage: run.js [-worker] names…  (- for names on standard input, one a line)
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');
const fs = require('fs');
const path = require('path');

if (!isMainThread) {
  runAll(workerData, (line) => fs.writeSync(1, line));
} else {
  const inWorker = process.argv[2] === '-worker';
  let names = process.argv.slice(inWorker ? 3 : 2);
  if (names[0] === '-') names = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
  if (inWorker) new Worker(__filename, { workerData: names });
  else runAll(names, (line) => fs.writeSync(1, line));
}

async function runAll(names, write) {
  const programs = new Map();
  for (const entry of fs.readFileSync(path.join(__dirname, 'table.txt'), 'utf8').split(/^== /m).slice(1)) {
    const [name, code] = entry.split('\n');
    programs.set(name, code);
  }
  process.on('uncaughtException', () => {});
  for (const name of names) {
    write(JSON.stringify({ name }) + '\n');
    write(JSON.stringify({ name, outcome: await outcome(programs.get(name)) }) + '\n');
  }
  process.exit();
}

async function outcome(code) {
  try {
    const value = await new Function('require', code)(require);
    return `${value}`.slice(0, 100);
  } catch (e) {
    if (!(e instanceof Error)) return 'threw ' + typeof e;
    return `${e.name}${e.code && !e.name.includes(e.code) ? ` ${e.code}` : ''}: ${e.message}`.split('\n')[0].slice(0, 120);
  }
}
