package runai

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// createOp is one create, with the operations that recovery needs. The API has no
// idempotency keys, so after a lost response recovery looks the object up (API.md
// section 11), and adopts it only with proof that this create has created it.
//
// The proof within one run:
//
//  1. the object was absent in the lookup before the first attempt;
//  2. it was created in the window in which an unclear attempt can have taken
//     effect, on the control plane's own clock;
//  3. it was not created by another principal, as far as its creator is known;
//  4. no other create of this client has created it.
//
// A later run cannot check the absence before, so there the creator must be the caller.
// Without the proof nothing is changed, and the error names the existing object.
type createOp[T any] interface {
	// object describes the created object, for messages: `application "ci"`.
	object() string
	send(ctx context.Context) (T, error)
	// lookup finds the object. With cached it accepts a recent list: absence counts,
	// and a hit is confirmed by one read.
	lookup(ctx context.Context, cached bool) (object T, found bool, err error)
	provenance(ctx context.Context, object T) provenance
	// succeeded is called once with the created object.
	succeeded(object T)
}

// errTruncated is the error of a lookup in a list that may be truncated: an object that
// is not on it may exist.
var errTruncated = fmt.Errorf("it is not among the %d applications that the control plane lists at most", listLimit)

// provenance is the creation time and the creator of an object.
type provenance struct {
	id        string
	createdAt time.Time // zero: unknown
	byCaller  bool      // the creator is recognized as the caller
	byOther   bool      // the creator is known to be another principal
}

// PendingCreate is the record of a create whose outcome is unknown: the window, on the
// control plane's clock, in which it can have taken effect. It can be saved and
// resolved by a later run. The zero value proves nothing, nor do records of the first
// version, which had no window.
type PendingCreate struct {
	From  time.Time `json:"from,omitzero"`  // the first attempt
	Until time.Time `json:"until,omitzero"` // the end of the last unclear attempt
}

const (
	// clockTolerance is how far the clocks behind the Date of a response and createdAt
	// may differ at the lower bound of a window: the Date comes from the edge,
	// createdAt from a database. If the object was absent before the first attempt, the
	// tolerance has no effect. But a stale list can hide an object that was created
	// within it with the same credentials (DESIGN.md, known gaps).
	clockTolerance = time.Minute
	// windowGrace is added to the settle time at the upper bound of a window, for an
	// unclear attempt that takes longer.
	windowGrace = 5 * time.Second
	// clockRounding bounds the error of truncating both times to the second.
	clockRounding = 2 * time.Second
)

// contains reports whether an object created at the given time can be the effect of an
// attempt of this window; late is the time after its end within which an attempt may
// still take effect.
func (p PendingCreate) contains(createdAt time.Time, late time.Duration) bool {
	if createdAt.IsZero() || p.From.IsZero() || p.Until.IsZero() {
		return false
	}
	return !createdAt.Before(p.From.Add(-clockTolerance)) && !createdAt.After(p.Until.Add(late))
}

// UnknownOutcomeError reports that a create was sent, that its response was lost, and
// that a lookup did not show whether it took effect.
type UnknownOutcomeError struct {
	// Object describes the object of the create: `application "ci"`.
	Object string
	// Pending is the record to resolve later.
	Pending PendingCreate
	// Create is the failure of the create.
	Create error
	// LookupErr is the failure of the lookup; nil: the object was not found.
	LookupErr error
}

func (e *UnknownOutcomeError) Error() string {
	after := "It was not found, but may still appear."
	if e.LookupErr != nil {
		after = "The lookup failed as well: " + e.LookupErr.Error()
	}
	return fmt.Sprintf("the outcome of creating %s is unknown: a request was sent and may have taken effect: %s %s", e.Object, e.Create, after)
}

// Unwrap returns both failures.
func (e *UnknownOutcomeError) Unwrap() []error {
	if e.LookupErr == nil {
		return []error{e.Create}
	}
	return []error{e.Create, e.LookupErr}
}

