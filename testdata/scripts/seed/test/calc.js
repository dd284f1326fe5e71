// The sum in a child of its own.
let sum = 0;
for (let i = 0; i < 10000000000; i++) {
  sum += i;
}
process.send(sum);
