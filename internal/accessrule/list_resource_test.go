package accessrule_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

type arguments = acctest.Arguments

// listIDs lists rules over the protocol and returns their IDs.
func listIDs(t *testing.T, p *acctest.Protocol, args arguments) []int {
	t.Helper()
	ids := []int{}
	for _, rule := range p.List("runai_access_rule", args, 0) {
		for _, d := range rule.Diagnostics {
			t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
		id, err := strconv.Atoi(rule.ID)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestListAccessRules_Filters(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	p := cp.Protocol(t)
	all := []int{r.own.ID, r.app.ID, r.user.ID, r.group.ID}
	for name, c := range map[string]struct {
		args arguments
		want []int
	}{
		"none: all but the deleted":   {nil, all},
		"subject_id":                  {arguments{"subject_id": r.app.SubjectID}, []int{r.app.ID}},
		"subject_id of a user":        {arguments{"subject_id": strings.ToUpper(r.user.SubjectID)}, []int{r.user.ID}},
		"subject_id of nobody":        {arguments{"subject_id": "nobody"}, []int{}},
		"subject_type":                {arguments{"subject_type": "group"}, []int{r.group.ID}},
		"subject_type by either name": {arguments{"subject_type": "service-account"}, []int{r.own.ID, r.app.ID}},
		"role_id":                     {arguments{"role_id": r.app.RoleID}, idsOf(cp, func(rule mockserver.AccessRule) bool { return rule.RoleID == r.app.RoleID })},
		"scope_type":                  {arguments{"scope_type": r.app.ScopeType}, idsOf(cp, func(rule mockserver.AccessRule) bool { return rule.ScopeType == r.app.ScopeType })},
		"scope_id":                    {arguments{"scope_id": r.user.ScopeID}, idsOf(cp, func(rule mockserver.AccessRule) bool { return rule.ScopeID == r.user.ScopeID })},
		"all together":                {arguments{"subject_id": r.app.SubjectID, "scope_type": "system"}, []int{}},
	} {
		if got := listIDs(t, p, c.args); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	role := cp.Role(r.app.RoleID)
	if got := listIDs(t, p, arguments{"role_name": strings.ToUpper(role.Name), "subject_type": "app"}); !slices.Contains(got, r.app.ID) {
		t.Errorf("role_name: %v", got)
	}
}

// idsOf returns the IDs of the active rules that meet a condition.
func idsOf(cp *acctest.ControlPlane, holds func(mockserver.AccessRule) bool) []int {
	ids := []int{}
	for _, rule := range cp.State().AccessRules {
		if rule.DeletedAt == nil && holds(rule) {
			ids = append(ids, rule.ID)
		}
	}
	return ids
}

func TestListAccessRules_Resource_EqualsImport(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.20", "2.22", "2.24", "2.26", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			seedRules(cp)
			cp.Protocol(t).ExpectListedAsImported("runai_access_rule", 4)
		})
	}
}

func TestListAccessRules_DisplayName(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	p := cp.Protocol(t)
	rules := p.List("runai_access_rule", arguments{"subject_id": r.app.SubjectID}, 0)
	if len(rules) != 1 {
		t.Fatalf("%d rules, want 1", len(rules))
	}
	for _, rule := range rules {
		var role, scope string
		if err := rule.Resource["role_name"].As(&role); err != nil {
			t.Fatal(err)
		}
		if err := rule.Resource["scope_name"].As(&scope); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("dashboard: %s in %s %s", role, r.app.ScopeType, scope); rule.DisplayName != want || role == "" || scope == "" {
			t.Errorf("%q, want %q", rule.DisplayName, want)
		}
	}
}

// A page has at most 500 rules. Each page is requested only when its first rule is
// consumed.
func TestListAccessRules_StreamsByPage(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{AccessRules: 1200})
	p := cp.Protocol(t)
	for _, c := range []struct {
		limit       int64
		taken       int // by the reader, which then stops
		want, pages int
	}{
		{limit: 10, taken: 2000, want: 10, pages: 1},
		{limit: 500, taken: 2000, want: 500, pages: 1},
		{limit: 501, taken: 2000, want: 501, pages: 2},
		{limit: 0, taken: 2000, want: 1200, pages: 3},
		{limit: 5000, taken: 2000, want: 1200, pages: 3},
		{limit: 1200, taken: 5, want: 5, pages: 1},
	} {
		before := cp.Calls(acctest.ListAccessRules)
		seen := map[string]bool{}
		for rule := range p.ListStream("runai_access_rule", nil, c.limit) {
			seen[rule.ID] = true
			if len(seen) == c.taken {
				break
			}
		}
		if got := cp.Calls(acctest.ListAccessRules) - before; len(seen) != c.want || got != c.pages {
			t.Errorf("limit %d, %d taken: %d rules from %d pages, want %d from %d", c.limit, c.taken, len(seen), got, c.want, c.pages)
		}
	}
}

