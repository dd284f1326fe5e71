// spawnSync and what is made of it.
'use strict';
const { codes, systemError } = require('internal/errors');
const { spawnOptions, normalizeStdio, validTimeout, validMaxBuffer, validKillSignal } = require('internal/child_process/spawn');
const { runSync, isView, inheritEnv } = binding;

// What process.binding('spawn_sync') gives: packages put a spawn of theirs in its place.
const spawn = (options) => runSync(options, options.stdio);
const natives = { spawn };

const MAX_BUFFER = 1024 * 1024;

function spawnSync(file, args, options) {
  options = { __proto__: null, maxBuffer: MAX_BUFFER, ...spawnOptions(file, args, options) };
  validTimeout(options.timeout);
  validMaxBuffer(options.maxBuffer);
  options.killSignal = validKillSignal(options.killSignal);
  const given = options.stdio || 'pipe';
  const { list } = normalizeStdio(given, true);
  for (let i = 0; i < list.length; i++) {
    let input = i === 0 && options.input ? options.input : list[i].type === 'pipe' && given[i]?.input;
    if (input == null || input === false) continue;
    if (typeof input === 'string') input = require('buffer').Buffer.from(input, options.encoding);
    else if (!isView(input)) throw new codes.ERR_INVALID_ARG_TYPE(`options.stdio[${i}]`, ['Buffer', 'TypedArray', 'DataView', 'string'], input);
    list[i].input = input;
  }
  options.stdio = list;
  if (natives.spawn !== spawn && options.envPairs === inheritEnv) {
    options.envPairs = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  }
  const result = natives.spawn(options);
  if (result.output && options.encoding && options.encoding !== 'buffer') {
    result.output = result.output.map((data) => data && data.toString(options.encoding));
  }
  result.stdout = result.output?.[1];
  result.stderr = result.output?.[2];
  if (result.error) {
    result.error = systemError(result.error, 'spawnSync ' + options.file);
    result.error.path = options.file;
    result.error.spawnargs = options.args.slice(1);
  }
  return result;
}

function checkSync(result, command) {
  if (result.error) throw Object.assign(result.error, result);
  if (result.status !== 0) {
    let message = 'Command failed: ' + command;
    if (result.stderr && result.stderr.length > 0) message += `\n${result.stderr.toString()}`;
    throw Object.assign(new Error(message), result);
  }
  return result.stdout;
}

function execFileSync(file, args, options) {
  ({ args, options } = require('internal/child_process/exec').execFileArgs(file, args, options));
  const result = spawnSync(file, args, options);
  if (!options.stdio && result.stderr) process.stderr.write(result.stderr);
  return checkSync(result, [options.argv0 || file, ...args].join(' '));
}

function execSync(command, options) {
  ({ options } = require('internal/child_process/exec').execArgs(command, options));
  const result = spawnSync(command, options);
  if (!options.stdio && result.stderr) process.stderr.write(result.stderr);
  return checkSync(result, command);
}

module.exports = { binding: natives, execFileSync, execSync, spawnSync };
