package runai

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// creation is a create that happens once. The API has no idempotency keys, so a
// create whose answer was lost is cleared up by looking (API.md section 11), and
// what is found is taken only with proof that it is ours.
//
// The proof that an object is ours, all of it:
//
//  1. it was not there when we looked before the first try;
//  2. it came after that try, by the server's own clock (createdAt against the
//     Date of its answers, both cut to the second);
//  3. its creator, as far as known, is who we are signed in as;
//  4. no other creation of this client made it.
//
// Without the proof nothing is touched, and the error names what is there.
type creation[T any] struct {
	object string // for people: `application "ci"`
	// send creates.
	send func(context.Context) (T, error)
	// before and find look the object up; before may use what was read lately,
	// find asks anew. The bool tells whether there is one.
	before, find func(context.Context) (T, bool, error)
	// facts are what the proof needs of an object.
	facts func(T) provenance
}

// provenance is what an object tells of its making.
type provenance struct {
	id      string
	at      time.Time // zero: not told
	creator string    // empty: not told
	// foreign: the creator is known to be somebody else.
	foreign bool
}

// PendingCreate is what has to be known to tell later whether an object is ours, when
// neither the create nor the look after it was answered. It can be kept and
// settled by the next run.
type PendingCreate struct {
	// AskedAt is the server's clock at the first try; zero if it was not known.
	AskedAt time.Time `json:"asked_at"`
}

// UnknownOutcomeError says that a create was sent, that its answer was lost, and that
// looking did not find out what became of it.
type UnknownOutcomeError struct {
	Object    string
	Pending   PendingCreate
	Create    error // what became of the create
	LookupErr error // what became of the look; nil: it was not to be seen
}

func (e *UnknownOutcomeError) Error() string {
	after := "It was looked for and not seen, but it may yet appear."
	if e.LookupErr != nil {
		after = "Then, to find out: " + e.LookupErr.Error()
	}
	return fmt.Sprintf("it is not known whether %s was created: a request was sent, and its answer was lost. %s %s", e.Object, e.Create, after)
}

// Unwrap gives both failures.
func (e *UnknownOutcomeError) Unwrap() []error {
	if e.LookupErr == nil {
		return []error{e.Create}
	}
	return []error{e.Create, e.LookupErr}
}

// createOnce runs a creation. recovered tells that the answer of the create was
// lost and the object was found again, so that anything which only that answer
// held is unknown.
func createOnce[T any](ctx context.Context, c *Client, made *ownedIDs, k creation[T]) (result T, recovered bool, err error) {
	existing, found, err := k.before(ctx)
	if err != nil && !errors.Is(err, ErrForbidden) { // who may not list may create all the same
		return result, false, err
	}
	if found {
		return result, false, &ExistsError{Object: k.object, ID: k.facts(existing).id}
	}
	var pending PendingCreate // without a look before, or the server's clock, it proves nothing
	if asked, known := c.clock.read(); known && err == nil {
		pending.AskedAt = asked.Truncate(time.Second)
	}

	doubt := false // may an earlier try have done its work?
	for try := 0; ; try++ {
		result, err = k.send(ctx)
		if err == nil {
			made.add(k.facts(result).id)
			return result, false, nil
		}
		doubt = doubt || errors.Is(err, ErrUnclear)
		if !doubt {
			if errors.Is(err, ErrConflict) {
				return result, false, k.exists(ctx, c, err)
			}
			return result, false, err
		}
		candidate, found, lookErr := k.lookAgain(ctx, c)
		switch {
		case lookErr != nil:
			return result, false, &UnknownOutcomeError{Object: k.object, Pending: pending, Create: err, LookupErr: lookErr}
		case found && c.createdByThisRun(k.facts(candidate), pending) && made.add(k.facts(candidate).id):
			return candidate, true, nil
		case found:
			return result, false, &ExistsError{Object: k.object, ID: k.facts(candidate).id, Cause: err}
		case !errors.Is(err, ErrUnclear) && !errors.Is(err, ErrConflict), try >= c.maxRetries, c.wait(ctx, try, err) != nil:
			// Refused for good, tried often enough, or out of time. It was not to be
			// seen, but a list may be behind, and a request may arrive late.
			return result, false, &UnknownOutcomeError{Object: k.object, Pending: pending, Create: err}
		}
	}
}

// exists is the error for a create that was refused since the object is there.
func (k creation[T]) exists(ctx context.Context, c *Client, refusal error) error {
	e := &ExistsError{Object: k.object, Cause: refusal}
	if existing, found, err := k.lookAgain(ctx, c); err == nil && found {
		e.ID = k.facts(existing).id
	}
	return e
}

// lookAgain looks even when the run was cancelled: something was sent.
func (k creation[T]) lookAgain(ctx context.Context, c *Client) (T, bool, error) {
	ctx, cancel := c.detach(ctx)
	defer cancel()
	return k.find(ctx)
}

// createdByThisRun is parts 2 and 3 of the proof.
func (c *Client) createdByThisRun(m provenance, pending PendingCreate) bool {
	if m.at.IsZero() || m.foreign || pending.AskedAt.IsZero() {
		return false
	}
	return !m.at.Truncate(time.Second).Before(pending.AskedAt)
}

// ownedIDs holds the ids of what this client has made, part 4 of the proof: two
// creations of one name must not both take what one of them made.
type ownedIDs struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

// add claims an id, and reports false if it was ownedIDs before.
func (m *ownedIDs) add(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.ids[id]; taken {
		return false
	}
	if m.ids == nil {
		m.ids = map[string]struct{}{}
	}
	m.ids[id] = struct{}{}
	return true
}

func (m *ownedIDs) has(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.ids[id]
	return ok
}
