package supervise

import "time"

// Clock is the time that the supervisor has been awake for: what it did not see, since the machine or it was stopped, is held against nobody.
// It is to be asked at least each second or so.
type Clock struct{ seen, lost time.Duration }

// asleep is how long nobody may have asked for the time to count.
const asleep = 5 * time.Second

// At gives the time, where at is the time since the beginning by a clock that nobody sets.
func (c *Clock) At(at time.Duration) time.Duration {
	if gap := at - c.seen; gap > asleep {
		c.lost += gap
	}
	c.seen = max(c.seen, at)
	return c.seen - c.lost
}
