// util.parseArgs: command line arguments against a description of the options.
'use strict';
const { codes } = require('internal/errors');
const { validateArray, validateBoolean, validateObject, validateString } = require('internal/validators');

const own = (o, key) => (Object.prototype.hasOwnProperty.call(o, key) ? o[key] : undefined);

function each(check) {
  return (value, name) => {
    validateArray(value, name);
    value.forEach((v, i) => check(v, `${name}[${i}]`));
  };
}
const checks = {
  string: [validateString, each(validateString)],
  boolean: [validateBoolean, each(validateBoolean)],
};

function mainArgs() {
  const evaluated = ['-e', '--eval', '-p', '--print'].some((f) => process.execArgv.includes(f));
  return process.argv.slice(evaluated ? 1 : 2);
}

function checkOptions(options) {
  for (const [long, option] of Object.entries(options)) {
    const name = `options.${long}`;
    validateObject(option, name);
    const type = own(option, 'type');
    if (type !== 'string' && type !== 'boolean') throw new codes.ERR_INVALID_ARG_TYPE(`${name}.type`, "('string|boolean')", type);
    if (Object.prototype.hasOwnProperty.call(option, 'short')) {
      validateString(option.short, `${name}.short`);
      if (option.short.length !== 1) throw new codes.ERR_INVALID_ARG_VALUE(`${name}.short`, option.short, 'must be a single character');
    }
    const multiple = own(option, 'multiple');
    if (Object.prototype.hasOwnProperty.call(option, 'multiple')) validateBoolean(multiple, `${name}.multiple`);
    const value = own(option, 'default');
    if (value !== undefined) checks[type][multiple ? 1 : 0](value, `${name}.default`);
  }
}

function tokenize(args, options) {
  const tokens = [];
  const rest = args.slice();
  const longOf = (short) => Object.entries(options).find(([, o]) => own(o, 'short') === short)?.[0] ?? short;
  const takesValue = (long) => own(options, long) !== undefined && own(options[long], 'type') === 'string';
  let index = -1;
  let group = 0; // how many of the next arguments were one group of short options
  const option = (name, rawName, value, inlineValue) => tokens.push({ kind: 'option', name, rawName, index, value, inlineValue });
  const separate = (name, rawName) => {
    const hasValue = takesValue(name) && rest[0] != null;
    option(name, rawName, hasValue ? rest.shift() : undefined, hasValue ? false : undefined);
    if (hasValue) index++;
  };
  while (rest.length > 0) {
    const arg = rest.shift();
    if (group > 0) group--;
    else index++;
    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (const value of rest) tokens.push({ kind: 'positional', index: ++index, value });
      break;
    }
    if (arg.length > 1 && arg[0] === '-' && arg[1] !== '-') {
      const long = longOf(arg[1]);
      if (arg.length === 2) {
        separate(long, arg);
      } else if (takesValue(long)) {
        option(long, `-${arg[1]}`, arg.slice(2), true);
      } else {
        const parts = [];
        for (let i = 1; i < arg.length; i++) {
          if (takesValue(longOf(arg[i])) && i < arg.length - 1) {
            parts.push(`-${arg.slice(i)}`);
            break;
          }
          parts.push(`-${arg[i]}`);
        }
        rest.unshift(...parts);
        group = parts.length;
      }
      continue;
    }
    if (arg.length > 2 && arg.startsWith('--')) {
      const equals = arg.indexOf('=', 3);
      if (equals === -1) separate(arg.slice(2), arg);
      else option(arg.slice(2, equals), `--${arg.slice(2, equals)}`, arg.slice(equals + 1), true);
      continue;
    }
    tokens.push({ kind: 'positional', index, value: arg });
  }
  return tokens;
}

function checkUsage({ options, allowPositionals, allowNegative }, token) {
  let { name } = token;
  const { rawName, value, inlineValue } = token;
  if (!Object.prototype.hasOwnProperty.call(options, name)) {
    const positive = allowNegative && name.startsWith('no-') ? name.slice(3) : undefined;
    if (positive === undefined || own(options, positive) === undefined || own(options[positive], 'type') !== 'boolean') {
      throw new codes.ERR_PARSE_ARGS_UNKNOWN_OPTION(rawName, allowPositionals);
    }
    name = positive;
  }
  const short = own(options[name], 'short');
  const type = own(options[name], 'type');
  const both = `${short ? `-${short}, ` : ''}--${name}`;
  if (type === 'string' && typeof value !== 'string') {
    throw new codes.ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${both} <value>' argument missing`);
  }
  if (type === 'boolean' && value != null) {
    throw new codes.ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${both}' does not take an argument`);
  }
  if (!inlineValue && value != null && value.length > 1 && value[0] === '-') {
    const example = rawName.startsWith('--') ? `'${rawName}=-XYZ'` : `'--${token.name}=-XYZ' or '${rawName}-XYZ'`;
    throw new codes.ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${rawName}' argument is ambiguous.
Did you forget to specify the option argument for '${rawName}'?
To specify an option argument starting with a dash use ${example}.`);
  }
}

function store(token, options, values, allowNegative) {
  let { name, value } = token;
  if (name === '__proto__') return;
  if (allowNegative && name.startsWith('no-') && value === undefined) {
    token.name = name = name.slice(3);
    value = false;
  }
  value ??= true;
  if (own(options, name) !== undefined && own(options[name], 'multiple')) (values[name] ??= []).push(value);
  else values[name] = value;
}

exports.parseArgs = (config = {}) => {
  const args = own(config, 'args') ?? mainArgs();
  const strict = own(config, 'strict') ?? true;
  const allowPositionals = own(config, 'allowPositionals') ?? !strict;
  const returnTokens = own(config, 'tokens') ?? false;
  const allowNegative = own(config, 'allowNegative') ?? false;
  const options = own(config, 'options') ?? { __proto__: null };
  validateArray(args, 'args');
  validateBoolean(strict, 'strict');
  validateBoolean(allowPositionals, 'allowPositionals');
  validateBoolean(returnTokens, 'tokens');
  validateBoolean(allowNegative, 'allowNegative');
  validateObject(options, 'options');
  checkOptions(options);

  const tokens = tokenize(args, options);
  const result = { values: { __proto__: null }, positionals: [] };
  if (returnTokens) result.tokens = tokens;
  for (const token of tokens) {
    if (token.kind === 'option') {
      if (strict) checkUsage({ options, allowPositionals, allowNegative }, token);
      store(token, options, result.values, allowNegative);
    } else if (token.kind === 'positional') {
      if (!allowPositionals) throw new codes.ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL(token.value);
      result.positionals.push(token.value);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    const value = own(option, 'default');
    if (value !== undefined && result.values[name] === undefined && name !== '__proto__') result.values[name] = value;
  }
  return result;
};
Object.defineProperty(exports.parseArgs, 'name', { value: 'parseArgs' });
