package rest

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxBackoff bounds one wait between attempts that the client chooses itself.
	maxBackoff = 30 * time.Second
	// maxRetryAfter is the longest Retry-After that is honored. A longer one is a final
	// error that names it: a wait of a day must neither block an apply nor be
	// shortened.
	maxRetryAfter = 2 * time.Minute
	// connectBudget bounds the retries of failed connections after the first attempt,
	// so that a wrong address is one error within half a minute, whatever max_retries
	// is.
	connectBudget = 15 * time.Second
)

// backoff returns the wait after the given attempt (0 is the first): the Retry-After of
// the response, otherwise twice as long each time, with jitter in the upper half so
// that parallel requests spread out.
func backoff(base time.Duration, attempt int, h http.Header, now time.Time) time.Duration {
	if d, ok := retryAfter(h, now); ok {
		return d
	}
	d := base << min(attempt, 16)
	if d <= 0 || d > maxBackoff {
		d = maxBackoff
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads requests out, guards nothing
}

// retryAfter reads a Retry-After of seconds or of a date (RFC 9110, 10.2.3).
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if s, err := strconv.ParseInt(v, 10, 64); err == nil {
		if s < 0 {
			return 0, false
		}
		return time.Duration(min(s, int64(math.MaxInt64/time.Second))) * time.Second, true
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(t.Sub(now), 0), true
}

// tooLong returns the Retry-After of a response if it is longer than maxRetryAfter, or
// than the time left for the operation, otherwise zero.
func tooLong(ctx context.Context, h http.Header, now time.Time) time.Duration {
	d, ok := retryAfter(h, now)
	if !ok {
		return 0
	}
	if deadline, bounded := ctx.Deadline(); d > maxRetryAfter ||
		bounded && d > time.Until(deadline) { //nolint:forbidigo // the deadline of a context is on the system clock
		return d
	}
	return 0
}

// sleep waits for d or for the end of the context, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d) //nolint:forbidigo // waiting is real; how long was decided with the injected clock
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
