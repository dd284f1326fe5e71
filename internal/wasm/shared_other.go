//go:build !linux

package wasm

const noReserve = 0
