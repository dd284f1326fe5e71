// The table of a coverage report.
'use strict';
const { relative, sep } = require('path');
const { colors } = require('internal/test_runner/reporters/style');

const kColumns = [['line %', 'coveredLinePercent'], ['branch %', 'coveredBranchPercent'], ['funcs %', 'coveredFunctionPercent']];
const kGap = ' | ';
const fit = (text, width) => text.length > width ? `${text.slice(0, width - 1)}\u2026` : text;
const fitEnd = (text, width) => text.length > width ? `\u2026${text.slice(text.length - width + 1)}` : text;

// ranges are the numbers of uncovered lines, those that follow each other as "first-last".
function ranges(lines) {
  const list = [];
  for (const { line, count } of lines) {
    if (count !== 0) continue;
    const last = list[list.length - 1];
    if (last && line === last[last.length - 1] + 1) last[1] = line;
    else list.push([line]);
  }
  return list.map((r) => r.join('-')).join(' ');
}

// treeOf puts the files under their directories.
function treeOf(summary) {
  const root = new Map();
  let depth = 1, longest = 0;
  for (const file of summary.files) {
    const parts = relative(summary.workingDirectory, file.path).split(sep);
    let at = root;
    parts.forEach((part, i) => {
      if (!at.has(part)) at.set(part, i === parts.length - 1 ? file : new Map());
      at = at.get(part);
      longest = Math.max(longest, part.length);
    });
    depth = Math.max(depth, parts.length);
  }
  return { root, depth, longest };
}

// widths says how wide the columns are; what does not fit the terminal is cut.
function widths(summary, tree, prefix, color) {
  const screen = process.stdout.columns;
  let file = Math.max(tree.longest + tree.depth - 1 + (color ? 2 : 0), 'all files'.length);
  if (file > screen / 2) file = Math.floor(screen / 2);
  const columns = kColumns.map(([title]) => Math.max(title.length, 6));
  const columnsWidth = columns.reduce((sum, w) => sum + w + kGap.length, 0);
  const lines = Math.max('uncovered lines'.length, ...summary.files.map((f) => ranges(f.lines).length));
  const whole = file + 2 + columnsWidth + lines + 2;
  const room = (screen || Infinity) - prefix.length;
  if (whole <= room) return { file, columns, lines: Infinity, whole };
  file = Math.min(room * 0.5, file);
  return { file, columns, lines: Math.max(room - columnsWidth - (file + 2) - 2, 1), whole: room };
}

exports.report = function(margin, summary, symbol, color) {
  const prefix = `${margin}${symbol}`;
  const tree = treeOf(summary);
  const width = widths(summary, tree, prefix, color);
  const paint = (text, percent) => {
    if (!color || percent === undefined) return text;
    return `${percent > 90 ? colors.green : percent > 50 ? colors.yellow : colors.red}${text}${color}`;
  };
  const rule = `${prefix}${'-'.repeat(width.whole)}\n`;
  // cells are percentages, or texts in rows that have none.
  const row = (name, depth, cells, percent, lines) => {
    const room = width.file - depth;
    const shown = cells.map((c, i) => paint((typeof c === 'number' ? c.toFixed(2) : c).padStart(width.columns[i]), c));
    return `${prefix}${' '.repeat(depth)}${paint(fitEnd(name.padEnd(room), room), percent)}${kGap}${shown.join(kGap)}${kGap}${fit(lines, width.lines)}\n`;
  };
  const percents = (of) => kColumns.map(([, key]) => of[key]);
  const rows = (at, depth) => {
    let text = '';
    for (const [name, entry] of at) {
      if (entry instanceof Map) {
        text += row(name, depth, ['', '', ''], undefined, '') + rows(entry, depth + 1);
        continue;
      }
      const cells = percents(entry);
      text += row(name, depth, cells, cells.reduce((sum, p) => sum + p, 0) / cells.length, ranges(entry.lines));
    }
    return text;
  };
  return `${color}${prefix}start of coverage report\n${rule}${row('file', 0, kColumns.map(([title]) => title), undefined, 'uncovered lines')}${rule}` +
    `${rows(tree.root, 0)}${rule}${row('all files', 0, percents(summary.totals), undefined, '')}${rule}${prefix}end of coverage report\n` +
    (color ? colors.white : '');
};
