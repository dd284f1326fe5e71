// Reporter junit: XML, which is written when the run has ended.
'use strict';
const { inspectError } = require('internal/test_runner/reporters/style');

const content = (text = '') => text.replace(/(&)(?!#\d{1,7};)/g, '&amp;').replace(/</g, '&lt;');
const attribute = (text = '') => content(text.replace(/\n/g, '&#10;').replace(/"/g, '&quot;'));

function xml(node) {
  if (typeof node === 'string') return `${content(node)}\n`;
  const margin = '\t'.repeat(node.nesting + 1);
  if (node.comment !== undefined && node.comment !== null) return `${margin}<!-- ${String(node.comment).replace(/--/g, '&#45;&#45;')} -->\n`;
  const attributes = Object.entries(node.attrs).map(([name, value]) => `${name}="${attribute(String(value))}"`).join(' ');
  if (!node.children?.length) return `${margin}<${node.tag} ${attributes}/>\n`;
  return `${margin}<${node.tag} ${attributes}>\n${node.children.map(xml).join('')}${margin}</${node.tag}>\n`;
}

const holds = (tag, count) => (node) => node.children?.some((c) => c.tag === tag) || node.attrs?.[count];

// suite makes an element of what had tests within it.
function suite(node, within, duration) {
  node.tag = 'testsuite';
  Object.assign(node.attrs, {
    disabled: 0, errors: 0, tests: within.length, failures: node.children.filter(holds('failure', 'failures')).length,
    skipped: node.children.filter(holds('skipped', 'skipped')).length,
    timestamp: new Date(Date.now() - duration).toISOString(), hostname: require('os').hostname(),
  });
}

function testCase(node, type, data) {
  node.tag = 'testcase';
  node.attrs.classname = data.classname ?? 'test';
  if (data.file) node.attrs.file = data.file;
  const nesting = data.nesting + 1;
  if (data.skip) node.children.push({ nesting, tag: 'skipped', attrs: { type: 'skipped', message: data.skip } });
  if (data.todo) node.children.push({ nesting, tag: 'skipped', attrs: { type: 'todo', message: data.todo } });
  if (type !== 'test:fail') return;
  const error = data.details?.error;
  node.children.push({
    nesting, tag: 'failure', attrs: { type: error?.failureType || error?.code, message: error?.message.trim() ?? '' },
    children: [inspectError(error, { colors: false, breakLength: Infinity })],
  });
  node.attrs.failure = error?.message ?? '';
}

module.exports = async function* junit(source) {
  yield '<?xml version="1.0" encoding="utf-8"?>\n';
  yield '<testsuites>\n';
  const roots = [];
  let open = null; // the innermost element that has begun
  const begin = ({ name, nesting }) => {
    const node = { attrs: { __proto__: null, name }, nesting, parent: open, children: [] };
    (open ? open.children : roots).push(node);
    open = node;
  };
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      begin(data);
    } else if (type === 'test:pass' || type === 'test:fail') {
      if (!open) begin({ name: 'root', nesting: 0 });
      if (open.attrs.name !== data.name || open.nesting !== data.nesting) begin(data);
      const node = open;
      open = node.parent;
      node.attrs.time = (data.details.duration_ms / 1000).toFixed(6);
      const within = node.children.filter((c) => c.comment === undefined || c.comment === null);
      if (within.length > 0) suite(node, within, data.details.duration_ms);
      else testCase(node, type, data);
    } else if (type === 'test:diagnostic' || type === 'test:log') {
      (open?.children ?? roots).push({ nesting: data.nesting, comment: data.message });
    }
  }
  for (const node of roots) yield xml(node);
  yield '</testsuites>\n';
};
