// The interactive session of the command, and the history that it keeps in a file.
'use strict';
const fs = require('fs');

exports.setupHistory = (repl, file, callback) => {
  if (typeof callback !== 'function') callback = () => {};
  if (typeof file === 'string') file = file.trim();
  if (file === '') {
    callback(null, repl);
    return;
  }
  if (!file) {
    const { HOME } = process.env;
    file = require('path').join(HOME || require('os').homedir(), '.node_repl_history');
  }
  repl.historyPath = file;
  const failed = () => {
    repl.output.write('\nError: Could not open history file.\nREPL session history will not be persisted.\n');
    repl.historyPath = undefined;
    repl.displayPrompt?.();
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
  if (text === undefined) console.log(`Welcome to Node.js ${process.version}.\nType ".help" for more information.`);
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
