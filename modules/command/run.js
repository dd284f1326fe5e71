// gonode --run: a script of the nearest package.json, in a shell.
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const { delimiter, dirname, join } = require('path');

// start takes the script's name and what is appended to it.
exports.start = (name, args) => {
  const folders = [];
  for (let folder = process.cwd(); folders.at(-1) !== folder; folder = dirname(folder)) folders.push(folder);
  const file = folders.map((folder) => join(folder, 'package.json')).find((path) => fs.statSync(path, { throwIfNoEntry: false })?.isFile());
  const fail = (words) => {
    process.stderr.write(`${words}\n`);
    process.exitCode = 1;
  };
  if (file === undefined) return fail(`Can't find package.json for directory ${process.cwd()}`);

  let manifest;
  try {
    manifest = JSON.parse(fs.readFileSync(file, 'utf8').replace(/^\ufeff/, ''));
  } catch {
    return fail(`Can't parse ${file}`);
  }
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(manifest)) return fail(`Root value unexpected not an object for ${file}\n`);
  const { scripts } = manifest;
  if (!Object.hasOwn(manifest, 'scripts') || !isObject(scripts)) return fail(`Can't find "scripts" field in ${file}`);
  if (!Object.hasOwn(scripts, name)) {
    const available = Object.entries(scripts).filter(([, text]) => typeof text === 'string').map(([key, text]) => `\n  ${key}: ${text}`);
    return fail(`Missing script: "${name}" for ${file}\n\nAvailable scripts are:${available.join('')}`);
  }
  if (typeof scripts[name] !== 'string') return fail(`Script "${name}" is unexpectedly not a string for ${file}\n`);

  const quoted = args.map((arg) => (/^[\w%+,./:=@-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  const programs = folders.map((folder) => join(folder, 'node_modules', '.bin'))
    .filter((folder) => fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory());
  const child = spawn([scripts[name], ...quoted].join(' '), {
    cwd: dirname(file),
    env: {
      ...process.env,
      NODE_RUN_SCRIPT_NAME: name,
      NODE_RUN_PACKAGE_JSON_PATH: file,
      PATH: [...programs, ...process.env.PATH === undefined ? [] : [process.env.PATH]].join(delimiter),
    },
    shell: true,
    stdio: 'inherit',
  });
  child.on('error', (err) => fail(err.message));
  child.on('exit', (code) => { process.exitCode = code === 0 ? 0 : 1; });
};
