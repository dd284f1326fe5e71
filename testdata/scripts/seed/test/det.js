const fs = require('fs');
setTimeout(() => {
  const fields = fs.readFileSync('/proc/self/stat', 'latin1').replace(/^.*\) /, '').split(' ');
  fs.writeFileSync('ids.tmp', [process.pid, fields[2], fields[3]].join(' '));
  fs.renameSync('ids.tmp', 'ids');
}, 700);
