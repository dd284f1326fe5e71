// The domain Debugger of the Chrome DevTools Protocol: breakpoints, steps, the frames of what stands still.
'use strict';
const { ProtocolError } = require('internal/inspector/remote');
const { agents, ending, check, result } = require('internal/inspector/protocol');

let started = false;
let paused; // { frames } while scripts stand still
let next; // how they go on
let breakOnStart = false;
let asked = false; // by Debugger.pause
let target; // of continueToLocation
const stops = new Map(); // script and place to a Set of breakpoints

function start() {
  if (started) return;
  started = true;
  binding.debug(parsed, reached, looked);
}

const users = () => [...agents].filter((s) => s.enabled.has('Debugger'));

function parsed(script) {
  for (const session of users()) {
    session.event('Debugger.scriptParsed', scriptEvent(script));
    for (const b of session.breakpoints.values()) {
      const location = b.url !== undefined && b.matches(script) ? bind(b, script) : undefined;
      if (location !== undefined) session.event('Debugger.breakpointResolved', { breakpointId: b.id, location });
    }
  }
}

function scriptEvent(s) {
  return { scriptId: s.scriptId, url: s.url, startLine: 0, startColumn: 0, endLine: s.endLine, endColumn: s.endColumn, executionContextId: 1, hash: s.hash, buildId: '',
    executionContextAuxData: { isDefault: true }, isLiveEdit: false, sourceMapURL: s.sourceMapURL, hasSourceURL: false, isModule: s.isModule, length: s.length,
    scriptLanguage: 'JavaScript', embedderName: s.url };
}

// bind puts a breakpoint into a script, and gives its place there.
function bind(b, script) {
  const at = binding.place(script.scriptId, b.line, b.column);
  if (at === undefined) return undefined;
  const key = `${script.scriptId}:${at.place}`;
  if (!stops.has(key)) stops.set(key, new Set());
  stops.get(key).add(b);
  b.stops.push(key);
  binding.stop(script.scriptId, at.place, true);
  return { scriptId: script.scriptId, lineNumber: at.line, columnNumber: at.column };
}

function unbind(b) {
  for (const key of b.stops) {
    const all = stops.get(key);
    all.delete(b);
    if (all.size > 0) continue;
    stops.delete(key);
    const [scriptId, place] = key.split(':');
    binding.stop(scriptId, Number(place), false);
  }
  b.stops = [];
}

// looked is called in a script that runs, when there are messages for it.
function looked() {
  for (let m; (m = binding.next(false)) !== undefined;) receive(m);
}

let receive = () => {};

// reached is called where a script has come to a breakpoint, the end of a step or a debugger statement.
function reached(scriptId, place, kind, breakpoint, stepped) {
  if (paused !== undefined) return;
  const sessions = users();
  if (sessions.length === 0 || sessions.some((s) => s.skipAll)) return;
  if (breakOnStart && stepped) {
    if (!binding.isMain(scriptId)) return;
    breakOnStart = false;
    return pause(sessions, 'Break on start', []);
  }
  if (kind === 'throw') {
    const mode = sessions.map((s) => s.pauseOnExceptions);
    if (mode.includes('all') || mode.includes(binding.caught() ? 'caught' : 'uncaught')) return pause(sessions, 'exception', [], 'exception');
    if (!stepped && !breakpoint) return;
  }
  if (target !== undefined && target.scriptId === scriptId && target.place === place) {
    clearTarget();
    return pause(sessions, 'step', []);
  }
  const hit = [];
  const active = sessions.some((s) => s.active);
  if (breakpoint && active) {
    let frames;
    for (const b of stops.get(`${scriptId}:${place}`) ?? []) {
      if (!b.session.active) continue;
      if (b.condition) {
        frames ??= binding.frames();
        paused = { frames };
        let holds = false;
        try { holds = binding.evaluateIn(0, b.condition); } catch {} finally { paused = undefined; }
        if (!holds) continue;
      }
      hit.push(b.id);
    }
  }
  if (hit.length === 0 && !(kind === 'debugger' && active)) {
    if (!stepped) return;
    const url = binding.script(scriptId).url;
    if (sessions.some((s) => s.blackbox?.some((p) => p.test(url)))) return;
  }
  const step = stepped && !asked;
  asked = false;
  pause(sessions, step ? hit.length > 0 || kind === 'debugger' ? 'ambiguous' : 'step' : 'other', hit);
}

function clearTarget() {
  if (target === undefined) return;
  if (!stops.has(`${target.scriptId}:${target.place}`)) binding.stop(target.scriptId, target.place, false);
  target = undefined;
}

function pause(sessions, reason, hitBreakpoints) {
  binding.go('resume');
  paused = { frames: binding.frames() };
  next = undefined;
  try {
    for (const session of sessions) session.event('Debugger.paused', { callFrames: callFrames(session), reason, hitBreakpoints });
    // A session of the thread itself has had its say; others are waited for.
    while (next === undefined && users().some((s) => s.remote)) {
      const m = binding.next(true);
      if (m === undefined) break;
      receive(m);
    }
  } finally {
    paused = undefined;
    for (const session of users()) {
      session.objects.releaseGroup('backtrace');
      session.event('Debugger.resumed', {});
    }
    binding.go(next ?? 'resume');
  }
}

