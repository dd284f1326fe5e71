package runtime

import "github.com/dop251/goja"

// reportDependency tells the process that watches this one's files, if there is one, that a module's file is read.
func (c *CommonJS) reportDependency(file string) {
	rt := c.rt
	if v, ok := rt.env.Get("WATCH_REPORT_DEPENDENCIES"); !ok || v == "" {
		return
	}
	process := rt.Require("process")
	send, ok := goja.AssertFunction(process.Get("send"))
	if !ok {
		return
	}
	message := rt.vm.NewObject()
	message.Set("watch:require", rt.vm.NewArray(file))
	rt.Call(send, process, message)
}
