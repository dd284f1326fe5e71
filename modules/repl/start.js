// The interactive session of the command, and the history that it keeps in a file.
'use strict';
const fs = require('fs');

function say(repl, message) {
  repl._writeToOutput(message);
  repl._refreshLine();
}

// withoutFile says that nothing is kept when the history is first asked for and is empty.
function withoutFile(repl) {
  repl._historyPrev = function() {
    delete this._historyPrev;
    if (this.history.length === 0) {
      say(this, '\nPersistent history support disabled. Set the NODE_REPL_HISTORY environment\nvariable to a valid, user-writable path to enable.\n');
    }
    return this._historyPrev();
  };
}

exports.setupHistory = (repl, file, callback) => {
  if (typeof callback !== 'function') callback = () => {};
  repl.historyManager = { isFlushing: false };
  if (typeof file === 'string') file = file.trim();
  if (file === '') {
    withoutFile(repl);
    callback(null, repl);
    return;
  }
  if (!file) {
    try {
      file = require('path').join(require('os').homedir(), '.node_repl_history');
    } catch {
      say(repl, '\nError: Could not get the home directory.\nREPL session history will not be persisted.\n');
      withoutFile(repl);
      callback(null, repl);
      return;
    }
  }
  repl.historyPath = file;
  const failed = () => {
    say(repl, '\nError: Could not open history file.\nREPL session history will not be persisted.\n');
    repl.historyPath = undefined;
    withoutFile(repl);
    if (!repl.closed) repl.resume();
    callback(null, repl);
  };
  repl.pause();
  fs.open(file, 'a+', 0o600, (err, fd) => {
    if (err) {
      failed();
      return;
    }
    fs.readFile(fd, 'utf8', (err, data) => {
      fs.close(fd, () => {});
      if (err) {
        failed();
        return;
      }
      if (data) repl.history = data.split(/\r?\n+/, repl.historySize).filter(Boolean);
      let timer;
      repl._flushHistory = () => {
        clearTimeout(timer);
        timer = undefined;
        try {
          fs.writeFileSync(file, repl.history.join('\n') + '\n', { mode: 0o600 });
        } catch {
          // The session goes on without.
        }
        repl.emit('flushHistory');
      };
      repl.on('line', () => { timer ??= setTimeout(repl._flushHistory, 15).unref(); });
      if (!repl.closed) repl.resume();
      callback(null, repl);
    });
  });
};

exports.start = (text) => {
  const REPL = require('repl');
  const { env } = process;
  if (text === undefined) {
    const { gonode } = process.versions;
    const who = process.stdout.isTTY ? `gonode ${gonode}, which follows Node.js ${process.version}` : `Node.js ${process.version}`;
    console.log(`Welcome to ${who}.\nType ".help" for more information.`);
  }
  const mode = { strict: REPL.REPL_MODE_STRICT, sloppy: REPL.REPL_MODE_SLOPPY }[(env.NODE_REPL_MODE ?? '').toLowerCase().trim()];
  const historySize = Number(env.NODE_REPL_HISTORY_SIZE);
  const options = {
    [REPL.kStandalone]: true, useGlobal: true, ignoreUndefined: false, breakEvalOnSigint: true, replMode: mode,
    historySize: historySize > 0 ? historySize : 1000,
  };
  if (+env.NODE_NO_READLINE) options.terminal = false;
  if (text !== undefined) {
    const vm = require('vm');
    vm.runInThisContext(text, { filename: '[eval]' });
  }
  const repl = REPL.start(options);
  if (repl.terminal) repl.setupHistory(env.NODE_REPL_HISTORY);
  repl.on('exit', () => process.exit());
};
