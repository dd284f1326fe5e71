// Module inspector/promises.
'use strict';
const inspector = require('inspector');
const { promisify } = require('util');

class Session extends inspector.Session {}
Session.prototype.post = promisify(inspector.Session.prototype.post);

module.exports = { ...inspector, Session };
