package runai_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func TestDelete_Retry_NotFoundIsSuccess(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24"), closeEach: true}).ready()
	app := w.seed("ci")[0]
	w.arm(mockserver.Fault{Method: "DELETE", Path: account, Kind: "drop-after"})
	if err := w.client.Applications.Delete(t.Context(), byID(app.ID)); err != nil {
		t.Error(err)
	}
	w.WantCount("DELETE", account, 2)
	if len(w.ApplicationsNamed("ci")) != 0 {
		t.Error("it is still there")
	}
}

// Only a 404 in the API's own form counts as a deletion.
func TestDelete_404OfGateway_IsAnError(t *testing.T) {
	t.Parallel()
	for _, gateway := range []http.HandlerFunc{
		page(404, "Not Found"),
		respond(404, "text/plain", "404 page not found"),
		respond(404, "application/json", `{"message":"no Route matched with those values"}`),
		respond(404, "application/json", `{"timestamp":"2026-01-01T00:00:00Z","status":404,"error":"Not Found","path":"/"}`),
		respond(404, "application/json", `{"statusCode":404,"message":"Cannot DELETE","error":"Not Found"}`),
		respond(404, "application/json", `{"code":null,"message":"nothing here"}`),
		respond(404, "application/json", ``),
	} {
		w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: func(mock http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, accounts+"/") || strings.HasPrefix(r.URL.Path, rules+"/") {
					gateway(w, r)
					return
				}
				mock.ServeHTTP(w, r)
			})
		}}).ready()
		for what, err := range map[string]error{
			"application": w.client.Applications.Delete(t.Context(), byID("some-id")),
			"rule":        w.client.AccessRules.Delete(t.Context(), 1, runai.RuleKey{}),
		} {
			if err == nil || errors.Is(err, runai.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := w.client.Applications.Get(t.Context(), runai.ApplicationRef{ID: "some-id"}); err == nil || errors.Is(err, runai.ErrNotFound) {
			t.Errorf("get: %v", err)
		}
	}
}
