package sys

// NewSharedPoller makes a poller for one of many loops in a process; here it is like any other.
func NewSharedPoller() (*Poller, error) { return NewPoller() }
