package sqlite

import (
	"github.com/dop251/goja"

	"gonode/internal/sqlite"
)

// copying is a backup that runs.
type copying struct {
	m               *module
	backup          *sqlite.Backup
	pages           int
	progress        goja.Callable
	resolve, reject func(any)
}

// backup copies a database to a file, some pages at a time; these steps run on other goroutines.
func (m *module) backup(call goja.FunctionCall) goja.Value {
	source := m.object(call.Argument(0), "sourceDb")
	d, ok := m.rt.OwnSlot(source).(*database)
	if !ok {
		m.throwType("The \"sourceDb\" argument must be an instance of DatabaseSync.")
	}
	d.mustBeOpen()
	path := m.path(call.Argument(1))
	c := &copying{m: m, pages: 100}
	from, to := "main", "main"
	if o := m.options(call, 2); o != nil {
		if v := m.rt.Member(o, "rate"); v != nil && !goja.IsUndefined(v) {
			n, ok := int32Of(v)
			if !ok {
				m.throwType("The \"options.rate\" argument must be an integer.")
			}
			if n <= 0 {
				panic(m.plain("RangeError", "ERR_OUT_OF_RANGE", "The \"options.rate\" argument must be a positive integer."))
			}
			c.pages = n
		}
		m.textOption(o, "source", &from)
		m.textOption(o, "target", &to)
		if v := m.rt.Member(o, "progress"); v != nil && !goja.IsUndefined(v) {
			if c.progress, ok = goja.AssertFunction(v); !ok {
				m.throwType("The \"options.progress\" argument must be a function.")
			}
		}
	}
	var promise goja.Value
	promise, c.resolve, c.reject = m.rt.Promise()
	target, err := sqlite.Open(path, sqlite.Config{Abs: m.rt.Abs, Allow: m.allow()})
	if err == nil {
		c.backup, err = d.conn.NewBackup(from, target, to)
	}
	if err != nil {
		m.rethrow()
		c.reject(m.failure(err))
		return promise
	}
	c.step()
	return promise
}

// step copies the next pages and goes on when that is done.
func (c *copying) step() {
	m := c.m
	step := c.backup.Step(c.pages)
	m.rt.Loop().Go(func() func() {
		code := step()
		total, left := c.backup.Pages()
		return func() { m.rt.Enter(func() { c.stepped(code, total, left) }) }
	})
}

func (c *copying) stepped(code, total, left int) {
	m := c.m
	switch code {
	case sqlite.Done:
		c.backup.Finish()
		c.resolve(m.vm.ToValue(total))
	case sqlite.OK:
		if c.progress != nil && left > 0 {
			o := m.vm.NewObject()
			o.Set("totalPages", total)
			o.Set("remainingPages", left)
			if _, err := c.progress(goja.Undefined(), o); err != nil {
				c.backup.Finish()
				thrown, ok := err.(*goja.Exception)
				if !ok {
					m.rt.Rethrow(err)
				}
				c.reject(thrown.Value())
				return
			}
		}
		c.step()
	default:
		c.reject(m.failure(c.backup.Finish()))
	}
}
