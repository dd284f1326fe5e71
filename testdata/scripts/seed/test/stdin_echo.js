process.stdin.on('data', (d) => process.stdout.write('child:' + d));
