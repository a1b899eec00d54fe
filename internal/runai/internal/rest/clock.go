package rest

import (
	"net/http"
	"sync"
	"time"
)

// serverClock estimates the control plane's clock from the Date header of its
// responses. "Was this created after the request?" is a question about the
// server's clock alone: the local one may be minutes off.
type serverClock struct {
	now func() time.Time

	mu     sync.Mutex
	known  bool
	offset time.Duration // the server's clock minus the local one, rounded down
}

// observe takes the Date of a response of the API itself that arrived just now;
// a gateway's own clock proves nothing. Date is cut to the second and older than
// its arrival, so the estimate is never ahead of the server, and the largest of
// several is the nearest.
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

// read returns the earliest time that the server's clock can show now; the zero
// time while no response has carried a Date.
func (c *serverClock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		return time.Time{}
	}
	return c.now().Add(c.offset)
}

// local converts a time on the server's clock to the local one.
func (c *serverClock) local(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return t.Add(-c.offset)
}
