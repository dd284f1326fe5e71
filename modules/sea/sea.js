// Module sea: the assets of a program in one executable.
'use strict';
const { codes } = require('internal/errors');
const { validateString } = require('internal/validators');

function isSea() { return binding.isSea; }

function mustBe() {
  if (!binding.isSea) throw new codes.ERR_NOT_IN_SINGLE_EXECUTABLE_APPLICATION();
}

function getRawAsset(key) {
  validateString(key, 'key');
  mustBe();
  const data = binding.asset(key);
  if (data === undefined) throw new codes.ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND(key);
  return data;
}

function getAsset(key, encoding) {
  if (encoding !== undefined) validateString(encoding, 'encoding');
  const data = getRawAsset(key);
  return encoding === undefined ? data.slice(0) : new TextDecoder(encoding).decode(data);
}

function getAssetAsBlob(key, options) { return new Blob([getRawAsset(key)], options); }

function getAssetKeys() {
  mustBe();
  return binding.keys();
}

module.exports = { isSea, getAsset, getRawAsset, getAssetAsBlob, getAssetKeys };
