package runtime

import (
	"strconv"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
)

// rejections are the promises rejected without a handler.
type rejections struct {
	rt *Runtime
	// recent are those since the last check, in order; a promise's place there is in at.
	recent []rejection
	at     map[*goja.Promise]int
	// reported are those reported as unhandled and not handled since, with the number of the report. They are held
	// weakly: most never get a handler.
	reported map[weak.Pointer[goja.Promise]]int
	// late are those that have got a handler since they were reported.
	late  []lateHandler
	count int
	prune int
}

type rejection struct {
	promise *goja.Promise // nil once handled
	value   goja.Value
	async   any // the context in which it was rejected
}

type lateHandler struct {
	promise goja.Value
	id      int // of the report
}

// pending tells whether there is something to report.
func (r *rejections) pending() bool { return len(r.recent) > 0 || len(r.late) > 0 }

func (r *rejections) track(p *goja.Promise, op goja.PromiseRejectionOperation) {
	rt := r.rt
	if op == goja.PromiseRejectionReject {
		if r.at == nil {
			r.at = map[*goja.Promise]int{}
		}
		r.at[p] = len(r.recent)
		r.recent = append(r.recent, rejection{promise: p, value: rt.vm.ToValue(p), async: r.rejecting()})
		return
	}
	if i, ok := r.at[p]; ok {
		delete(r.at, p)
		r.recent[i] = rejection{}
		for n := len(r.recent); n > 0 && r.recent[n-1].promise == nil; n-- {
			r.recent = r.recent[:n-1]
		}
		return
	}
	key := weak.Make(p)
	if id, ok := r.reported[key]; ok {
		delete(r.reported, key)
		r.late = append(r.late, lateHandler{rt.vm.ToValue(p), id})
	}
}

// rejecting is the context of a promise that is being rejected. The reaction that did it has been left just now.
func (r *rejections) rejecting() any {
	rt := r.rt
	if rt.Async.current == nil {
		return rt.Async.reaction
	}
	return rt.Async.current
}

// report numbers a promise reported as unhandled.
func (r *rejections) report(p *goja.Promise) int {
	r.count++
	if r.reported == nil {
		r.reported = map[weak.Pointer[goja.Promise]]int{}
	}
	if len(r.reported) >= max(r.prune, 64) {
		for k := range r.reported {
			if k.Value() == nil {
				delete(r.reported, k)
			}
		}
		r.prune = 2 * len(r.reported)
	}
	r.reported[weak.Make(p)] = r.count
	return r.count
}

// reportRejections applies --unhandled-rejections to what was rejected in this macrotask and has no handler by now.
func (r *rejections) reportAll() {
	rt := r.rt
	for len(r.late) > 0 {
		one := r.late[0]
		r.late = r.late[1:]
		if rt.process.RejectionHandled != nil && !rt.process.RejectionHandled(one.promise) {
			rt.warn("Promise rejection was handled asynchronously (rejection id: "+strconv.Itoa(one.id)+")", "PromiseRejectionHandledWarning", "")
		}
	}
	batch := r.recent
	r.recent, r.at = nil, nil
	for _, one := range batch {
		if one.promise == nil || rt.exit != nil || guard.IsHalt(one.promise.Result()) {
			continue
		}
		id := r.report(one.promise)
		rt.Async.current = one.async
		if ex := rt.vm.Try(func() { r.unhandled(one.promise.Result(), one.value, id) }); ex != nil {
			rt.Uncaught(ex.Value(), "uncaughtException", ex)
		}
	}
}

func (r *rejections) unhandled(reason, promise goja.Value, id int) {
	rt := r.rt
	offer := func() bool {
		return rt.process.UnhandledRejection != nil && rt.process.UnhandledRejection(reason, promise)
	}
	switch rt.cfg.Options.UnhandledRejections {
	case "none":
		offer()
	case "warn":
		offer()
		r.warn(reason, id)
	case "warn-with-error-codes":
		if !offer() {
			r.warn(reason, id)
			if rt.process.Exit != nil {
				// process.exitCode becomes 1, the script goes on.
				rt.Require("process").Set("exitCode", 1)
			}
		}
	case "strict":
		rt.Uncaught(r.errorOf(reason), "unhandledRejection", nil)
		if rt.exit == nil && !offer() {
			r.warn(reason, id)
		}
	default:
		if !offer() {
			rt.Uncaught(r.errorOf(reason), "unhandledRejection", nil)
		}
	}
}

// rejectionError is the reason itself if it is an error, else Node's ERR_UNHANDLED_REJECTION that tells it.
func (r *rejections) errorOf(reason goja.Value) goja.Value {
	rt := r.rt
	if rt.IsError(reason) {
		return reason
	}
	err := rt.NewPlainError("Error", "This error originated either by throwing inside of an async function without a catch "+
		"block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason \""+
		r.rejectedWith(reason)+"\".")
	err.DefineDataProperty("name", rt.vm.ToValue("UnhandledPromiseRejection"), flagTrue, flagTrue, flagFalse)
	err.Set("code", "ERR_UNHANDLED_REJECTION")
	return err
}

// warnRejection warns with the reason, and then about the rejection.
func (r *rejections) warn(reason goja.Value, id int) {
	rt := r.rt
	const kind = "UnhandledPromiseRejectionWarning"
	words := r.rejectedWith(reason)
	if o, ok := reason.(*goja.Object); ok {
		if stack := o.Get("stack"); stack != nil && goja.IsString(stack) {
			words = stack.String()
		}
	}
	rt.warn(words, kind, "")
	rt.warn("Unhandled promise rejection. This error originated either by throwing inside of an async function "+
		"without a catch block, or by rejecting a promise which was not handled with .catch(). To terminate the "+
		"node process on unhandled promise rejection, use the CLI flag `--unhandled-rejections=strict` (see "+
		"https://nodejs.org/api/cli.html#cli_unhandled_rejections_mode). (rejection id: "+strconv.Itoa(id)+")", kind, "")
}

// rejectedWith words the reason of a rejection that is no error.
func (r *rejections) rejectedWith(reason goja.Value) (text string) {
	if o, ok := reason.(*goja.Object); ok {
		text = "#<Object>"
		r.rt.vm.Try(func() {
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
