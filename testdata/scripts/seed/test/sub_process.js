// A child: prints a line; with a channel it answers, and goes away after 300 ms of silence.
console.log('sub_process: a line');
if (process.send) {
  process.send('ready from child');
  let silence = setTimeout(leave, 300);
  process.on('message', (m) => {
    clearTimeout(silence);
    silence = setTimeout(leave, 300);
    process.send('echo:' + m, () => leave());
  });
  function leave() {
    clearTimeout(silence);
    if (process.connected) process.disconnect();
  }
}
