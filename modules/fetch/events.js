// MessageEvent, CloseEvent and ErrorEvent: the events of ports, WebSockets and EventSources. May require internal/event_target
// and internal/messaging.
'use strict';
const { Event } = require('internal/event_target');
const { shortly, need, dictionary, text, usvString, uint16, uint32, illegal, expose } = require('internal/fetch/webidl');

const kFast = Symbol('fast');
const flags = (init) => ({ bubbles: Boolean(init.bubbles), cancelable: Boolean(init.cancelable), composed: Boolean(init.composed) });

function port(value, what) {
  if (!(value instanceof require('internal/messaging').MessagePort))
    throw new TypeError(`MessageEvent constructor: Expected ${what} ("${shortly(value)}") to be an instance of MessagePort.`);
  return value;
}

function portList(value, what) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function'))
    throw new TypeError(`MessageEvent constructor: ${what} (${shortly(value)}) is not iterable.`);
  if (typeof value[Symbol.iterator] !== 'function') throw new TypeError(`MessageEvent constructor: ${what} is not iterable.`);
  let n = 0;
  return Array.from(value, (item) => port(item, `${what}[${n++}]`));
}

function messageInit(init) {
  const values = flags(init);
  const { data = null, lastEventId, origin, ports, source } = init;
  values.data = data;
  values.lastEventId = lastEventId === undefined ? '' : text(lastEventId, 'MessageEvent constructor: eventInitDict.lastEventId');
  values.origin = origin === undefined ? '' : usvString(origin);
  values.ports = ports === undefined ? [] : portList(ports, 'eventInitDict.ports');
  values.source = source === undefined || source === null ? null : port(source, 'eventInitDict.source');
  return values;
}

class MessageEvent extends Event {
  #init;
  constructor(type, eventInitDict = {}) {
    if (type === kFast) {
      super(eventInitDict.type);
      this.#init = eventInitDict;
      return;
    }
    need(arguments.length, 1, 'MessageEvent constructor');
    type = text(type, 'MessageEvent constructor: type');
    const init = messageInit(dictionary(eventInitDict, 'MessageEvent constructor'));
    super(type, init);
    this.#init = init;
  }
  static #of(o) { return o !== null && typeof o === 'object' && #init in o ? o.#init : illegal(o, MessageEvent); }
  get data() { return MessageEvent.#of(this).data; }
  get origin() { return MessageEvent.#of(this).origin; }
  get lastEventId() { return MessageEvent.#of(this).lastEventId; }
  get source() { return MessageEvent.#of(this).source; }
  get ports() { return Object.freeze(MessageEvent.#of(this).ports); }
  initMessageEvent(type, bubbles = false, cancelable = false, data = null, origin = '', lastEventId = '', source = null, ports = []) {
    MessageEvent.#of(this);
    need(arguments.length, 1, 'MessageEvent.initMessageEvent');
    return new MessageEvent(type, { bubbles, cancelable, data, origin, lastEventId, source, ports });
  }
}
expose(MessageEvent);

// received makes the event of a message that has arrived, without looking at what is in it.
function received(type, data, ports = [], origin = '', lastEventId = '') {
  return new MessageEvent(kFast, { type, data, origin, lastEventId, source: null, ports });
}

class CloseEvent extends Event {
  #init;
  constructor(type, eventInitDict = {}) {
    need(arguments.length, 1, 'CloseEvent constructor');
    type = text(type, 'CloseEvent constructor: type');
    const init = dictionary(eventInitDict, 'undefined');
    const values = flags(init);
    const { code, reason, wasClean } = init;
    values.code = code === undefined ? 0 : uint16(code);
    values.reason = reason === undefined ? '' : usvString(reason);
    values.wasClean = Boolean(wasClean);
    super(type, values);
    this.#init = values;
  }
  static #of(o) { return o !== null && typeof o === 'object' && #init in o ? o.#init : illegal(o, CloseEvent); }
  get wasClean() { return CloseEvent.#of(this).wasClean; }
  get code() { return CloseEvent.#of(this).code; }
  get reason() { return CloseEvent.#of(this).reason; }
}
expose(CloseEvent);

class ErrorEvent extends Event {
  #init;
  constructor(type, eventInitDict) {
    need(arguments.length, 1, 'ErrorEvent constructor');
    super(type, eventInitDict);
    const { colno, error, filename, lineno, message } = dictionary(eventInitDict, 'undefined');
    this.#init = {
      colno: colno === undefined ? 0 : uint32(colno), error,
      filename: filename === undefined ? '' : usvString(filename), lineno: lineno === undefined ? 0 : uint32(lineno),
      message: message === undefined ? '' : text(message, 'undefined: undefined.message'),
    };
  }
  static #of(o) { return o !== null && typeof o === 'object' && #init in o ? o.#init : illegal(o, ErrorEvent); }
  get message() { return ErrorEvent.#of(this).message; }
  get filename() { return ErrorEvent.#of(this).filename; }
  get lineno() { return ErrorEvent.#of(this).lineno; }
  get colno() { return ErrorEvent.#of(this).colno; }
  get error() { return ErrorEvent.#of(this).error; }
}
expose(ErrorEvent);

module.exports = { MessageEvent, CloseEvent, ErrorEvent, received };
