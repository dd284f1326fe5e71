// The command --test.
'use strict';
const { commandLine } = require('internal/test_runner/config');
const { run } = require('internal/test_runner/run');

const config = commandLine();
const options = { ...config, globPatterns: process.argv.slice(1) };
if (!config.coverage) for (const key of ['lineCoverage', 'branchCoverage', 'functionCoverage']) delete options[key];
run(options).on('test:summary', ({ success }) => { if (!success) process.exitCode = 1; });
