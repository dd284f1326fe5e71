'use strict';
// Runs programs of table.txt one after another in one process, or with -worker in a worker thread, and prints for each a line
// of JSON: its name and its outcome, which is the value that it returns or settles with, or the error. -terminate runs each in a worker
// of its own that is soon terminated, and the outcome is whether it has ended in time.
// usage: run.js [-worker | -stdout | -terminate] names…  (- for names on standard input, one a line)
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');
const fs = require('fs');
const path = require('path');

if (!isMainThread) {
  runAll(workerData, workerData.length > 1 ? (line) => fs.writeSync(1, line) : () => {});
} else {
  const option = /^-./.test(process.argv[2]) ? process.argv[2] : '';
  let names = process.argv.slice(option ? 3 : 2);
  if (names[0] === '-') names = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
  if (option === '-terminate') terminateAll(names);
  else if (option === '-worker') new Worker(__filename, { workerData: names });
  else runAll(names, option === '-stdout' ? (line) => process.stdout.write(line) : (line) => fs.writeSync(1, line));
}

// On a busy machine what counts is the time that the process had, unless it slept.
async function terminateAll(names) {
  for (const name of names) {
    fs.writeSync(1, JSON.stringify({ name }) + '\n');
    const worker = new Worker(__filename, { workerData: [name], stdout: true, stderr: true });
    worker.on('error', () => {});
    const ended = new Promise((resolve) => worker.on('exit', resolve));
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]);
    const began = process.hrtime.bigint();
    const used = process.cpuUsage();
    worker.terminate();
    await ended;
    const wall = Number(process.hrtime.bigint() - began) / 1e6;
    const { user, system } = process.cpuUsage(used);
    const late = Math.max(Math.min(wall, (user + system) / 1e3), wall / 10);
    fs.writeSync(1, JSON.stringify({ name, outcome: late <= 300 ? 'in time' : `${Math.round(late)} ms late` }) + '\n');
  }
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