// The limit counts the rules that match the filters.
func TestListAccessRules_Limit_CountsMatches(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{AccessRules: 700})
	added := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: "ml-team", SubjectType: "group", RoleID: 5, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	rules := cp.Protocol(t).List("runai_access_rule", arguments{"subject_type": "group"}, 1)
	if len(rules) != 1 || rules[0].ID != strconv.Itoa(added.ID) {
		t.Errorf("%+v", rules)
	}
}

// They have no subject, so the resource cannot manage them.
func TestListAccessRules_AllAuthenticatedUsers_Omitted(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "3.0"})
	p := cp.Protocol(t)
	before := listIDs(t, p, nil)
	added := cp.CreateAccessRule(mockserver.AccessRule{
		SubjectType: "all-authenticated-users", RoleID: 15, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	if got := listIDs(t, p, nil); !slices.Equal(got, before) || slices.Contains(got, added.ID) {
		t.Errorf("%v, want %v", got, before)
	}
}

func TestListAccessRules_Errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args      arguments
		fault     int // status of the list
		attribute string
		want      string
	}{
		"a role that does not exist":   {arguments{"role_name": "Veiwer"}, 0, "role_name", `Viewer`},
		"a scope type that is none":    {arguments{"scope_type": "cosmos"}, 0, "scope_type", "project"},
		"a subject type that is none":  {arguments{"subject_type": "all-authenticated-users"}, 0, "subject_type", "group"},
		"an empty subject":             {arguments{"subject_id": ""}, 0, "subject_id", "subject_id must not be empty"},
		"listing that is forbidden":    {nil, http.StatusForbidden, "", "403"},
		"a control plane that is down": {nil, http.StatusInternalServerError, "", "500"},
		"the same, for a subject":      {arguments{"subject_id": "ci"}, http.StatusInternalServerError, "", "500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			p := cp.Protocol(t)
			if c.fault != 0 {
				cp.InjectFaultWith(acctest.ListAccessRules, "status", c.fault, 20)
			}
			p.ListError("runai_access_rule", c.args).ExpectErrorAt(t, c.attribute, c.want)
		})
	}
}

// A failed page ends the list with an error, after the results of the pages before it.
func TestListAccessRules_FailedPage_EndsWithError(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{AccessRules: 700})
	p := cp.Protocol(t)
	n, failed := 0, false
	for rule := range p.ListStream("runai_access_rule", nil, 0) {
		if n++; n == 500 {
			cp.InjectFaultWith(acctest.ListAccessRules, "status", http.StatusForbidden, 20)
		}
		failed = len(rule.Diagnostics) > 0
	}
	if n != 501 || !failed {
		t.Errorf("%d results, failed %t", n, failed)
	}
}

func TestListAccessRules_UndecodableRules_Warn(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	r := seedRules(cp)
	cp.MalformAccessRule(r.app.ID, "roleId", "five")
	results := cp.Protocol(t).List("runai_access_rule", nil, 0)
	var warnings []string
	for _, result := range results {
		for _, d := range result.Diagnostics {
			warnings = append(warnings, d.Severity.String()+" "+d.Detail)
		}
	}
	if !slices.Equal(warnings, []string{"WARNING 1 of the access rules could not be decoded and are missing from the list."}) {
		t.Errorf("%q", warnings)
	}
	if len(results) != 4 { // the warning, and the three that are left
		t.Errorf("%d results", len(results))
	}
}

func TestListAccessRules_UnconfiguredProvider_IsAnError(t *testing.T) {
	t.Parallel()
	acctest.New(t).UnconfiguredProtocol(t).ListError("runai_access_rule", nil).ExpectErrorAt(t, "", "Provider Not Configured")
}
