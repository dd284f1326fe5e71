// Methods of typed arrays whose buffer may be resized while they run, step by step as the specification has them: the length is that at the
// beginning, and elements that are gone are undefined. Whoever calls them has made sure that `this` fits its buffer.
'use strict';
const { typed, species, fits, read } = binding;
const { apply } = Reflect;
const join = Array.prototype.join;
const callable = (f) => {
  if (typeof f !== 'function') throw new TypeError(`${typed(f)} is not a function`);
  return f;
};
const integer = (v) => {
  v = Math.trunc(+v);
  return v === v ? v + 0 : 0; // never -0
};
const relative = (v, length) => v < 0 ? Math.max(length + v, 0) : Math.min(v, length);
const create = (a, length) => {
  const made = new (species(a))(length);
  if (fits(made) < length) throw new TypeError('Derived TypedArray constructor created an array which was too small');
  return made;
};
// Calls f with each element from one end to the other, until done(result, value, index) is true.
function each(a, f, that, backwards, done) {
  const length = fits(a);
  callable(f);
  for (let i = 0; i < length; i++) {
    const k = backwards ? length - 1 - i : i, v = a[k];
    if (done(apply(f, that, [v, k, a]), v, k)) return true;
  }
  return false;
}
function find(a, f, that, backwards, index) {
  let found = index ? -1 : undefined;
  each(a, f, that, backwards, (r, v, k) => r && (found = index ? k : v, true));
  return found;
}
function reduce(a, f, args, backwards) {
  const length = fits(a);
  callable(f);
  let i = 0, acc;
  const at = () => backwards ? length - 1 - i : i;
  if (args.length > 1) acc = args[1];
  else {
    if (length === 0) throw new TypeError('Reduce of empty array with no initial value');
    acc = a[at()];
    i++;
  }
  for (; i < length; i++) {
    const k = at();
    acc = f(acc, a[k], k, a);
  }
  return acc;
}
Object.assign(exports, {
  every(f, that) { return !each(this, f, that, false, (r) => !r); },
  some(f, that) { return each(this, f, that, false, (r) => r); },
  forEach(f, that) { each(this, f, that, false, () => false); },
  find(f, that) { return find(this, f, that, false, false); },
  findIndex(f, that) { return find(this, f, that, false, true); },
  findLast(f, that) { return find(this, f, that, true, false); },
  findLastIndex(f, that) { return find(this, f, that, true, true); },
  reduce(f) { return reduce(this, f, arguments, false); },
  reduceRight(f) { return reduce(this, f, arguments, true); },
  filter(f, that) {
    const kept = [];
    each(this, f, that, false, (r, v) => { if (r) kept.push(v); });
    const made = create(this, kept.length);
    for (let i = 0; i < kept.length; i++) made[i] = kept[i];
    return made;
  },
  map(f, that) {
    const length = fits(this);
    callable(f);
    const made = create(this, length);
    for (let i = 0; i < length; i++) made[i] = apply(f, that, [this[i], i, this]);
    return made;
  },
  at(index) {
    const length = fits(this);
    index = integer(index);
    return this[index < 0 ? length + index : index];
  },
  includes(v, from) {
    const length = fits(this);
    if (length === 0) return false;
    for (let i = relative(integer(from), length); i < length; i++) {
      const e = this[i];
      if (e === v || e !== e && v !== v) return true;
    }
    return false;
  },
  indexOf(v, from) {
    const length = fits(this);
    if (length === 0) return -1;
    for (let i = relative(integer(from), length); i < length; i++) if (i in this && this[i] === v) return i;
    return -1;
  },
  lastIndexOf(v, from) {
    const length = fits(this);
    if (length === 0) return -1;
    let i = arguments.length > 1 ? integer(from) : length - 1;
    for (i = i < 0 ? length + i : Math.min(i, length - 1); i >= 0; i--) if (i in this && this[i] === v) return i;
    return -1;
  },
  join(separator) {
    const length = fits(this);
    separator = separator === undefined ? ',' : `${separator}`;
    const list = [];
    for (let i = 0; i < length; i++) list.push(this[i]);
    return apply(join, list, [separator]);
  },
  toLocaleString(...args) {
    const length = fits(this);
    let text = '';
    for (let i = 0; i < length; i++) {
      if (i > 0) text += ',';
      const v = this[i];
      if (v !== undefined && v !== null) text += `${apply(read(v, 'toLocaleString'), v, args)}`;
    }
    return text;
  },
  sort(compare) {
    const length = fits(this), list = [];
    for (let i = 0; i < length; i++) list.push(this[i]);
    list.sort((a, b) => {
      const order = +compare(a, b);
      return order === order ? order : 0;
    });
    for (let i = 0; i < length; i++) this[i] = list[i];
    return this;
  },
});
