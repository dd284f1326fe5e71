// process.report: what is known of the process, for who looks for a fault. Loaded when it is asked for, or by an option.
'use strict';
const { codes } = require('internal/errors');
const { validateString, validateBoolean, validateObject } = require('internal/validators');

const settings = { __proto__: null, ...binding.settings };
let written = 0;

// A synthetic error is one's own, to have a stack where none was given.
class Callstack extends Error {
  constructor() {
    super('JavaScript Callstack');
    this.stack = this.stack.replace(/^.*/, 'Error [ERR_SYNTHETIC]: JavaScript Callstack');
    this.code = 'ERR_SYNTHETIC';
  }
}

function textOf(value) {
  try {
    return String(value === null || typeof value !== 'symbol' ? value : undefined);
  } catch {
    return undefined;
  }
}

function stackOf(error) {
  const stack = error !== null && typeof error === 'object' ? error.stack : undefined;
  if (typeof stack !== 'string' || !stack.includes('\n')) return { message: 'No stack.', stack: ['Unavailable.'], errorProperties: {} };
  // A line's end makes it one, so that Node never has the last.
  const [message, ...lines] = stack.split('\n').slice(0, -1);
  const errorProperties = {};
  for (const key of Object.keys(error)) {
    const text = typeof error[key] === 'symbol' ? undefined : textOf(error[key]);
    if (text !== undefined) errorProperties[key] = text;
  }
  return { message, stack: lines.map((line) => line.trim()), errorProperties };
}

const two = (n) => `${n}`.padStart(2, '0');
const dateOf = (d) => [`${d.getFullYear()}`, two(d.getMonth() + 1), two(d.getDate())];
const timeOf = (d) => [two(d.getHours()), two(d.getMinutes()), two(d.getSeconds())];

