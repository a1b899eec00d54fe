package runai

import (
	"net/http"
	"sync"
	"time"
)

// serverClock estimates what the control plane's clock says, from the Date
// header of its answers. "Was this made after we asked?" is a question about
// the server's clock alone: ours may be minutes off.
type serverClock struct {
	now func() time.Time

	mu     sync.Mutex
	known  bool
	offset time.Duration // the server's clock less ours, rounded down
}

// observe takes the Date of an answer that arrived just now. Date is cut to the
// second and older than its arrival, so the estimate is never ahead of the
// server, and of several the largest is the nearest.
func (c *serverClock) observe(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	offset := date.Sub(c.now())
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || offset > c.offset {
		c.known, c.offset = true, offset
	}
}

// read returns the earliest time that the server's clock can show now. ok is
// false while no answer has carried a Date.
func (c *serverClock) read() (t time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Add(c.offset), c.known
}
