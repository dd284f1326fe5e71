// Runs recorded cases of Node 24: each line has a kind, a locale, options, arguments and the result.
const formats = {}
const format = (name, locale, options) => formats[name + locale + JSON.stringify(options)] ??= new Intl[name](locale, options)
const number = text => text === '-0' ? -0 : Number(text)
const join = parts => parts.map(p => p.type + '=' + p.value + (p.source ? '@' + p.source : '')).join('|')
const run = {
  number: (l, o, a) => format('NumberFormat', l, o).format(number(a)),
  numberParts: (l, o, a) => join(format('NumberFormat', l, o).formatToParts(number(a))),
  numberRange: (l, o, a) => join(format('NumberFormat', l, o).formatRangeToParts(...a.split(',').map(Number))),
  date: (l, o, a) => join(format('DateTimeFormat', l, o).formatToParts(+a)),
  dateRange: (l, o, a) => join(format('DateTimeFormat', l, o).formatRangeToParts(...a.split(',').map(Number))),
  zone: (l, o, a) => format('DateTimeFormat', l, o).formatToParts(+a).find(p => p.type === 'timeZoneName').value,
  list: (l, o, a) => format('ListFormat', l, o).format(a.split(',')),
  relative: (l, o, a) => join(format('RelativeTimeFormat', l, o).formatToParts(number(a.split(',')[0]), a.split(',')[1])),
  plural: (l, o, a) => format('PluralRules', l, o).select(+a),
  pluralRange: (l, o, a) => format('PluralRules', l, o).selectRange(...a.split(',').map(Number)),
  name: (l, o, a) => format('DisplayNames', l, o).of(a),
  duration: (l, o, a) => format('DurationFormat', l, o).format(JSON.parse(a)),
}
const failed = []
for (const line of recorded.trim().split('\n')) {
  const [kind, locale, options, args, want] = JSON.parse(line)
  const got = run[kind](locale, options, args)
  if (got !== want) failed.push(kind + ' ' + locale + ' ' + JSON.stringify(options) + ' ' + args + ': ' + got + ', not ' + want)
}
failed.join('\n')
