package runai_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// tenant is a control plane with so many objects. It responds to a repeated
// request from memory, so that a benchmark measures the client.
type tenant struct {
	config runai.Config
	state  mockserver.State
}

func newTenant(b *testing.B, applications, rules int) tenant {
	b.Helper()
	mock, err := mockserver.New(mockserver.Options{Applications: applications, AccessRules: rules})
	if err != nil {
		b.Fatal(err)
	}
	var responses sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			mock.ServeHTTP(w, r)
			return
		}
		known, ok := responses.Load(r.URL.String())
		if !ok {
			known = httptest.NewRecorder()
			mock.ServeHTTP(known.(*httptest.ResponseRecorder), r)
			responses.Store(r.URL.String(), known)
		}
		response := known.(*httptest.ResponseRecorder)
		w.Header().Set("Content-Type", response.Header().Get("Content-Type"))
		w.WriteHeader(response.Code)
		_, _ = w.Write(response.Body.Bytes())
	}))
	b.Cleanup(server.Close)
	version, err := runai.ParseVersion("2.24")
	if err != nil {
		b.Fatal(err)
	}
	t := tenant{state: mock.State(), config: runai.Config{
		BaseURL: server.URL, ClientID: ownClientID, ClientSecret: runai.NewSecret(ownSecret), Version: version,
	}}
	token, err := t.client(b).SignIn(b.Context(), ownClientID, t.config.ClientSecret)
	if err != nil {
		b.Fatal(err)
	}
	t.config.AccessToken = token.Value
	return t
}

func (t tenant) client(b *testing.B) *runai.Client {
	b.Helper()
	c, err := runai.New(t.config)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// perObject reports the time for each object, which should not grow with their
// number.
func perObject(b *testing.B, objects int) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed())/float64(time.Nanosecond)/float64(b.N)/float64(objects), "ns/object")
}

// BenchmarkList_Applications fetches and decodes the whole list.
func BenchmarkList_Applications(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			t := newTenant(b, n, 1)
			if _, err := t.client(b).Applications.List(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if apps, err := t.client(b).Applications.List(b.Context()); err != nil || len(apps) != n {
					b.Fatal(len(apps), err)
				}
			}
			perObject(b, n)
		})
	}
}

// BenchmarkList_AccessRules fetches and decodes the whole list, page by page.
func BenchmarkList_AccessRules(b *testing.B) {
	for _, n := range []int{5_000, 50_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			t := newTenant(b, 1, n)
			if _, err := t.client(b).AccessRules.List(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if rules, err := t.client(b).AccessRules.List(b.Context()); err != nil || len(rules) != n {
					b.Fatal(len(rules), err)
				}
			}
			perObject(b, n)
		})
	}
}

// BenchmarkLookup finds single objects in lists that are loaded: by ID, as a
// refresh does, and by name or key, as a create does.
func BenchmarkLookup(b *testing.B) {
	for _, size := range []struct{ applications, rules int }{{1_000, 5_000}, {10_000, 50_000}} {
		t := newTenant(b, size.applications, size.rules)
		now := time.Now()
		t.config.Now = func() time.Time { return now } // the lists do not age
		client := t.client(b)
		if _, err := client.Applications.List(b.Context()); err != nil {
			b.Fatal(err)
		}
		if _, err := client.AccessRules.List(b.Context()); err != nil {
			b.Fatal(err)
		}
		apps, rules := t.state.Applications, t.state.AccessRules
		for name, find := range map[string]func(i int) error{
			"application by id": func(i int) error {
				_, err := client.Applications.Get(b.Context(), ref(apps[i%len(apps)]))
				return err
			},
			"application by name": func(i int) error {
				_, found, err := client.Applications.Named(b.Context(), apps[i%len(apps)].Name)
				if err == nil && !found {
					err = runai.ErrNotFound
				}
				return err
			},
			"rule by id": func(i int) error {
				_, err := client.AccessRules.Get(b.Context(), int64(rules[i%len(rules)].ID))
				return err
			},
			"rule by key": func(i int) error {
				rule := rules[i%len(rules)]
				_, err := client.AccessRules.Find(b.Context(), runai.RuleKey{
					SubjectType: runai.SubjectType(rule.SubjectType), SubjectID: rule.SubjectID,
					RoleID: int64(rule.RoleID), ScopeType: rule.ScopeType, ScopeID: rule.ScopeID,
				})
				return err
			},
		} {
			b.Run(name+"/"+strconv.Itoa(size.applications), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if err := find(i); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
