// Module trace_events. Nothing collects events: what is created can be looked at and disabled, but not enabled.
'use strict';
const { inspect } = require('util');
const { codes } = require('internal/errors');
const { validateArray, validateObject, validateString } = require('internal/validators');

class Tracing {
  #categories;

  constructor(categories) { this.#categories = categories; }

  enable() { throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('Tracing.enable()'); }

  disable() { void this.#categories; }

  get enabled() { return this.#categories === undefined; }

  get categories() { return this.#categories.join(','); }

  [inspect.custom](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    return `Tracing ${inspect({ enabled: this.enabled, categories: this.categories }, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}

function createTracing(options) {
  validateObject(options, 'options');
  validateArray(options.categories, 'options.categories');
  for (const [i, name] of options.categories.entries()) validateString(name, `options.categories[${i}]`);
  if (options.categories.length <= 0) throw new codes.ERR_TRACE_EVENTS_CATEGORY_REQUIRED();
  return new Tracing(options.categories.slice());
}

function getEnabledCategories() {}

module.exports = { createTracing, getEnabledCategories };
