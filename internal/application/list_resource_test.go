package application_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

var listTypes = []string{"runai_application", "runai_service_account"}

type arguments = acctest.Arguments

// query lists applications over the protocol and returns their display names.
func query(t *testing.T, p *acctest.Protocol, typeName string, args arguments) []string {
	t.Helper()
	names := []string{}
	for _, app := range p.List(typeName, args, 0) {
		for _, d := range app.Diagnostics {
			t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
		names = append(names, app.DisplayName)
	}
	return names
}

func TestListApplications_Filters(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	seedApplications(cp)
	p := cp.Protocol(t)
	role := cp.Role(5).Name
	for name, c := range map[string]struct {
		args arguments
		want []string
	}{
		"none: all, by name": {nil, []string{"alpha", "beta", "delta-ci", "gamma (disabled)", "terraform"}},
		"search":             {arguments{"search": "TA-C"}, []string{"delta-ci"}},
		"search in rules":    {arguments{"search": role, "name_regex": "^a"}, []string{"alpha"}},
		"name_regex":         {arguments{"name_regex": "^.e"}, []string{"beta", "delta-ci", "terraform"}},
		"created_by":         {arguments{"created_by": "jane@acme.example"}, []string{"alpha", "gamma (disabled)"}},
		"created_by_me":      {arguments{"created_by_me": true}, []string{"beta", "delta-ci"}},
		"enabled":            {arguments{"enabled": false}, []string{"gamma (disabled)"}},
		"role_name":          {arguments{"role_name": strings.ToUpper(role)}, []string{"alpha"}},
		"all together":       {arguments{"created_by_me": true, "name_regex": "ci$", "enabled": true}, []string{"delta-ci"}},
		"nothing matches":    {arguments{"search": "omega"}, []string{}},
	} {
		if cp.Version == "2.17" && (c.args["created_by"] != nil || c.args["created_by_me"] != nil) {
			c.want = []string{} // it does not report the creator
		}
		for _, typeName := range listTypes {
			if got := query(t, p, typeName, c.args); !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: %v, want %v", typeName, name, got, c.want)
			}
		}
	}
}

func TestListApplications_Resource_EqualsImport(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.18", "2.22", "2.24", "2.26", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			seedApplications(cp)
			p := cp.Protocol(t)
			for _, typeName := range listTypes {
				p.ExpectListedAsImported(typeName, 5)
			}
		})
	}
}

func TestListApplications_HaveNoSecret(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	seedApplications(cp)
	for _, app := range cp.Protocol(t).List("runai_application", nil, 0) {
		for name, value := range app.Resource {
			var s string
			if value.Type().Is(tftypes.String) && !value.IsNull() && value.As(&s) == nil && slices.Contains(cp.Issued(), s) {
				t.Errorf("%s of %s is a secret", name, app.DisplayName)
			}
		}
		if !app.Resource["client_secret"].IsNull() {
			t.Errorf("client_secret of %s is not null", app.DisplayName)
		}
	}
}

func TestListApplications_Limit(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Applications: 300})
	p := cp.Protocol(t)
	for _, c := range []struct{ limit, want int }{{10, 10}, {300, 300}, {301, 300}, {0, 300}} {
		if got := len(p.List("runai_application", nil, int64(c.limit))); got != c.want {
			t.Errorf("limit %d: %d applications, want %d", c.limit, got, c.want)
		}
	}
}

// Access rules are listed only for the filters that use them.
func TestListApplications_RulesListedOnlyForTheirFilters(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	seedApplications(cp)
	for _, c := range []struct {
		args arguments
		want int
	}{
		{nil, 0},
		{arguments{"name_regex": "a", "enabled": true, "created_by": "terraform"}, 0},
		{arguments{"search": "alpha"}, 1},
	} {
		p := cp.Protocol(t)
		cp.ResetRequests()
		query(t, p, "runai_application", c.args)
		if got := cp.Calls(acctest.ListAccessRules); got != c.want || cp.Calls(acctest.ListApplications) == 0 {
			t.Errorf("%v: access rules were listed %d times, want %d", slices.Collect(maps.Keys(c.args)), got, c.want)
		}
	}
}

func TestListApplications_Errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args      arguments
		fault     int // status of the list
		attribute string
		summary   string
		want      string
	}{
		"a role that does not exist":   {arguments{"role_name": "Veiwer"}, 0, "role_name", "Unable to List Service Accounts", "Viewer"},
		"an invalid expression":        {arguments{"name_regex": "("}, 0, "name_regex", "", "missing closing )"},
		"an empty search":              {arguments{"search": ""}, 0, "search", "", "search must not be empty"},
		"listing that is forbidden":    {nil, http.StatusForbidden, "", "Unable to List Service Accounts", "403"},
		"a control plane that is down": {nil, http.StatusInternalServerError, "", "Unable to List Service Accounts", "500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			p := cp.Protocol(t)
			if c.fault != 0 {
				cp.InjectFaultWith(acctest.ListApplications, "status", c.fault, 20)
			}
			diags := p.ListError("runai_service_account", c.args)
			diags.ExpectErrorAt(t, c.attribute, c.want)
			diags.ExpectErrorAt(t, c.attribute, c.summary)
		})
	}
}

func TestListApplications_UnconfiguredProvider_IsAnError(t *testing.T) {
	t.Parallel()
	acctest.New(t).UnconfiguredProtocol(t).ListError("runai_application", nil).ExpectErrorAt(t, "", "Provider Not Configured")
}
