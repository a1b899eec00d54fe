package application_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// Of 1000 applications, 7 were regenerated elsewhere, 3 are disabled, 2 were deleted
// and the sign-ins of 5 get a 503. One refresh reports exactly the 7 as revoked, with
// one sign-in for each secret.
func TestAccApplication_Verify_1000Applications(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	const n, revoked, disabled, deleted, unavailable = 1000, 7, 3, 2, 5
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	name := func(i int) string { return fmt.Sprintf("app-%04d", i) }

	var broken []string
	instances := make([]any, 0, n)
	for i := range n {
		app := cp.CreateApplication(name(i), "jane@acme.example")
		secret := cp.RegenerateSecret(name(i))
		switch {
		case i < revoked:
			cp.RegenerateSecret(name(i))
		case i < revoked+disabled:
			cp.SetApplicationEnabled(name(i), false)
		case i < revoked+disabled+deleted:
			cp.DeleteApplication(name(i))
		case i < revoked+disabled+deleted+unavailable:
			broken = append(broken, name(i))
		}
		instances = append(instances, map[string]any{
			"schema_version": 0, "index_key": i,
			"attributes": map[string]any{
				"id": app.ID, "name": app.Name, "client_id": app.ClientID, "enabled": true, "client_secret": secret,
				"client_secret_version": 1, "verify_client_secret": "report", "client_secret_status": "valid",
			},
		})
	}

	behind, err := url.Parse(cp.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(behind)
	var mu sync.Mutex
	tried := map[string]int{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := signsInAs(t, r); id != "" {
			mu.Lock()
			tried[id]++
			mu.Unlock()
			if slices.Contains(broken, id) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = io.WriteString(w, `{"code":503,"message":"Please try again in a few minutes."}`)
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	cp.Tune(func(cfg *runai.Config) { cfg.BaseURL = front.URL })

	cli := cp.CLI(t)
	state, err := json.Marshal(map[string]any{
		"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "34eb3bf5-1498-a2ea-ce1c-ceff1ce4c255", "outputs": map[string]any{},
		"resources": []any{map[string]any{
			"mode": "managed", "type": "runai_application", "name": "test",
			"provider": fmt.Sprintf("provider[%q]", cli.ProviderAddress()), "instances": instances,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cli.Dir, "terraform.tfstate"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	cli.Configure(cp.Config(fmt.Sprintf(`
resource "runai_application" "test" {
  count                = %d
  name                 = format("app-%%04d", count.index)
  verify_client_secret = "report"
}`, n)))
	cp.ResetRequests()
	cli.Apply("-refresh-only").Expect(t, 0, "Client Secret Is Revoked")

	got := map[string]int{}
	for address, resource := range cli.State() {
		status := fmt.Sprint(resource.AttributeValues["client_secret_status"])
		got[status]++
		if i, _ := resource.AttributeValues["name"].(string); status == "revoked" && i >= name(revoked) {
			t.Errorf("%s is revoked", address)
		}
	}
	if got["revoked"] != revoked || got["valid"] != n-revoked-deleted || len(got) != 2 {
		t.Errorf("the statuses are %v", got)
	}
	acctest.Expect(t, cp.ExpectMutations(0))
	delete(tried, "terraform")
	most := 0
	for _, times := range tried {
		most = max(most, times)
	}
	if most != 1 || len(tried) != n-disabled-deleted {
		t.Errorf("%d secrets were verified, want %d, one of them %d times", len(tried), n-disabled-deleted, most)
	}
}

// signsInAs returns the client ID of a sign-in, or an empty string for another request.
func signsInAs(t *testing.T, r *http.Request) string {
	t.Helper()
	if r.URL.Path != "/api/v2/token" {
		return ""
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		t.Error(err)
	}
	return form.Get("client_id")
}
