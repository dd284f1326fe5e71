// Coverage of the program by its tests: all processes write what they have run into a directory, and what is there in the end becomes lines,
// branches and functions.
'use strict';
const fs = require('fs');
const { join, relative, matchesGlob } = require('path');
const { tmpdir } = require('os');
const { fileURLToPath } = require('url');
const { takeCoverage, stopCoverage } = require('v8');
const host = require('internal/test_runner/host');

// linesOf are a text's lines, with their places in it. Of those that comments take out nothing is said.
function linesOf(text) {
  let start = 0, rest = 0, enabled = true;
  return text.split(/(?<=\r?\n)/u).map((source, i) => {
    const end = start + source.length - (/\r?\n$/.exec(source)?.[0].length ?? 0);
    const line = { line: i + 1, start, end, count: start === end ? 1 : 0, ignore: rest > 0 || !enabled };
    start += source.length;
    const status = /\/\* node:coverage (?<status>enable|disable) \*\//.exec(source)?.groups.status;
    const next = /\/\* node:coverage ignore next (?:(?<count>\d+) )?\*\//.exec(source);
    if (rest > 0) rest--;
    else if (enabled && next) rest = Number(next.groups.count ?? 1);
    if (status !== undefined) enabled = status === 'enable';
    return line;
  });
}

// cover gives all lines that a range touches; those that it covers take its count.
function cover(lines, { startOffset, endOffset, count }) {
  const first = Math.max(0, lines.findLastIndex(({ start }) => start <= startOffset));
  const touched = [];
  for (let i = first; i < lines.length; i++) {
    const line = lines[i];
    if (startOffset <= line.start && endOffset >= line.end) line.count = count;
    touched.push(line);
    if (endOffset <= line.end) break;
  }
  return touched;
}

const percent = (covered, total) => (total === 0 ? 100 : covered / total * 100);
const contains = (a, b) => a.startOffset <= b.startOffset && a.endOffset >= b.endOffset;
const same = (a, b) => a.startOffset === b.startOffset && a.endOffset === b.endOffset;

// mergeRanges adds what two processes have run of a function: what one of them has run is no gap.
function mergeRanges(before, now) {
  const merged = new Set(before.filter(({ count }) => count > 0));
  for (const range of now) {
    let exact = false;
    for (const old of before) {
      if (same(old, range)) {
        old.count += range.count;
        merged.add(old);
        exact = true;
        break;
      }
      if (old.count === 0 && range.count === 0 && contains(old, range)) merged.add(range);
    }
    if (range.count > 0 && !exact) merged.add(range);
  }
  return [...merged].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
}

function mergeFunctions(before, now) {
  for (const f of now) {
    const old = before.find((g) => g.functionName === f.functionName && same(g.ranges[0], f.ranges[0]));
    if (!old) {
      before.push(f);
      continue;
    }
    old.isBlockCoverage ||= f.isBlockCoverage;
    old.ranges = mergeRanges(old.ranges, f.ranges);
  }
}

// read gives the functions of all scripts that the reports in a directory tell of, by URL.
function read(directory, wanted) {
  const scripts = new Map();
  for (const name of fs.readdirSync(directory)) {
    if (!/^coverage-\d+-\d+-\d+\.json$/.test(name)) continue;
    for (const { url, functions } of JSON.parse(fs.readFileSync(join(directory, name), 'utf8')).result) {
      if (!url.startsWith('file:') || !wanted(fileURLToPath(url))) continue;
      if (scripts.has(url)) mergeFunctions(scripts.get(url), functions);
      else scripts.set(url, functions);
    }
  }
  return scripts;
}

function fileReport(path, functions) {
  const lines = linesOf(fs.readFileSync(path, 'utf8'));
  const report = {
    __proto__: null, path, totalLineCount: lines.length, totalBranchCount: 0, totalFunctionCount: 0, coveredLineCount: 0, coveredBranchCount: 0,
    coveredFunctionCount: 0, coveredLinePercent: 0, coveredBranchPercent: 0, coveredFunctionPercent: 0, functions: [], branches: [], lines: [],
  };
  functions.forEach(({ functionName, ranges, isBlockCoverage }, index) => {
    ranges.forEach((range, n) => {
      const touched = cover(lines, range);
      const counts = range.count !== 0 || touched.every(({ ignore }) => ignore) ? 1 : 0;
      const { line } = touched[0] ?? {};
      if (isBlockCoverage) {
        report.branches.push({ __proto__: null, line, count: range.count });
        report.totalBranchCount++;
        report.coveredBranchCount += counts;
      }
      if (index > 0 && n === 0) { // the first function is the script
        report.functions.push({ __proto__: null, name: functionName, count: Math.max(...ranges.map(({ count }) => count)), line });
        report.totalFunctionCount++;
        report.coveredFunctionCount += counts;
      }
    });
  });
  for (const { line, count, ignore } of lines) {
    if (!ignore) report.lines.push({ __proto__: null, line, count });
    if (count > 0 || ignore) report.coveredLineCount++;
  }
  return report;
}

function settle(of) {
  for (const kind of ['Line', 'Branch', 'Function']) of[`covered${kind}Percent`] = percent(of[`covered${kind}Count`], of[`total${kind}Count`]);
  return of;
}

function summarize(directory, workingDirectory, config) {
  const matches = (globs) => (path) => globs.some((glob) => matchesGlob(relative(workingDirectory, path), glob) || matchesGlob(path, glob));
  const excluded = matches(config.coverageExcludeGlobs ?? []), included = config.coverageIncludeGlobs?.length > 0 ? matches(config.coverageIncludeGlobs) : null;
  const wanted = (path) => !excluded(path) && (included ? included(path) : !path.includes('/node_modules/'));
  const totals = {
    __proto__: null, totalLineCount: 0, totalBranchCount: 0, totalFunctionCount: 0, coveredLineCount: 0, coveredBranchCount: 0, coveredFunctionCount: 0,
    coveredLinePercent: 0, coveredBranchPercent: 0, coveredFunctionPercent: 0,
  };
  const files = [...read(directory, wanted)].map(([url, functions]) => fileReport(fileURLToPath(url), functions))
    .sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  for (const file of files) {
    for (const kind of ['Line', 'Branch', 'Function']) {
      totals[`total${kind}Count`] += file[`total${kind}Count`];
      totals[`covered${kind}Count`] += file[`covered${kind}Count`];
    }
    settle(file);
  }
  return {
    __proto__: null, workingDirectory, files, totals: settle(totals),
    thresholds: { __proto__: null, line: config.lineCoverage ?? 0, branch: config.branchCoverage ?? 0, function: config.functionCoverage ?? 0 },
  };
}

// begin has the run of a root counted.
exports.begin = (root) => {
  const { harness, config } = root;
  const workingDirectory = config.cwd ?? process.cwd();
  const given = process.env.NODE_V8_COVERAGE;
  const directory = given || fs.mkdtempSync(join(tmpdir(), 'node-coverage-'));
  if (!given) {
    process.env.NODE_V8_COVERAGE = directory;
    host.startCoverage(directory);
    process.on('exit', () => fs.rmSync(directory, { recursive: true, force: true }));
  }
  harness.coverage = () => {
    try {
      takeCoverage();
      stopCoverage(); // the end of the process has nothing to add
      return summarize(directory, workingDirectory, config);
    } catch (err) {
      root.diagnostics.push(`Warning: Could not report code coverage. ${err}`);
      return null;
    }
  };
};