function header(event, trigger, filename) {
  const os = require('os');
  const now = new Date();
  const interfaces = settings.excludeNetwork ? [] : Object.entries(os.networkInterfaces()).flatMap(([name, list]) => list.map((i) => ({
    name, internal: i.internal, mac: i.mac, address: i.address, netmask: i.netmask, family: i.family, ...i.scopeid !== undefined && { scopeid: i.scopeid },
  })));
  return {
    reportVersion: 5,
    event, trigger, filename,
    dumpEventTime: `${dateOf(now).join('-')}T${timeOf(now).join(':')}Z`,
    dumpEventTimeStamp: `${+now}`,
    processId: process.pid,
    threadId: binding.thread,
    cwd: process.cwd(),
    commandLine: [process.argv0 === process.argv[0] ? process.argv0 : process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    nodejsVersion: process.version,
    wordSize: binding.wordSize,
    arch: process.arch,
    platform: process.platform,
    componentVersions: { ...process.versions },
    release: { ...process.release },
    osName: os.type(), osRelease: os.release(), osVersion: os.version(), osMachine: os.machine(),
    cpus: os.cpus().map(({ model, speed, times: { user, nice, sys, idle, irq } }) => ({ model, speed, user, nice, sys, idle, irq })),
    ...!settings.excludeNetwork && { networkInterfaces: interfaces },
    host: os.hostname(),
  };
}

function heap() {
  const v8 = require('v8');
  const s = v8.getHeapStatistics();
  return {
    totalMemory: s.total_heap_size, executableMemory: s.total_heap_size_executable, totalCommittedMemory: s.total_physical_size,
    availableMemory: s.total_available_size, totalGlobalHandlesMemory: s.total_global_handles_size,
    usedGlobalHandlesMemory: s.used_global_handles_size, usedMemory: s.used_heap_size, memoryLimit: s.heap_size_limit,
    mallocedMemory: s.malloced_memory, externalMemory: s.external_memory, peakMallocedMemory: s.peak_malloced_memory,
    nativeContextCount: s.number_of_native_contexts, detachedContextCount: s.number_of_detached_contexts, doesZapGarbage: s.does_zap_garbage,
    heapSpaces: Object.fromEntries(v8.getHeapSpaceStatistics().map((space) => [space.space_name, {
      memorySize: space.space_size, committedMemory: space.physical_space_size, capacity: space.space_used_size + space.space_available_size,
      used: space.space_used_size, available: space.space_available_size,
    }])),
  };
}

function usage({ user, system }, { fsRead, fsWrite }) {
  const seconds = Math.max(process.uptime(), 1e-6);
  return {
    userCpuSeconds: user / 1e6, kernelCpuSeconds: system / 1e6,
    cpuConsumptionPercent: (user + system) / 1e4 / seconds, userCpuConsumptionPercent: user / 1e4 / seconds, kernelCpuConsumptionPercent: system / 1e4 / seconds,
    fsActivity: { reads: fsRead, writes: fsWrite },
  };
}

function make(event, trigger, filename, stack) {
  const os = require('os');
  const resources = process.resourceUsage();
  const { fsActivity, ...cpu } = usage({ user: resources.userCPUTime, system: resources.systemCPUTime }, resources);
  return {
    header: header(event, trigger, filename),
    javascriptStack: stack,
    javascriptHeap: heap(),
    nativeStack: binding.nativeStack(),
    resourceUsage: {
      free_memory: os.freemem(), total_memory: os.totalmem(), rss: process.memoryUsage.rss(),
      constrained_memory: process.constrainedMemory(), available_memory: process.availableMemory(),
      ...cpu,
      maxRss: resources.maxRSS * 1024,
      pageFaults: { IORequired: resources.majorPageFault, IONotRequired: resources.minorPageFault },
      fsActivity,
    },
    uvthreadResourceUsage: usage(process.threadCpuUsage(), resources),
    libuv: binding.handles(),
    workers: [],
    ...!settings.excludeEnv && { environmentVariables: { ...process.env } },
    userLimits: binding.userLimits(),
    sharedObjects: binding.sharedObjects(),
  };
}

// textOfReport is laid out as Node does it.
function textOfReport(report) {
  if (settings.compact) return `${JSON.stringify(report)}\n`;
  return `\n${JSON.stringify(report, null, 2).replace(/^( *)(.*)(\{\}|\[\])(,?)$/gm, (_, indent, before, [open, close], comma) => `${indent}${before}${open}\n${indent}${close}${comma}`)}\n`;
}

// write gives the name of what it has written, '' if that cannot be.
function write(event, trigger, stack, file = settings.filename) {
  const now = new Date();
  const name = file || `report.${dateOf(now).join('')}.${timeOf(now).join('')}.${process.pid}.${binding.thread}.${`${++written}`.padStart(3, '0')}.json`;
  const { writeSync } = require('fs');
  const text = textOfReport(make(event, trigger, name, stack));
  if (name === 'stdout' || name === 'stderr') {
    writeSync(name === 'stdout' ? 1 : 2, text);
    writeSync(2, '\nNode.js report completed\n');
    return name;
  }
  const errno = binding.write(settings.directory ? require('path').join(settings.directory, name) : name, text);
  if (errno !== 0) {
    writeSync(2, `\nFailed to open Node.js report file: ${name}${settings.directory ? ` directory: ${settings.directory}` : ''} (errno: ${errno})\n`);
    return '';
  }
  writeSync(2, `\nWriting Node.js report to file: ${name}\nNode.js report completed\n`);
  return name;
}

function onSignal(signal) {
  write(signal, 'Signal', { message: '', errorProperties: {} });
}

function listen(on) {
  process.removeListener(settings.signal, onSignal);
  if (on) process.on(settings.signal, onSignal);
}

const report = {
  writeReport(file, err) {
    if (typeof file === 'object' && file !== null) {
      err = file;
      file = undefined;
    } else if (file !== undefined) {
      validateString(file, 'file');
    }
    if (err === undefined) err = new Callstack();
    else validateObject(err, 'err');
    binding.demand(settings.directory ? require('path').join(settings.directory, file ?? settings.filename) : file);
    return write('JavaScript API', 'API', stackOf(err), file);
  },
  getReport(err) {
    if (err === undefined) err = new Callstack();
    else validateObject(err, 'err');
    return JSON.parse(JSON.stringify(make('JavaScript API', 'GetReport', null, stackOf(err))));
  },
};

function accessor(name, check) {
  Object.defineProperty(report, name, {
    __proto__: null, enumerable: true, configurable: true,
    ...Object.getOwnPropertyDescriptor({ get [name]() { return settings[name]; }, set [name](value) { check(value); } }, name),
  });
}
const text = (name) => accessor(name, (value) => { validateString(value, name); settings[name] = value; });
const flag = (name, argument = name, changed) => accessor(name, (value) => {
  validateBoolean(value, argument);
  settings[name] = value;
  changed?.(value);
});

text('directory');
text('filename');
flag('compact');
flag('excludeNetwork');
accessor('signal', (value) => {
  validateString(value, 'signal');
  if (require('os').constants.signals[value] === undefined) throw new codes.ERR_UNKNOWN_SIGNAL(value);
  listen(false);
  settings.signal = value;
  listen(settings.reportOnSignal);
});
flag('reportOnFatalError', 'trigger');
flag('reportOnSignal', 'trigger', listen);
flag('reportOnUncaughtException', 'trigger', (on) => binding.onUncaught(on ? uncaught : null));
flag('excludeEnv');

function uncaught(error) {
  write('Exception', 'Exception', stackOf(error));
}

if (settings.reportOnSignal) listen(true);
if (settings.reportOnUncaughtException) binding.onUncaught(uncaught);

module.exports = report;
