package rest

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestBackoff_RetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	for _, row := range []struct {
		header string
		want   time.Duration
	}{
		{"0", 0},
		{"1", time.Second},
		{"29", 29 * time.Second},
		{"86400", 24 * time.Hour},
		{"9223372036854775807", time.Duration(math.MaxInt64/int64(time.Second)) * time.Second},
		{now.Add(7 * time.Second).Format(http.TimeFormat), 7 * time.Second},
		{now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{now.Add(24 * time.Hour).Format(http.TimeFormat), 24 * time.Hour},
		{"Saturday, 14-Mar-26 09:27:03 GMT", 10 * time.Second}, // RFC 850
	} {
		if got := backoff(time.Second, 0, http.Header{"Retry-After": {row.header}}, now); got != row.want {
			t.Errorf("Retry-After %q: %v, want %v", row.header, got, row.want)
		}
	}
}

func TestBackoff_GrowsWithJitterUpToBound(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, header := range []http.Header{nil, {}, {"Retry-After": {"soon"}}, {"Retry-After": {"-5"}}, {"Retry-After": {"1.5"}}, {"Retry-After": {"99999999999999999999"}}} {
		for try, full := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, maxBackoff, maxBackoff} {
			different := map[time.Duration]bool{}
			for range 100 {
				got := backoff(500*time.Millisecond, try, header, now)
				if got < full/2 || got > full {
					t.Fatalf("%v, attempt %d: %v, want from %v to %v", header, try, got, full/2, full)
				}
				different[got] = true
			}
			if len(different) < 50 {
				t.Errorf("attempt %d: only %d different waits", try, len(different))
			}
		}
	}
	for _, base := range []time.Duration{1, time.Microsecond, time.Hour, 1<<63 - 1} {
		for _, try := range []int{0, 1, 15, 16, 17, 62, 63, 64, 1000} {
			if got := backoff(base, try, nil, now); got < 0 || got > maxBackoff {
				t.Errorf("base %v, attempt %d: %v", base, try, got)
			}
		}
	}
}

// A Retry-After is honored up to two minutes and the time of the operation; a
// longer one is reported, and not shortened.
func TestRetryAfter_TooLong(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, row := range []struct {
		name   string
		ctx    context.Context //nolint:containedctx // the input of the row
		header http.Header
		want   time.Duration
	}{
		{"none", t.Context(), nil, 0},
		{"unreadable", t.Context(), http.Header{"Retry-After": {"soon"}}, 0},
		{"two minutes", t.Context(), http.Header{"Retry-After": {"120"}}, 0},
		{"a second more", t.Context(), http.Header{"Retry-After": {"121"}}, 121 * time.Second},
		{"a day", t.Context(), http.Header{"Retry-After": {"86400"}}, 24 * time.Hour},
		{"a date tomorrow", t.Context(), http.Header{"Retry-After": {now.Add(24 * time.Hour).Format(http.TimeFormat)}}, 24 * time.Hour},
		{"within the operation", soon, http.Header{"Retry-After": {"5"}}, 0},
		{"longer than the operation", soon, http.Header{"Retry-After": {"11"}}, 11 * time.Second},
	} {
		if got := tooLong(row.ctx, row.header, now); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// The deadline of an operation ends a wait. The error has the last status.
func TestSend_DeadlineDuringWait_NamesLastStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		throttle := respond(http.StatusTooManyRequests, `{}`)
		c, _ := startInBubble(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			throttle(w, r)
		}), func(cfg *Config) { cfg.RetryWait = time.Hour })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		err := c.Send(ctx, get("/objects"), nil)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("took %v", took)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v is not a DeadlineExceeded", err)
		}
		for _, part := range []string{"responded with 429 Too Many Requests", "timeouts"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("error %v, want %q in it", err, part)
			}
		}
		if n := requests.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

// A status is a success from 200 to 299.
func TestByStatus_Success(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{199: false, 200: true, 204: true, 299: true, 300: false} {
		for _, rule := range []RetryRule{Repeatable, Creating} {
			if got := rule.byStatus(status) == succeeded; got != want {
				t.Errorf("rule %v: status %d is a success: %t, want %t", rule, status, got, want)
			}
		}
	}
}
