// Finds the reporters of a configuration and lets them read the stream of a run.
'use strict';
const { makeError } = require('internal/errors');
const { importFrom } = require('internal/test_runner/host');

const kOwn = ['spec', 'dot', 'tap', 'junit', 'lcov'];

async function reporterOf(name) {
  if (kOwn.includes(name) || (name === 'v8-serializer' && process.env.NODE_TEST_CONTEXT === 'child-v8'))
    return require(`internal/test_runner/reporters/${name}`);
  let parent = 'file:///';
  try {
    parent = require('url').pathToFileURL(process.cwd() + '/').href;
  } catch { /* there is no such directory any more */ }
  return importFrom(parent)(name);
}

const destinationOf = (name) => name === 'stdout' ? process.stdout : name === 'stderr' ? process.stderr :
  require('fs').createWriteStream(name, { flush: true });

async function load(name, destinationName) {
  const destination = destinationOf(destinationName);
  let reporter = await reporterOf(name);
  if (reporter?.default) reporter = reporter.default;
  if (reporter?.prototype && Object.getOwnPropertyDescriptor(reporter.prototype, 'constructor')) reporter = new reporter();
  if (!reporter) throw makeError('ERR_INVALID_ARG_VALUE', 'Reporter', name, 'is not a valid reporter');
  return { __proto__: null, reporter, destination };
}

// attach runs as what belongs to no test: an error of a reporter ends the process.
exports.attach = (stream, { reporters, destinations }) => {
  const { scope } = require('internal/test_runner/tree');
  const { reporting } = require('internal/test_runner/harness');
  return scope.run({ test: reporting }, async () => {
    const outputs = await Promise.all(reporters.map((name, i) => load(name, destinations[i])));
    const { compose } = require('stream');
    for (const { reporter, destination } of outputs) compose(stream, reporter).pipe(destination);
    reporting.outputs = outputs;
  });
};
