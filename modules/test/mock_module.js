// mock.module of node:test.
'use strict';
const { makeError } = require('internal/errors');
exports.mockModule = () => { throw makeError('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'mock.module()'); };
