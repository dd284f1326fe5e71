package child_process

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/runtime"
)

// limitsOf reads the option limits: { memory, pids, time, cpu, cpus, files }.
func limitsOf(rt *runtime.Runtime, v goja.Value) *handle.Limits {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return nil
	}
	o := rt.ValidateObject(v, "options.limits")
	var l handle.Limits
	for name, n := range rt.Properties(o) {
		if goja.IsUndefined(n) || goja.IsNull(n) {
			continue
		}
		full := "options.limits." + name
		switch name {
		case "memory":
			l.Memory = sizeOf(rt, n, full)
		case "pids":
			l.Processes = int(limitOf(rt, n, full, math.MaxInt32))
		case "files":
			l.Files = int(limitOf(rt, n, full, math.MaxInt32))
		case "time":
			l.Time = time.Duration(limitOf(rt, n, full, math.MaxInt32)) * time.Millisecond
		case "cpu":
			l.CPU = time.Duration(limitOf(rt, n, full, math.MaxInt32)) * time.Millisecond
		case "cpus":
			if !goja.IsNumber(n) {
				rt.Throw(rt.NewError("ERR_INVALID_ARG_TYPE", full, "number", n))
			}
			if l.Share = n.ToFloat(); !(l.Share >= 0.01 && l.Share <= 1e6) {
				rt.Throw(rt.NewError("ERR_OUT_OF_RANGE", full, ">= 0.01 && <= 1000000", n))
			}
		default:
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "options.limits", v, "has no limit "+name+": they are memory, pids, time, cpu, cpus and files"))
		}
	}
	if l == (handle.Limits{}) {
		return nil
	}
	return &l
}

// limitOf reads a whole number from 1 to most.
func limitOf(rt *runtime.Runtime, v goja.Value, name string, most int64) int64 {
	return rt.ValidateInteger(v, name, 1, most)
}

// sizeOf reads a number of bytes, or a text as "100M".
func sizeOf(rt *runtime.Runtime, v goja.Value, name string) int64 {
	if !goja.IsString(v) {
		return limitOf(rt, v, name, 1<<53-1)
	}
	if text := v.String(); text != "" {
		n, err := strconv.ParseUint(text[:len(text)-1], 10, 31)
		if shift := 10 * (1 + strings.IndexByte("KMG", text[len(text)-1])); err == nil && n > 0 && shift > 0 {
			return int64(n) << shift
		}
	}
	panic(rt.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be a number of bytes, or a text as '100M' with K, M or G"))
}
