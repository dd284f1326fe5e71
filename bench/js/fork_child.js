'use strict';
process.on('message', () => process.disconnect());
process.send('up');
