package mockserver

import (
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// LoggedRequest is an entry of the request log: one request to the API, without its headers, its body and any secret.
type LoggedRequest struct {
	Time       time.Time `json:"time"`
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Query      string    `json:"query"`
	Status     int       `json:"status"` // 0 if the connection was closed without a response
	DurationMS int64     `json:"duration_ms"`
	Fault      string    `json:"fault"` // the kind of the fault that hit the request
	// Route is the path with {id} for its variable part, or "unmatched".
	Route string `json:"-"`
}

// requestLog keeps all requests, and writes them to out as JSON lines. A request is logged before its response is sent,
// so that a client that has the response finds the request.
type requestLog struct {
	out io.Writer

	mu      sync.Mutex
	entries []LoggedRequest
}

func (l *requestLog) add(entry LoggedRequest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, entry)
	if l.out == nil {
		return
	}
	line, err := json.Marshal(entry)
	if err == nil {
		_, _ = l.out.Write(append(line, '\n')) // a full disk is no reason to stop serving
	}
}

// Log returns all requests to the API so far, in the order of the responses.
func (s *Server) Log() []LoggedRequest {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.entries)
}

// Count returns how many requests for a route have arrived since the last reset, such as
// Count("POST", "/api/v1/service-accounts/{id}/secret"). The variable part of a route is always spelled {id}; the route of
// a path that no version has is "unmatched".
func (s *Server) Count(method, route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method+" "+route]
}

// Requests returns how many requests have arrived since the last reset, by method and route.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// ResetRequests sets the counts of requests to zero, and the peak of requests in flight to the present number. It keeps
// the log.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
	s.peakInFlight = s.inFlight
}

// cleanQuery returns a query without the values of secrets.
func cleanQuery(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		name = strings.ToLower(name)
		for _, word := range []string{"secret", "token", "password"} {
			if strings.Contains(name, word) {
				parts[i] = url.QueryEscape(name) + "=removed"
			}
		}
	}
	return strings.Join(parts, "&")
}
