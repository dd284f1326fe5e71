package runtime

import "github.com/dop251/goja"

func (rt *Runtime) trackRejection(p *goja.Promise, op goja.PromiseRejectionOperation) {
	e := &rt.entry
	if op == goja.PromiseRejectionReject {
		e.rejections = append(e.rejections, rejection{promise: p, value: rt.vm.ToValue(p)})
		return
	}
	for i := range e.rejections {
		if e.rejections[i].promise == p {
			e.rejections[i].handled = true
			return
		}
	}
	if e.reported[p] {
		delete(e.reported, p)
		if rt.process.RejectionHandled != nil {
			promise := rt.vm.ToValue(p)
			rt.NextTick(func() { rt.process.RejectionHandled(promise) })
		}
	}
}

// reportRejections applies --unhandled-rejections to what was rejected in this macrotask and has no handler by now.
func (rt *Runtime) reportRejections() {
	e := &rt.entry
	batch := e.rejections
	e.rejections = nil
	for _, r := range batch {
		if r.handled || rt.exit != nil {
			continue
		}
		e.reported[r.promise] = true
		reason := r.promise.Result()
		if ex := rt.vm.Try(func() { rt.unhandled(reason, r.value) }); ex != nil {
			rt.Uncaught(ex.Value(), "uncaughtException", ex)
		}
	}
}

func (rt *Runtime) unhandled(reason, promise goja.Value) {
	offer := func() bool {
		return rt.process.UnhandledRejection != nil && rt.process.UnhandledRejection(reason, promise)
	}
	switch rt.cfg.Options.UnhandledRejections {
	case "none":
		offer()
	case "warn":
		offer()
		rt.warnRejection(reason)
	case "warn-with-error-codes":
		if !offer() {
			rt.warnRejection(reason)
			if rt.process.Exit != nil {
				// process.exitCode becomes 1, the script goes on.
				rt.Require("process").Set("exitCode", 1)
			}
		}
	case "strict":
		rt.Uncaught(rt.rejectionError(reason), "unhandledRejection", nil)
		if rt.exit == nil && !offer() {
			rt.warnRejection(reason)
		}
	default:
		if !offer() {
			rt.Uncaught(rt.rejectionError(reason), "unhandledRejection", nil)
		}
	}
}

// rejectionError is the reason itself if it is an error, else Node's ERR_UNHANDLED_REJECTION that tells it.
func (rt *Runtime) rejectionError(reason goja.Value) goja.Value {
	if rt.IsError(reason) {
		return reason
	}
	err := rt.NewPlainError("Error", "This error originated either by throwing inside of an async function without a catch "+
		"block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason \""+
		rt.rejectedWith(reason)+"\".")
	err.DefineDataProperty("name", rt.vm.ToValue("UnhandledPromiseRejection"), flagTrue, flagTrue, flagFalse)
	err.Set("code", "ERR_UNHANDLED_REJECTION")
	return err
}

func (rt *Runtime) warnRejection(reason goja.Value) {
	if rt.process.Warn == nil {
		rt.Require("process")
	}
	if rt.process.Warn == nil {
		return
	}
	text := rt.Inspect(reason)
	if rt.IsError(reason) {
		text = reason.(*goja.Object).Get("stack").String()
	}
	rt.process.Warn(text, "UnhandledPromiseRejectionWarning", "")
	rt.process.Warn("Unhandled promise rejection. This error originated either by throwing inside of an async function "+
		"without a catch block, or by rejecting a promise which was not handled with .catch(). To terminate the "+
		"node process on unhandled promise rejection, use the CLI flag `--unhandled-rejections=strict` (see "+
		"https://nodejs.org/api/cli.html#cli_unhandled_rejections_mode).", "UnhandledPromiseRejectionWarning", "")
}

// rejectedWith words the reason of a rejection that is no error.
func (rt *Runtime) rejectedWith(reason goja.Value) (text string) {
	if o, ok := reason.(*goja.Object); ok {
		text = "#<Object>"
		rt.vm.Try(func() {
			if c, ok := o.Get("constructor").(*goja.Object); ok {
				text = "#<" + c.Get("name").String() + ">"
			}
		})
		return text
	}
	if _, symbol := reason.(*goja.Symbol); symbol {
		return "Symbol(" + reason.String() + ")"
	}
	return reason.String()
}
