// console.table: rows and columns of objects, maps, sets and their iterators as boxes of text.
'use strict';
const { inspect, getStringWidth } = require('internal/util/inspect');
const { entries } = binding;

function draw(head, columns) {
  const height = Math.max(...columns.map((c) => c.length));
  const widths = head.map((h, i) => {
    let w = getStringWidth(h);
    for (let j = 0; j < height; j++) w = Math.max(w, getStringWidth(cell(columns[i], j)));
    return w;
  });
  const row = (cells) => '│ ' + cells.map((c, i) => c + ' '.repeat(widths[i] - getStringWidth(c))).join(' │ ') + ' │\n';
  const line = (left, middle, right) => left + widths.map((w) => '─'.repeat(w + 2)).join(middle) + right;
  let text = line('┌', '┬', '┐') + '\n' + row(head) + line('├', '┼', '┤') + '\n';
  for (let j = 0; j < height; j++) text += row(columns.map((c) => cell(c, j)));
  return text + line('└', '┴', '┘');
}

function cell(column, j) {
  return Object.prototype.hasOwnProperty.call(column, j) ? column[j] : '';
}

exports.table = function table(data, properties, options) {
  const text = (v) => inspect(v, {
    depth: v !== null && typeof v === 'object' && !Array.isArray(v) && !ArrayBuffer.isView(v) && Object.keys(v).length > 2 ? -1 : 0,
    maxArrayLength: 3,
    breakLength: Infinity,
    ...options,
  });
  const indexes = (n) => Array.from({ length: n }, (_, i) => text(i));
  const found = entries(data);
  if (found) {
    const { items, pairs } = found;
    if (pairs) {
      const keys = items.filter((_, i) => i % 2 === 0).map(text);
      return draw(['(iteration index)', 'Key', 'Values'], [indexes(keys.length), keys, items.filter((_, i) => i % 2 === 1).map(text)]);
    }
    return draw(['(iteration index)', 'Values'], [indexes(items.length), items.map(text)]);
  }
  const columns = { __proto__: null };
  const values = [];
  let primitives = false;
  const index = Object.keys(data);
  index.forEach((key, i) => {
    const item = data[key];
    const primitive = item === null || (typeof item !== 'function' && typeof item !== 'object');
    if (properties === undefined && primitive) {
      primitives = true;
      values[i] = text(item);
      return;
    }
    for (const name of properties || Object.keys(item)) {
      columns[name] ??= [];
      columns[name][i] = (primitive && properties) || !Object.prototype.hasOwnProperty.call(item, name) ? '' : text(item[name]);
    }
  });
  const head = ['(index)', ...Object.keys(columns)];
  const body = [index, ...Object.values(columns)];
  if (primitives) {
    head.push('Values');
    body.push(values);
  }
  return draw(head, body);
};
