package sys

// ControlGroup is Linux's.
type ControlGroup struct{ fd int }

// GroupLimits are what the processes of a control group may use together.
type GroupLimits struct {
	Memory     int64
	Tasks      int
	Processors float64
}

// NewControlGroup is nil: there are none.
func NewControlGroup(GroupLimits) *ControlGroup { return nil }

// Keeps is never asked.
func (c *ControlGroup) Keeps() (none GroupLimits) { return none }

// Processes is never asked.
func (c *ControlGroup) Processes() []int { return nil }

// Exceeded is never asked.
func (c *ControlGroup) Exceeded() string { return "" }

// Filled is never asked.
func (c *ControlGroup) Filled() bool { return false }

// Kill is never asked.
func (c *ControlGroup) Kill() {}

// Close is never asked.
func (c *ControlGroup) Close() {}
