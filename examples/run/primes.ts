// Counts primes in four child processes, each with a quarter of the numbers.
import { fork } from 'node:child_process';

interface Task { from: number; to: number }

if (process.send) {
  process.on('message', ({ from, to }: Task) => {
    let count = 0;
    for (let n = Math.max(from, 2); n < to; n++) {
      let prime = true;
      for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
      if (prime) count++;
    }
    process.send!(count);
    process.disconnect();
  });
} else {
  const limit = Number(process.argv[2] ?? 100000), parts = 4;
  const counts = await Promise.all(Array.from({ length: parts }, (_, i) => new Promise<number>((resolve) => {
    const child = fork(import.meta.filename);
    child.on('message', resolve);
    child.send({ from: limit / parts * i, to: limit / parts * (i + 1) });
  })));
  console.log(`${counts.reduce((a, b) => a + b)} primes below ${limit}`, counts);
}
