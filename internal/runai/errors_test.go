package runai_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// The exact message for each kind of response.
func TestError_Messages(t *testing.T) {
	t.Parallel()
	const (
		head   = `could not delete access rule app/ci/5/tenant/1001 (ID 7): DELETE URL/api/v1/authorization/access-rules/7 `
		signed = ` Signed in at URL as "terraform", tenant 1001. Check that the credentials belong to this control plane and have a role that permits this.`
		other  = ` A gateway or proxy responded instead of the control plane: check base_url, gateways and proxies.`
	)
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
		is     error
	}{
		{
			"the API's error", respond(400, "application/json", `{"code":400,"message":"Required parameter is missing","details":"scopeId"}`),
			head + `responded with 400 Bad Request: Required parameter is missing: scopeId.`, nil,
		},
		{
			"a full stop of its own", respond(400, "application/json", `{"code":400,"message":"Something went wrong."}`),
			head + `responded with 400 Bad Request: Something went wrong.`, nil,
		},
		{
			"401", respond(401, "application/json", `{"code":401,"message":"Issuer is not familiar."}`),
			head + `responded with 401 Unauthorized: Issuer is not familiar (2 attempts).` + signed, runai.ErrUnauthorized,
		},
		{
			"403", respond(403, "application/json", `{"code":403,"message":"You do not have sufficient permissions."}`),
			head + `responded with 403 Forbidden: You do not have sufficient permissions.` + signed, runai.ErrForbidden,
		},
		{
			"409", respond(409, "application/json", `{"code":409,"message":"Resource with this name already exists"}`),
			head + `responded with 409 Conflict: Resource with this name already exists.`, runai.ErrConflict,
		},
		{
			"400 that is a 409", respond(400, "application/json", `{"code":400,"message":"Access rule already exists"}`),
			head + `responded with 400 Bad Request: Access rule already exists.`, runai.ErrConflict,
		},
		{
			"500", respond(500, "application/json", `{"code":500,"message":"Something went wrong."}`),
			head + `responded with 500 Internal Server Error: Something went wrong.`, nil,
		},
		{
			"503", respond(503, "application/json", `{"code":503,"message":"Please try again in few minutes."}`),
			head + `responded with 503 Service Unavailable: Please try again in few minutes (3 attempts).`, runai.ErrUnclear,
		},
		{
			"OAuth 2", respond(400, "application/json", `{"error":"invalid_request","error_description":"missing parameter"}`),
			head + `responded with 400 Bad Request: invalid_request: missing parameter.`, nil,
		},
		{
			"a page", page(403, "Blocked by policy"),
			head + `responded with 403 Forbidden, not in the form of the Run:ai API: Blocked by policy Blocked by policy.` + other, runai.ErrForbidden,
		},
		{
			"a page with 200", page(200, "Welcome"),
			head + `responded with 200 OK, not in the form of the Run:ai API: Welcome Welcome (3 attempts).` + other, runai.ErrUnclear,
		},
		{
			"text", respond(400, "text/plain", "upstream connect error\nor disconnect/reset before headers"),
			head + `responded with 400 Bad Request, not in the form of the Run:ai API: upstream connect error or disconnect/reset before headers.` + other, nil,
		},
		{
			"nothing", respond(400, "application/json", ""),
			head + `responded with 400 Bad Request, not in the form of the Run:ai API.` + other, nil,
		},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example/auth?x=1", http.StatusFound)
		}, head + `responded with 302 Found, not in the form of the Run:ai API: redirected to https://login.example/auth. The API never redirects: check base_url, and whether there is a sign-in proxy in front of the control plane.`, nil},
		{
			"a status nobody knows", respond(499, "application/json", `{"code":499,"message":"gone"}`),
			head + `responded with 499: gone.`, nil,
		},
		{
			"a long text", respond(400, "text/plain", strings.Repeat("blah ", 1000)),
			head + `responded with 400 Bad Request, not in the form of the Run:ai API: ` + strings.TrimSpace(strings.Repeat("blah ", 40)) + `…` + other, nil,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, fixtureOptions{client: withVersion(t, "2.24"), front: on("DELETE", rules+"/7", row.answer)})
			err := w.client.AccessRules.Delete(t.Context(), 7, runai.RuleKey{SubjectType: "app", SubjectID: "ci", RoleID: 5, ScopeType: "tenant", ScopeID: "1001"})
			if err == nil {
				t.Fatal("no error")
			}
			if got := strings.ReplaceAll(err.Error(), w.HTTP.URL, "URL"); got != row.want {
				t.Errorf("\n got %s\nwant %s", got, row.want)
			}
			for _, sentinel := range []error{runai.ErrNotFound, runai.ErrConflict, runai.ErrUnauthorized, runai.ErrForbidden, runai.ErrUnclear, runai.ErrUnreachable, runai.ErrCertificate, runai.ErrNotControlPlane, runai.ErrUnsupported} {
				if errors.Is(err, sentinel) != errors.Is(sentinel, row.is) {
					t.Errorf("is %q: %v", sentinel, errors.Is(err, sentinel))
				}
			}
		})
	}
}

