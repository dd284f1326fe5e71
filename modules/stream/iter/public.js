'use strict';

const values = require('internal/streams/iter/values');
const pipelines = require('internal/streams/iter/pipeline');
const consumers = require('internal/streams/iter/consumers');

process.emitWarning('stream/iter is an experimental feature and might change at any time', 'ExperimentalWarning');

const { push, duplex } = require('internal/streams/iter/push');
const { broadcast, Broadcast } = require('internal/streams/iter/broadcast');
const { share, shareSync, Share, SyncShare } = require('internal/streams/iter/share');
const { fromReadable, fromWritable, toReadable, toReadableSync, toWritable } = require('internal/streams/iter/classic');

const { toStreamable, toAsyncStreamable, broadcastProtocol, shareProtocol, shareSyncProtocol, drainableProtocol, from, fromSync } = values;
const { pull, pullSync, pipeTo, pipeToSync } = pipelines;
const {
  bytes, text, arrayBuffer, array, bytesSync, textSync, arrayBufferSync, arraySync, merge, tap, tapSync, ondrain,
} = consumers;

const protocols = { toStreamable, toAsyncStreamable, broadcastProtocol, shareProtocol, shareSyncProtocol, drainableProtocol };
const main = {
  push, duplex, from, fromSync, pull, pullSync, pipeTo, pipeToSync, bytes, text, arrayBuffer, array, bytesSync, textSync, arrayBufferSync,
  arraySync, merge,
};
const utilities = { tap, tapSync, ondrain };

module.exports = {
  Stream: Object.freeze({ ...main, broadcast, share, shareSync, ...utilities, ...protocols }),
  ...protocols, ...main, broadcast, Broadcast, share, shareSync, Share, SyncShare, ...utilities,
  fromReadable, fromWritable, toReadable, toReadableSync, toWritable,
};
