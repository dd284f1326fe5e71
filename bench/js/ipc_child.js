'use strict';
let got = 0;
process.on('message', (m) => {
  if (m.ping !== undefined) process.send({ pong: m.ping });
  else if (m.count) { process.send({ got }); got = 0; } else if (m.give) {
    const text = 'x'.repeat(m.size);
    for (let i = 0; i < m.give; i++) process.send({ text, i });
  } else got++;
});
process.send('up');
