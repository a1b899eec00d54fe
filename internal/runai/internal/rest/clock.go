package rest

import (
	"net/http"
	"sync"
	"time"
)

// serverClock estimates the control plane's clock from the Date header of its
// responses. Whether an object was created after a request depends on the server's
// clock only: the local one may be minutes off.
type serverClock struct {
	now func() time.Time

	mu      sync.Mutex
	date    time.Time // of the response that is nearest to the server's clock; zero: none had a Date
	arrived time.Time // when it arrived, on the local clock
}

// observe records the Date of a response of the API itself that has just arrived. A
// gateway's clock proves nothing. Date is truncated to the second and older than its
// arrival, so the estimate is never ahead of the server, and the latest of several is
// the most accurate.
func (c *serverClock) observe(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() || date.After(c.server(now)) {
		c.date, c.arrived = date, now
	}
}

// read returns the earliest time that the server's clock can show now; the zero time if
// no response has had a Date.
func (c *serverClock) read() time.Time { return c.at(c.now()) }

// at returns what read would have returned at a time on the local clock, with
// what is known by now. Only the time between two readings of the local clock
// counts, so setting it while a request is in flight changes nothing.
func (c *serverClock) at(local time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return time.Time{}
	}
	return c.server(local)
}

func (c *serverClock) server(local time.Time) time.Time { return c.date.Add(local.Sub(c.arrived)) }

// local converts a time on the server's clock to the local one.
func (c *serverClock) local(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return t
	}
	return c.arrived.Add(t.Sub(c.date))
}