function callFrames(session) {
  const wrap = (v) => session.objects.wrap(v, { group: 'backtrace' });
  return paused.frames.map((f, i) => ({
    callFrameId: `${binding.isolate}.1.${i}`, functionName: f.functionName, functionLocation: f.functionLocation,
    location: f.location, url: f.url,
    scopeChain: f.scopes.map((scope, j) => {
      const s = { type: scope.kind, object: wrap(scope.object ?? variables(i, j)) };
      if (scope.name) s.name = scope.name;
      return s;
    }),
    this: wrap(f.this), canBeRestarted: false,
  }));
}

// The variables of a scope, as an object's properties.
function variables(frame, scope) {
  const o = {};
  for (const [name, value] of binding.variables(frame, scope)) Object.defineProperty(o, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  return o;
}

function mustPause() {
  if (paused === undefined) throw new ProtocolError('Can only perform operation while paused.');
}

function mustRun(session) {
  if (!session.enabled.has('Debugger')) throw new ProtocolError('Debugger agent is not enabled');
}

function frameOf(id) {
  mustPause();
  const n = Number(id.slice(id.lastIndexOf('.') + 1));
  if (!(n >= 0 && n < paused.frames.length)) throw new ProtocolError('Could not find call frame with given id');
  return n;
}

function scriptOf(scriptId) {
  const s = binding.script(scriptId);
  if (s === undefined) throw new ProtocolError(`No script for id: ${scriptId}`);
  return s;
}

const go = (how) => function() {
  mustPause();
  next = how;
};

const refuse = (message) => () => { throw new ProtocolError(message); };

function newBreakpoint(session, id, params, matches) {
  if (session.breakpoints.has(id)) throw new ProtocolError('Breakpoint at specified location already exists.');
  return { id, session, line: params.lineNumber, column: params.columnNumber ?? 0, condition: params.condition, stops: [], matches, url: undefined };
}

function searched(params, text) {
  let find;
  if (params.isRegex) {
    find = new RegExp(params.query, params.caseSensitive ? '' : 'i');
  } else {
    const query = params.caseSensitive ? params.query : params.query.toLowerCase();
    find = { test: (line) => (params.caseSensitive ? line : line.toLowerCase()).includes(query) };
  }
  return text.split('\n').flatMap((line, lineNumber) => find.test(line) ? [{ lineNumber, lineContent: line.replace(/\r$/, '') }] : []);
}

const debug = {
  enable() {
    if (!this.enabled.has('Debugger')) {
      this.enabled.add('Debugger');
      this.breakpoints = new Map();
      this.active = true;
      this.pauseOnExceptions = 'none';
      start();
      for (const script of binding.scripts()) this.event('Debugger.scriptParsed', scriptEvent(script));
    }
    return { debuggerId: binding.debuggerId };
  },
  disable() { disable(this); },
  setBreakpointByUrl(params) {
    mustRun(this);
    check(params, { lineNumber: 'integer', url: 'string?', urlRegex: 'string?', scriptHash: 'string?', columnNumber: 'integer?', condition: 'string?' });
    const [type, selector] = params.url !== undefined ? [1, params.url] : params.urlRegex !== undefined ? [2, params.urlRegex] : [3, params.scriptHash];
    if (selector === undefined || [params.url, params.urlRegex, params.scriptHash].filter((v) => v !== undefined).length !== 1) {
      throw new ProtocolError('Either url or urlRegex or scriptHash must be specified.');
    }
    if (params.columnNumber < 0) throw new ProtocolError('Invalid column number');
    let pattern;
    try { pattern = type === 2 ? new RegExp(selector) : undefined; } catch { throw new ProtocolError('Invalid regular expression'); }
    const b = newBreakpoint(this, `${type}:${params.lineNumber}:${params.columnNumber ?? 0}:${selector}`, params,
      (s) => type === 1 ? s.url === selector : type === 2 ? pattern.test(s.url) : s.hash === selector);
    b.url = selector;
    this.breakpoints.set(b.id, b);
    const locations = binding.scripts().filter(b.matches).map((s) => bind(b, s)).filter((l) => l !== undefined);
    return { breakpointId: b.id, locations };
  },
  setBreakpoint(params) {
    mustRun(this);
    check(params, { location: 'object', condition: 'string?' });
    check(params.location, { scriptId: 'string', lineNumber: 'integer', columnNumber: 'integer?' });
    const { scriptId, lineNumber, columnNumber } = params.location;
    const b = newBreakpoint(this, `4:${lineNumber}:${columnNumber ?? 0}:${scriptId}`, { ...params.location, condition: params.condition });
    const actualLocation = binding.script(scriptId) && bind(b, binding.script(scriptId));
    if (actualLocation === undefined) throw new ProtocolError('Could not resolve breakpoint');
    this.breakpoints.set(b.id, b);
    return { breakpointId: b.id, actualLocation };
  },
  removeBreakpoint(params) {
    mustRun(this);
    check(params, { breakpointId: 'string' });
    const b = this.breakpoints.get(params.breakpointId);
    if (b === undefined) return;
    unbind(b);
    this.breakpoints.delete(b.id);
  },
  getPossibleBreakpoints(params) {
    check(params, { start: 'object', end: 'object?', restrictToFunction: 'boolean?' });
    const { scriptId } = params.start;
    scriptOf(scriptId);
    const { start: from, end: to } = params;
    return { locations: binding.possible(scriptId, from.lineNumber, from.columnNumber ?? 0, to?.lineNumber ?? -1, to?.columnNumber ?? 0) };
  },
  setBreakpointsActive(params) {
    check(params, { active: 'boolean' });
    this.active = params.active;
  },
  setSkipAllPauses(params) {
    check(params, { skip: 'boolean' });
    this.skipAll = params.skip;
  },
  setPauseOnExceptions(params) {
    mustRun(this);
    check(params, { state: 'string' });
    if (!['none', 'caught', 'uncaught', 'all'].includes(params.state)) throw new ProtocolError(`Unknown pause on exceptions mode: ${params.state}`);
    this.pauseOnExceptions = params.state;
  },
  pause() {
    mustRun(this);
    if (paused === undefined) {
      asked = true;
      binding.go('into');
    }
  },
  resume: go('resume'),
  stepOver: go('over'),
  stepInto: go('into'),
  stepOut: go('out'),
  continueToLocation(params) {
    mustPause();
    check(params, { location: 'object' });
    check(params.location, { scriptId: 'string', lineNumber: 'integer', columnNumber: 'integer?' });
    const { scriptId, lineNumber, columnNumber } = params.location;
    const at = binding.script(scriptId) && binding.place(scriptId, lineNumber, columnNumber ?? 0);
    if (at === undefined) throw new ProtocolError('Cannot continue to specified location');
    clearTarget();
    target = { scriptId, place: at.place };
    binding.stop(scriptId, at.place, true);
    next = 'resume';
  },
  evaluateOnCallFrame(params) {
    check(params, { callFrameId: 'string', expression: 'string', returnByValue: 'boolean?', generatePreview: 'boolean?', objectGroup: 'string?' });
    const frame = frameOf(params.callFrameId);
    if (params.throwOnSideEffect) throw new ProtocolError('throwOnSideEffect is not supported');
    return result(this, { ...params, awaitPromise: false }, () => binding.evaluateIn(frame, params.expression));
  },
  setVariableValue(params) {
    mustRun(this);
    check(params, { scopeNumber: 'integer', variableName: 'string', newValue: 'object', callFrameId: 'string' });
    const frame = frameOf(params.callFrameId);
    if (!paused.frames[frame].scopes[params.scopeNumber]) throw new ProtocolError('Could not find scope with given number');
    if (!binding.setVariable(frame, params.scopeNumber, params.variableName, this.objects.argument(params.newValue))) {
      throw new ProtocolError('Could not set variable value');
    }
  },
  getScriptSource(params) {
    mustRun(this);
    check(params, { scriptId: 'string' });
    scriptOf(params.scriptId);
    return { scriptSource: binding.source(params.scriptId) };
  },
  searchInContent(params) {
    check(params, { scriptId: 'string', query: 'string', caseSensitive: 'boolean?', isRegex: 'boolean?' });
    scriptOf(params.scriptId);
    return { result: searched(params, binding.source(params.scriptId)) };
  },
  setBlackboxPatterns(params) {
    check(params, { patterns: 'array' });
    try {
      this.blackbox = params.patterns.map((p) => new RegExp(p));
    } catch (err) {
      throw new ProtocolError(`Pattern parser error: ${err.message}`);
    }
  },
  setBlackboxedRanges() {},
  setBlackboxExecutionContexts() {},
  setAsyncCallStackDepth() {},
  setInstrumentationBreakpoint: refuse('Instrumentation breakpoints are not supported'),
  setBreakpointOnFunctionCall: refuse('Breakpoints on calls of functions are not supported'),
  setReturnValue: refuse('Could not find top call frame'),
  setScriptSource: refuse('Scripts cannot be changed while they run'),
  restartFrame: refuse('Restarting frame is not supported'),
  getStackTrace: refuse('Stack trace with given id is not found'),
};

function disable(session) {
  if (!session.enabled.delete('Debugger')) return;
  for (const b of session.breakpoints.values()) unbind(b);
  session.breakpoints.clear();
  if (paused !== undefined && !users().some((s) => s.remote)) next ??= 'resume';
  if (users().length === 0) binding.go('resume');
}

ending.push(disable);

module.exports = {
  debug,
  isPaused: () => paused !== undefined,
  // How messages of remote sessions are dealt with while scripts stand still.
  onMessage(f) { receive = f; },
  // Scripts stand still at the first place of the main script.
  breakAtStart() {
    breakOnStart = true;
    start();
    binding.go('into');
  },
};