// create runs a create so that it takes effect at most once. recovered reports that the
// response was lost and a lookup found the object, so that data which only the response
// has is unknown.
//
// Errors are an ExistsError (nothing was changed), an UnknownOutcomeError, or the
// failure of the request, which then had no effect.
func create[T any](ctx context.Context, s *session, owned *ownedIDs, op createOp[T]) (result T, recovered bool, err error) {
	existing, found, err := op.lookup(ctx, true)
	if err != nil && !errors.Is(err, ErrForbidden) && !errors.Is(err, errTruncated) { // a caller that may not list may still create
		return result, false, err
	}
	if found {
		return result, false, exists(s, op.object(), op.provenance(ctx, existing).id, nil)
	}
	var window PendingCreate
	if err == nil { // without the absence before, nothing is proven
		window.From = s.ServerTime()
	}
	var ended time.Time // the end of the last unclear attempt, on the local clock; zero: there was none
	for attempt := 0; ; attempt++ {
		result, err = op.send(ctx)
		var late time.Duration // how long after an attempt its effect may still come
		switch {
		case err == nil:
			owned.add(op.provenance(ctx, result).id)
			s.history.created(op.object())
			op.succeeded(result)
			return result, false, nil
		case errors.Is(err, ErrUnclear):
			late, ended = s.Config.SettleTime+windowGrace, s.Config.Now()
		case errors.Is(err, ErrConflict):
			// Earlier attempts have settled and were looked up, so an object that
			// exists now is theirs only if it is older than that.
			late = clockRounding
		default:
			return result, false, err
		}
		candidate, found, lookupErr := lookAgain(ctx, s, op)
		if errors.Is(err, ErrUnclear) && !found && lookupErr == nil && attempt < s.Config.MaxRetries {
			// Before another attempt, the previous ones must no longer be able to take
			// effect: wait, and look up again.
			waitErr := s.Settle(ctx, err)
			if candidate, found, lookupErr = lookAgain(ctx, s, op); !found && lookupErr == nil && waitErr == nil {
				continue
			}
		}
		if !ended.IsZero() { // as late as this: the lookup may have corrected the clock
			window.Until = s.ServerTimeAt(ended)
		}
		switch {
		case ended.IsZero() && errors.Is(err, ErrConflict) && (!found || lookupErr != nil):
			return result, false, exists(s, op.object(), "", err)
		case lookupErr != nil || !found:
			return result, false, &UnknownOutcomeError{Object: op.object(), Pending: window, Create: err, LookupErr: lookupErr}
		}
		p := op.provenance(ctx, candidate)
		if window.contains(p.createdAt, late) && !p.byOther && owned.add(p.id) {
			s.history.created(op.object())
			op.succeeded(candidate)
			return candidate, true, nil
		}
		return result, false, exists(s, op.object(), p.id, err)
	}
}

// lookAgain looks up an object even if the run was canceled, since a create was sent.
func lookAgain[T any](ctx context.Context, s *session, op createOp[T]) (T, bool, error) {
	ctx, cancel := s.Detach(ctx)
	defer cancel()
	return op.lookup(ctx, false)
}

// exists returns the error for an object that this create did not create.
func exists(s *session, object, id string, cause error) *ExistsError {
	return &ExistsError{Object: object, ID: id, Cause: cause, Origin: s.history.origin(object)}
}

// resolvePending finds the effect of a create of an earlier run. Absence proves nothing
// while an attempt can still take effect: then resolvePending waits and looks up again.
// The error is ErrNotFound if nothing is provably the caller's.
func resolvePending[T any](ctx context.Context, s *session, op createOp[T], pending PendingCreate) (T, error) {
	object, found, err := op.lookup(ctx, false)
	if err == nil && !found && !pending.Until.IsZero() {
		if wait := min(pending.Until.Add(s.Config.SettleTime).Sub(s.ServerTime()), s.Config.SettleTime); wait > 0 {
			if err := s.Config.Sleep(ctx, wait); err != nil {
				return object, err
			}
			object, found, err = op.lookup(ctx, false)
		}
	}
	if err != nil {
		return object, err
	}
	if found {
		if p := op.provenance(ctx, object); p.byCaller && pending.contains(p.createdAt, s.Config.SettleTime+windowGrace) {
			return object, nil
		}
	}
	var none T
	return none, ErrNotFound
}

// readOwned reads an object by its ID. For one that this client has created, a 404 is
// retried: it may take a moment to appear.
func readOwned[T any](ctx context.Context, s *session, owned *ownedIDs, id string, read func(context.Context, string) (T, error)) (T, error) {
	for attempt := 0; ; attempt++ {
		item, err := read(ctx, id)
		if !errors.Is(err, ErrNotFound) || !owned.has(id) || attempt >= s.Config.MaxRetries || s.Wait(ctx, attempt, nil) != nil {
			return item, err
		}
	}
}

// ownedIDs has the IDs of the objects that this client has created, for rule 4 of the
// proof: two creates with the same name must not both adopt the object of one of them.
type ownedIDs struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

// add records an ID, and reports false if it was recorded before.
func (o *ownedIDs) add(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, owned := o.ids[id]; owned {
		return false
	}
	if o.ids == nil {
		o.ids = map[string]struct{}{}
	}
	o.ids[id] = struct{}{}
	return true
}

func (o *ownedIDs) has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.ids[id]
	return ok
}
