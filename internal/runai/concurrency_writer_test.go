package runai_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// existing is the account that a writer keeps of what exists: an object is added
// after its creation and removed before its deletion, so that whatever is in the
// account for the whole length of a read exists.
type existing struct {
	mu    sync.Mutex
	apps  map[string]runai.ApplicationRef // by name
	rules map[int64]string                // the subjects, by ID
}

// app returns any of the applications.
func (e *existing) app() runai.ApplicationRef {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ref := range e.apps { // in random order
		return ref
	}
	return runai.ApplicationRef{}
}

// oldApp returns an application that the writer has not created. The client cannot
// distinguish a deleted application from a new one that a stale list lacks and whose ID
// has changed (DESIGN.md, known gaps).
func (e *existing) oldApp() runai.ApplicationRef {
	for {
		if ref := e.app(); !strings.HasPrefix(ref.Name, "churn-") {
			return ref
		}
	}
}

// rule returns any of the rules.
func (e *existing) rule() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id := range e.rules { // in random order
		return id
	}
	return 0
}

func (e *existing) has(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.apps[name]
	return ok
}

func (e *existing) hasRule(id int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.rules[id]
	return ok
}

func (e *existing) addApp(name string, ref runai.ApplicationRef) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.apps[name] = ref
}

func (e *existing) addRule(id int64, subject string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rules[id] = subject
}

// removeApp and removeRule remove one, and return it.
func (e *existing) removeApp() runai.ApplicationRef {
	ref := e.app()
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.apps, ref.Name)
	return ref
}

func (e *existing) removeRule() int64 {
	id := e.rule()
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.rules, id)
	return id
}

// Many read through one client, while another client, another principal and an
// upgrade create, rename and delete, pages are turned, lists expire, and every
// second list lacks its newest entries. What exists is never not found, and at the
// end the client returns what the control plane has (issue 15).
func TestConcurrency_AnotherClientWritesWhilePaging(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"2.17", "2.24"} {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			const readers, writes = 32, 120
			w := start(t, fixtureOptions{mock: mockserver.Options{Version: v, Applications: 100, AccessRules: 1200}}).ready()
			exists := &existing{apps: map[string]runai.ApplicationRef{}, rules: map[int64]string{}}
			for _, app := range w.State().Applications {
				exists.addApp(app.Name, runai.ApplicationRef{ID: app.ID, Name: app.Name, CreatedAt: app.CreatedAt})
			}
			for _, r := range w.State().AccessRules {
				exists.addRule(int64(r.ID), r.SubjectID)
			}
			faults := []mockserver.Fault{{Method: "GET", Path: rules, Kind: "stale-list"}, {Method: "GET", Path: accounts, Kind: "stale-list"}}
			if v == "2.17" {
				faults[1].Path = legacyApps
			}

			done := make(chan struct{})
			go func() {
				defer close(done)
				w.writeAsOthers(exists, writes, faults)
			}()
			parallel(readers, func(int) {
				for {
					select {
					case <-done:
						return
					default:
					}
					w.readOne(exists)
				}
			})

			w.wantStaleLists()
			w.ClearFaults()
			w.clock.Advance(runai.SnapshotAge)
			w.wantTruth()
		})
	}
}

// writeAsOthers changes n times what exists: by HTTP with a client of its own, and
// as another principal. Faults are armed for every change.
func (w *fixture) writeAsOthers(exists *existing, n int, faults []mockserver.Fault) {
	other := w.newClient()
	for i := range n {
		w.arm(faults...)
		name := fmt.Sprintf("churn-%03d", i)
		switch i % 6 {
		case 0:
			created, err := other.Applications.Create(w.t.Context(), name)
			if err != nil {
				w.t.Errorf("%s: %v", name, err)
				continue
			}
			app := w.ApplicationsNamed(name)[0]
			exists.addApp(name, runai.ApplicationRef{ID: created.ID, Name: name, CreatedAt: app.CreatedAt})
		case 1:
			rule, err := other.AccessRules.Create(w.t.Context(), w.ruleKey(name), "")
			if err != nil {
				w.t.Errorf("%s: %v", name, err)
				continue
			}
			exists.addRule(rule.ID, name)
		case 2:
			app := w.CreateApplication(name, anotherPrincipal)
			exists.addApp(name, runai.ApplicationRef{ID: app.ID, Name: name, CreatedAt: app.CreatedAt})
		case 3: // an upgrade: the ID changes, the application does not
			w.RenumberApplication(exists.oldApp().Name)
		case 4:
			if err := other.AccessRules.Delete(w.t.Context(), exists.removeRule(), runai.RuleKey{}); err != nil {
				w.t.Error(err)
			}
		default:
			w.DeleteApplication(exists.removeApp().Name)
		}
		w.clock.Advance(3 * time.Second)
	}
}

// readOne reads an application and a rule that exist, unless they are deleted in the
// meantime.
func (w *fixture) readOne(exists *existing) {
	ref := exists.app()
	app, err := w.client.Applications.Get(w.t.Context(), ref)
	switch {
	case err == nil && app.Name != ref.Name:
		w.t.Errorf("%s was read for %s", app.Name, ref.Name)
	case errors.Is(err, runai.ErrNotFound) && exists.has(ref.Name):
		w.t.Errorf("%s exists and was not found: %v", ref.Name, err)
	case err != nil && !errors.Is(err, runai.ErrNotFound):
		w.t.Errorf("%s: %v", ref.Name, err)
	}
	id := exists.rule()
	rule, err := w.client.AccessRules.Get(w.t.Context(), id)
	switch {
	case err == nil && rule.ID != id:
		w.t.Errorf("rule %d was read for %d", rule.ID, id)
	case errors.Is(err, runai.ErrNotFound) && exists.hasRule(id):
		w.t.Errorf("rule %d exists and was not found: %v", id, err)
	case err != nil && !errors.Is(err, runai.ErrNotFound):
		w.t.Errorf("rule %d: %v", id, err)
	}
}

// wantStaleLists fails if the faults have not hit lists of both, or if the lists of
// rules were not walked page by page: the test would show nothing.
func (w *fixture) wantStaleLists() {
	w.t.Helper()
	stale, pages := map[string]int{}, 0
	for _, r := range w.Log() {
		if r.Fault == "stale-list" {
			stale[r.Route]++
		}
		if r.Route == rules && r.Method == "GET" {
			pages++
		}
	}
	if len(stale) != 2 || pages < 10 {
		w.t.Errorf("%v stale lists, %d pages of rules", stale, pages)
	}
}

// wantTruth compares what the client lists, and reads one by one, with what the
// control plane has.
func (w *fixture) wantTruth() {
	w.t.Helper()
	var want, got []string
	for _, app := range w.State().Applications {
		want = append(want, "application "+app.ID+" "+app.Name)
		if read, err := w.client.Applications.Get(w.t.Context(), ref(app)); err != nil || read.Name != app.Name {
			w.t.Errorf("%s: %v, %v", app.Name, read.Name, err)
		}
	}
	for _, r := range w.State().AccessRules {
		if r.DeletedAt == nil {
			want = append(want, fmt.Sprintf("rule %d of %s", r.ID, r.SubjectID))
		}
	}
	apps, err := w.client.Applications.List(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, app := range apps {
		got = append(got, "application "+app.ID+" "+app.Name)
	}
	listed, err := w.client.AccessRules.List(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range listed {
		got = append(got, fmt.Sprintf("rule %d of %s", r.ID, r.SubjectID))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("the client lists %d objects, the control plane has %d", len(got), len(want))
	}
}