// Neither errors nor the log contain a secret or a token that a server echoes in any
// form.
func TestError_EchoedCredentials_AreRedacted(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"json", "text", "html", "oauth", "long"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var logged strings.Builder
			echo := func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				said := fmt.Sprintf("you said %v with %v as %s", r.Header, r.PostForm, r.Header.Get("Authorization"))
				switch form {
				case "json":
					respond(400, "application/json", fmt.Sprintf(`{"code":400,"message":%q,"details":%q}`, said, said))(w, r)
				case "oauth":
					respond(401, "application/json", fmt.Sprintf(`{"error":"invalid_client","error_description":%q}`, said))(w, r)
				case "html":
					page(400, said)(w, r)
				case "long":
					respond(400, "text/plain", strings.Repeat("x", 150)+r.PostForm.Get("client_secret")+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))(w, r)
				default:
					respond(400, "text/plain", said)(w, r)
				}
			}
			const secret = "s3cr3t-with-some-length-that-crosses-the-cut-of-an-sanitize-0123456789-0123456789"
			for _, where := range []string{"sign in", "call"} {
				w := start(t, fixtureOptions{
					client: func(c *runai.Config) {
						withVersion(t, "2.24")(c)
						c.ClientSecret = runai.NewSecret(secret)
						c.Log = func(_ context.Context, message string, fields map[string]any) {
							mu.Lock()
							defer mu.Unlock()
							fmt.Fprintln(&logged, message, fields)
						}
					},
					front: func(http.Handler) http.Handler {
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if r.URL.Path == tokenV2 && where == "call" {
								respond(200, "application/json", `{"access_token":"opaque-t0k3n-of-some-length-0123456789-0123456789-0123456789"}`)(w, r)
								return
							}
							echo(w, r)
						})
					},
				})
				_, err := w.client.Applications.Create(t.Context(), "ci")
				if err == nil {
					t.Fatal("no error")
				}
				for what, text := range map[string]string{"error": err.Error(), "%+v": fmt.Sprintf("%+v", err), "%#v": fmt.Sprintf("%#v", err), "log": logged.String()} {
					for _, part := range []string{"s3cr3t", "t0k3n"} {
						if strings.Contains(text, part) {
							t.Errorf("%s, %s: %s", where, what, text)
						}
					}
				}
				if n := len(err.Error()); n > 1000 {
					t.Errorf("%d bytes", n)
				}
			}
		})
	}
}

func TestError_ExistsAndUnknownOutcome(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for want, err := range map[string]error{
		`application "ci" already exists (ID 7) and was not created by this run; nothing was changed.`:                                                                     &runai.ExistsError{Object: `application "ci"`, ID: "7"},
		`application "ci" already exists and was not created by this run; nothing was changed. cause`:                                                                      &runai.ExistsError{Object: `application "ci"`, Cause: cause},
		`"A b" is not a valid application name: 2 to 255 lower-case letters, digits, hyphens and underscores, beginning with a letter and ending with a letter or a digit`: &runai.InvalidNameError{Name: "A b"},
	} {
		if err.Error() != want {
			t.Errorf("\n got %s\nwant %s", err, want)
		}
	}
	if err := error(&runai.ExistsError{Cause: cause}); !errors.Is(err, runai.ErrConflict) || !errors.Is(err, cause) {
		t.Error("an ExistsError is a conflict with a cause")
	}
	look := errors.New("look")
	for _, err := range []error{&runai.UnknownOutcomeError{Object: "x", Create: cause}, &runai.UnknownOutcomeError{Object: "x", Create: cause, LookupErr: look}} {
		if !errors.Is(err, cause) || errors.Is(err, runai.ErrNotFound) || !strings.Contains(err.Error(), "outcome of creating x is unknown") {
			t.Errorf("%v", err)
		}
	}
}

func TestError_DeadlineAndCancellationDiffer(t *testing.T) {
	t.Parallel()
	w := start(t, fixtureOptions{client: withVersion(t, "2.24")}).ready()
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	err := w.client.AccessRules.Delete(ctx, 7, runai.RuleKey{SubjectType: "app", SubjectID: "ci", RoleID: 5, ScopeType: "tenant", ScopeID: "1001"})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "timed out (see timeouts)") {
		t.Errorf("error %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	err = w.client.AccessRules.Delete(ctx, 7, runai.RuleKey{SubjectType: "app", SubjectID: "ci", RoleID: 5, ScopeType: "tenant", ScopeID: "1001"})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "was canceled") {
		t.Errorf("error %v", err)
	}
	w.WantCount("DELETE", rule, 0)
	// Control: with a live context, the deletion is sent.
	if err := w.client.AccessRules.Delete(t.Context(), 7, runai.RuleKey{SubjectType: "app", SubjectID: "ci", RoleID: 5, ScopeType: "tenant", ScopeID: "1001"}); err != nil {
		t.Error(err)
	}
	w.WantCount("DELETE", rule, 1)
}
