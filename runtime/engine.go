package runtime

// initEngine gives the engine what V8 has and it lacks, as far as that must be there before any script runs.
func (rt *Runtime) initEngine() error {
	global := rt.vm.GlobalObject()
	if err := global.DefineDataProperty("global", global, flagTrue, flagTrue, flagFalse); err != nil {
		return err
	}
	return nil
}
