package sys

// startedAs is not needed: the system tells.
func startedAs() string { return "" }
