// Watch mode.
'use strict';
const { makeError } = require('internal/errors');
exports.watch = () => { throw makeError('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'watch mode of the test runner'); };
