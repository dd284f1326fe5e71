package runtime

// initMissing defines what V8's library has and the engine's lacks.
func (rt *Runtime) initMissing() {}
