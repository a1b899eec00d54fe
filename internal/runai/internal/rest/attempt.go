package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"
)

// attempt is the result of one attempt.
type attempt struct {
	outcome    outcome
	status     int // 0: no response
	header     http.Header
	body       []byte
	nonAPI     bool // a success with a body that is not JSON
	cause      error
	authErr    error         // no token could be obtained
	retryAfter time.Duration // a Retry-After that is longer than a retry may wait
}

// classify determines the outcome of a response, and decodes a success. It uses a fresh
// value for each attempt, since a decoder keeps members that a later response lacks.
func (o *operation) classify() {
	a := &o.last
	a.outcome = o.request.Rule.byStatus(a.status)
	if a.outcome != succeeded {
		return
	}
	contentType := a.header.Get("Content-Type")
	switch {
	case !o.into.IsValid():
		// No body is expected. The page of a gateway is no success.
		a.nonAPI = len(a.body) > 0 && contentType != "" && !isJSON(contentType)
	case !isJSON(contentType):
		a.nonAPI = true
	default:
		fresh := reflect.New(o.into.Type())
		fresh.Elem().Set(o.initial)
		if err := json.Unmarshal(a.body, fresh.Interface()); err != nil {
			a.outcome, a.cause = unclear, fmt.Errorf("the response could not be decoded: %w", err)
			return
		}
		o.into.Set(fresh.Elem())
	}
	switch {
	case a.nonAPI && o.request.Probe:
		a.outcome = failed
	case a.nonAPI:
		a.outcome = unclear
	}
}

// fromAPI reports whether the last response is the API's own and not that of a
// gateway: it was decoded, or has the API's error code.
func (o *operation) fromAPI() bool {
	a := o.last
	if !isJSON(a.header.Get("Content-Type")) || a.cause != nil {
		return false
	}
	if a.outcome == succeeded {
		return o.into.IsValid()
	}
	var e apiError
	return json.Unmarshal(a.body, &e) == nil && e.Message != "" && e.hasCode()
}
