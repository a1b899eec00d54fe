package application_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// verifyingSignIn is a row of the page's table of sign-ins that verify a secret.
type verifyingSignIn struct {
	// arrange are ways to get this response from the control plane. The provider has
	// signed in before.
	arrange []func(cp *acctest.ControlPlane)
	// byToken: the provider has an access token.
	byToken bool
	// status is client_secret_status after the refresh. It was valid before.
	status string
	// signIns is the number of requests for a token in the refresh.
	signIns int
	warns   bool
}

var verifyingSignIns = map[string]verifyingSignIn{
	"is accepted": {arrange: []func(*acctest.ControlPlane){func(*acctest.ControlPlane) {}}, status: "valid", signIns: 1},
	"is refused, the application is enabled, and the provider's own sign-in works right after": {
		arrange: []func(*acctest.ControlPlane){regenerateElsewhere}, status: "revoked", signIns: 2,
	},
	"is refused, and the provider's own is refused as well": {
		arrange: []func(*acctest.ControlPlane){func(cp *acctest.ControlPlane) { cp.RefuseSignIns(true) }}, signIns: 2,
	},
	"is not made, since the application is disabled": {
		arrange: []func(*acctest.ControlPlane){func(cp *acctest.ControlPlane) {
			regenerateElsewhere(cp)
			cp.SetApplicationEnabled("ci-pipeline", false)
		}}, signIns: 0,
	},
	"is refused, and the provider has an `access_token`": {
		arrange: []func(*acctest.ControlPlane){regenerateElsewhere}, byToken: true, signIns: 1,
	},
	"gets 429 (too many requests)": {
		arrange: []func(*acctest.ControlPlane){func(cp *acctest.ControlPlane) {
			cp.InjectFaultWith(acctest.GetToken, "status", http.StatusTooManyRequests, -1)
		}}, signIns: 1, warns: true,
	},
	"gets another error, the response of a gateway, or none": {
		arrange: []func(*acctest.ControlPlane){
			func(cp *acctest.ControlPlane) {
				cp.InjectFaultWith(acctest.GetToken, "status", http.StatusServiceUnavailable, -1)
			},
			func(cp *acctest.ControlPlane) {
				cp.InjectFaultWith(acctest.GetToken, "html", http.StatusUnauthorized, -1)
			},
			func(cp *acctest.ControlPlane) { cp.InjectFault(acctest.GetToken, "drop-before", -1) },
		}, signIns: 1,
	},
}

func regenerateElsewhere(cp *acctest.ControlPlane) { cp.RegenerateSecret("ci-pipeline") }

// A refresh has the result that the table of the page states in each row.
func TestApplication_Verify_TableOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../templates/resources/application.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n| the sign-in | `client_secret_status` |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \|$`).FindAllStringSubmatch(table, -1) {
		rows[row[1]] = row[2]
		if _, ok := verifyingSignIns[row[1]]; !ok {
			t.Errorf("no test arranges a sign-in that %s", row[1])
		}
	}
	for name, c := range verifyingSignIns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row, want, says := rows[name], c.status, "`"+c.status+"`"
			if want == "" {
				want, says = "valid", "stays as it was"
			}
			if !strings.HasPrefix(row, says) || strings.Contains(row, "a warning says") != c.warns {
				t.Errorf("the row says %q, want %s, and a warning: %t", row, says, c.warns)
			}
			for _, arrange := range c.arrange {
				c.check(t, arrange, want)
			}
		})
	}
}

func (c verifyingSignIn) check(t *testing.T, arrange func(*acctest.ControlPlane), want string) {
	t.Helper()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	app := cp.Instance(t, "runai_application")
	app.MustApply(acctest.Arguments{"name": "ci-pipeline", "verify_client_secret": "report"})
	process := cp.Protocol(t)
	if c.byToken {
		token, err := cp.Client().SignIn(t.Context(), "terraform", runai.NewSecret("terraform-secret"))
		if err != nil {
			t.Fatal(err)
		}
		process = cp.ProtocolWith(t, acctest.Arguments{"base_url": cp.URL, "access_token": token.Value.Reveal()})
	}
	arrange(cp)
	cp.ResetRequests()
	diags := app.In(process).Refresh()
	if got := app.Attributes()["client_secret_status"]; got != want {
		t.Errorf("the status is %v, want %s", got, want)
	}
	if n := cp.Calls(acctest.GetToken); n != c.signIns {
		t.Errorf("%d requests for a token, want %d", n, c.signIns)
	}
	if warned := strings.Contains(diags.String(), "Client Secrets Are Not Verified"); warned != c.warns || diags.HasError() {
		t.Errorf("a warning: %t, want %t:%s", warned, c.warns, diags)
	}
}
