package runai_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// Terraform refreshes 1000 applications and 1000 rules with a Get of each. That takes
// one read and one list of the applications, two reads and three pages of the rules.
// Detection costs at most three requests, the last of which is the list.
func TestGet_1000OfEach_AtMostTenRequests(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"2.17", "2.20", "2.24", "3.0"} {
		for _, given := range []bool{true, false} {
			for _, parallelism := range []int{1, 10} {
				t.Run(fmt.Sprintf("%s given=%v parallelism=%d", v, given, parallelism), func(t *testing.T) {
					t.Parallel()
					w := start(t, fixtureOptions{mock: mockserver.Options{Version: v, Applications: 1000, AccessRules: 1000}, client: func(c *runai.Config) {
						if given {
							withVersion(t, v)(c)
						}
					}})
					if err := w.client.Connect(t.Context()); err != nil {
						t.Fatal(err)
					}
					w.ResetRequests() // of the token
					state := w.State()
					next := make(chan int)
					var readers sync.WaitGroup
					for range parallelism {
						readers.Go(func() {
							for i := range next {
								app, err := w.client.Applications.Get(t.Context(), ref(state.Applications[i]))
								if err != nil || app.Name != state.Applications[i].Name {
									t.Errorf("%v, %v", app, err)
								}
								if len(state.AccessRules) == 0 {
									continue
								}
								r, err := w.client.AccessRules.Get(t.Context(), int64(state.AccessRules[i].ID))
								if err != nil || r.SubjectID != state.AccessRules[i].SubjectID {
									t.Errorf("%v, %v", r, err)
								}
							}
						})
					}
					for i := range 1000 {
						next <- i
					}
					close(next)
					readers.Wait()
					if n := w.total(); n > 10 {
						t.Errorf("%d requests: %v", n, w.Requests())
					}
				})
			}
		}
	}
}

func TestGet_FirstByID_MoreByList(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 100}, client: withVersion(t, "2.24")}).ready()
	all := w.State().Applications
	for i := range 50 {
		if _, err := w.client.Applications.Get(t.Context(), ref(all[i])); err != nil {
			t.Error(err)
		}
		w.WantCount("GET", account, 1)
		w.WantCount("GET", accounts, min(i, 1))
	}
}

func TestGet_OwnWrite_IsVisible(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 10}}).ready()
	app := w.State().Applications[5]
	for i := range 4 {
		enabled := i%2 == 1
		if err := w.client.Applications.SetEnabled(t.Context(), byID(app.ID), enabled); err != nil {
			t.Fatal(err)
		}
		if got, err := w.client.Applications.Get(t.Context(), ref(app)); err != nil || got.Enabled != enabled {
			t.Errorf("%v, %v", got, err)
		}
		all, err := w.client.Applications.List(t.Context())
		if err != nil || all[5].ID != app.ID || all[5].Enabled != enabled {
			t.Errorf("%v, %v", all, err)
		}
	}
	if err := w.client.Applications.Delete(t.Context(), byID(app.ID)); err != nil {
		t.Fatal(err)
	}
	if got, err := w.client.Applications.Get(t.Context(), ref(app)); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("%v, %v", got, err)
	}
	created, err := w.client.Applications.Create(t.Context(), app.Name)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: created.ID}); err != nil || got.Name != app.Name {
		t.Errorf("%v, %v", got, err)
	}
	made, err := w.client.AccessRules.Create(t.Context(), w.ruleKey("ci"), "")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.client.AccessRules.Get(t.Context(), made.ID); err != nil || got.ID != made.ID {
		t.Errorf("%v, %v", got, err)
	}
	if err := w.client.AccessRules.Delete(t.Context(), made.ID, runai.RuleKey{}); err != nil {
		t.Fatal(err)
	}
	if got, err := w.client.AccessRules.Get(t.Context(), made.ID); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("%v, %v", got, err)
	}
}

// A list that was requested before a write is not used for reads after it.
func TestGet_ListFromBeforeWrite_IsNotUsed(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	var hold atomic.Bool
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 10}, client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isProbe(r) && hold.CompareAndSwap(true, false) {
				recorded := &recorder{header: http.Header{}}
				mock.ServeHTTP(recorded, r)
				close(held)
				<-release
				respond(200, "application/json", recorded.body.String())(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		})
	}}).ready()
	app := w.State().Applications[5]
	hold.Store(true)
	before := make(chan error, 1)
	go func() {
		_, err := w.client.Applications.List(alive(t))
		before <- err
	}()
	<-held
	if err := w.client.Applications.SetEnabled(t.Context(), byID(app.ID), false); err != nil {
		t.Fatal(err)
	}
	close(release)
	all, err := w.client.Applications.List(t.Context())
	if err != nil || all[5].Enabled {
		t.Errorf("%v, %v", all[5], err)
	}
	if err := <-before; err != nil {
		t.Error(err)
	}
	if got, err := w.client.Applications.Get(t.Context(), ref(app)); err != nil || got.Enabled {
		t.Errorf("%v, %v", got, err)
	}
}

func TestGet_ListForbidden_ReadsByID(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{mock: mockserver.Options{Applications: 10, AccessRules: 10}}).ready()
	w.clock.Advance(runai.SnapshotAge)
	w.arm(mockserver.Fault{Method: "GET", Path: accounts, Kind: "status", Status: 403, Count: -1}, mockserver.Fault{Method: "GET", Path: rules, Kind: "status", Status: 403, Count: -1})
	state := w.State()
	parallel(10, func(i int) {
		if _, err := w.client.Applications.Get(t.Context(), ref(state.Applications[i])); err != nil {
			t.Error(err)
		}
		if _, err := w.client.AccessRules.Get(t.Context(), int64(state.AccessRules[i].ID)); err != nil {
			t.Error(err)
		}
	})
	w.WantCount("GET", account, 10)
	w.WantCount("GET", rule, 10)
	if _, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: "no-such-id"}); !errors.Is(err, runai.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if _, err := w.client.Applications.List(t.Context()); !errors.Is(err, runai.ErrForbidden) {
		t.Errorf("error %v", err)
	}
}

// A list with a failed page is not cached.
func TestGet_IncompleteList_IsNotCached(t *testing.T) {
	t.Parallel()
	var listAll atomic.Int32
	w := start(t, fixtureOptions{mock: mockserver.Options{AccessRules: 1200}, client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
		return on("GET", rules, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if listAll.Add(1) == 3 {
				respond(500, "application/json", `{"code":500,"message":"Something went wrong."}`)(w, r)
				return
			}
			mock.ServeHTTP(w, r)
		}))(mock)
	}}).ready()
	if all, err := w.client.AccessRules.List(t.Context()); err == nil || all != nil {
		t.Errorf("%d rules, %v", len(all), err)
	}
	if all, err := w.client.AccessRules.List(t.Context()); err != nil || len(all) != 1200 {
		t.Errorf("%d rules, %v", len(all), err)
	}
}
