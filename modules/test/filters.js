// What tests are run, which failures are expected, and how results count.
'use strict';
const { makeError } = require('internal/errors');
const { validateArray, validateString } = require('internal/validators');

const clock = process.hrtime.bigint;
const noTags = Object.freeze([]);
let warned = false;

function warnTags() {
  if (warned) return;
  warned = true;
  process.emitWarning('Test tags is an experimental feature and might change at any time', 'ExperimentalWarning');
}

// tagFilter checks one tag and gives its usual form.
function tagFilter(value, name) {
  validateString(value, name);
  if (value === '') throw makeError('ERR_INVALID_ARG_VALUE', name, value, 'must not be empty');
  return value.toLowerCase();
}

// tagFilters does so with the values of an option, each of which a test has to have.
function tagFilters(values, name) {
  if (values.length === 0) return null;
  warnTags();
  return values.map((value, i) => tagFilter(value, `${name}[${i}]`));
}

function canonicalTags(tags, name) {
  validateArray(tags, name);
  if (tags.length === 0) return noTags;
  warnTags();
  return Object.freeze([...new Set(tags.map((tag, i) => tagFilter(tag, `${name}[${i}]`)))]);
}

const excludedByTags = (test) => !test.config.testTagFilters.every((tag) => test.tagSet.has(tag));

const exec = RegExp.prototype.exec;
const some = (patterns, text) => patterns.some((re) => Reflect.apply(exec, re, [text]) !== null);

// path is the name behind those of all that it is in, with spaces between.
const path = (test) => test.parent ? `${path(test.parent)} ${test.name}` : '';
const matches = (test, patterns) => some(patterns, test.name) || (test.parent !== null && matches(test.parent, patterns)) ||
  some(patterns, path(test).trim());

function excludedByName(test) {
  const { testNamePatterns: wanted, testSkipPatterns: unwanted } = test.config;
  return !!(wanted && !matches(test, wanted)) || !!(unwanted && matches(test, unwanted));
}

// pattern reads "text" or "/text/flags" as a regular expression.
function pattern(text, name) {
  const literal = /^\/(.*)\/([a-z]*)$/.exec(text);
  try {
    return literal ? new RegExp(literal[1], literal[2]) : new RegExp(text);
  } catch (err) {
    throw makeError('ERR_INVALID_ARG_VALUE', name, text, `is an invalid regular expression.${err?.message ? ` ${err.message}` : ''}`);
  }
}

// expectation reads the option expectFailure.
function expectation(value) {
  if (value === undefined || value === false) return false;
  const of = (label, match) => ({ __proto__: null, label, match });
  if (typeof value === 'string') return of(value);
  if (typeof value === 'function') return of(undefined, value);
  if (typeof value !== 'object') return of();
  if (require('util/types').isRegExp(value)) return of(undefined, value);
  const keys = Object.keys(value);
  if (keys.length === 0) throw makeError('ERR_INVALID_ARG_VALUE', 'options.expectFailure', value, 'must not be an empty object');
  return keys.every((k) => k === 'match' || k === 'label') ? of(value.label, value.match) : of(undefined, value);
}

// unexpected tells how an error differs from the one that is expected; undefined if it does not.
function unexpected({ match }, err) {
  if (match === undefined) return undefined;
  const own = err?.code === 'ERR_TEST_FAILURE' && err.failureType === 'testCodeFailure' && err.cause;
  try {
    require('assert').throws(() => { throw own || err; }, match);
  } catch (error) {
    return { error };
  }
  return undefined;
}

// count adds a finished test to the totals.
function count(test, harness) {
  const { counters } = harness;
  if (test.nesting === 0) counters.topLevel++;
  if (test.reportedType === 'suite') {
    counters.suites++;
    if (!test.passed && !test.isTodo) harness.success = false;
    return;
  }
  counters.tests++;
  const way = test.skipped ? 'skipped' : test.isTodo ? 'todo' : test.cancelled ? 'cancelled' : test.passed ? 'passed' : 'failed';
  counters[way]++;
  if (way === 'cancelled' || way === 'failed') harness.success = false;
}

// generator makes Mulberry32, by which Node too draws the order of tests: a seed gives the same order in both.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let v = Math.imul(state ^ state >>> 15, state | 1);
    v ^= v + Math.imul(v ^ v >>> 7, v | 61);
    return ((v ^ v >>> 14) >>> 0) / 2 ** 32;
  };
}

// replay lets a test that has passed in an earlier run pass again without running it.
function replay(test, Test) {
  const { previousRuns } = test.root.harness, seen = test.root.seenPlaces;
  const place = `${require('path').relative(test.config.cwd, test.loc.file)}:${test.loc.line}:${test.loc.column}`;
  const n = seen.get(place);
  seen.set(place, (n ?? 0) + 1);
  test.attempt = previousRuns.length;
  const passed = previousRuns[test.attempt - 1]?.[n === undefined ? place : `${place}:(${n})`];
  if (passed === undefined || passed === null) return;
  test.passedAttempt = passed.passed_on_attempt;
  if (passed.duration_ms !== undefined) test.replayed = BigInt(Math.round(passed.duration_ms * 1e6));
  const took = (t) => {
    t.startTime = clock();
    t.endTime = t.startTime + (t.replayed ?? 0n);
  };
  test.fn = () => {
    const suite = test.reportedType === 'suite';
    if (!suite) took(test);
    for (const child of passed.children ?? []) {
      const t = test.createSubtest(Test, child.name, {}, () => {}, { loc: [child.line, child.column, child.file] });
      took(t);
      if (!suite) t.start(); // a suite starts its own
    }
  };
}

module.exports = { noTags, tagFilters, canonicalTags, excludedByTags, excludedByName, pattern, expectation, unexpected, count, generator, replay };
