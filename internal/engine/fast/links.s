// Empty: it allows functions without bodies in collector.go.
