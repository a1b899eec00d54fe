package accessrule

import (
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

var (
	text          = types.StringValue
	number        = types.Int64Value
	nullText      = types.StringNull()
	nullNumber    = types.Int64Null()
	unknownText   = types.StringUnknown()
	unknownNumber = types.Int64Unknown()
)

func TestParseImportID(t *testing.T) {
	t.Parallel()
	const formats = `Use the numeric ID of the rule, or subject_type/subject_id/role_id/scope_type/scope_id, such as app/ci-pipeline/5/project/7`
	for given, want := range map[string]struct {
		id  int64
		key *runai.RuleKey
		err string
	}{
		"1024":                               {id: 1024},
		"0":                                  {id: 0},
		"app/ci/5/project/7":                 {key: &runai.RuleKey{SubjectType: "app", SubjectID: "ci", RoleID: 5, ScopeType: "project", ScopeID: "7"}},
		"service-account/ci/5/tenant/1001":   {key: &runai.RuleKey{SubjectType: "service-account", SubjectID: "ci", RoleID: 5, ScopeType: "tenant", ScopeID: "1001"}},
		"user/jane@acme.example/1/system/1":  {key: &runai.RuleKey{SubjectType: "user", SubjectID: "jane@acme.example", RoleID: 1, ScopeType: "system", ScopeID: "1"}},
		"group//acme/ml/ops/5/cluster/c-1":   {key: &runai.RuleKey{SubjectType: "group", SubjectID: "/acme/ml/ops", RoleID: 5, ScopeType: "cluster", ScopeID: "c-1"}},
		"group/a/5/tenant/1/5/department/d1": {key: &runai.RuleKey{SubjectType: "group", SubjectID: "a/5/tenant/1", RoleID: 5, ScopeType: "department", ScopeID: "d1"}},

		"":                        {err: `the import ID is empty. ` + formats},
		"  ":                      {err: `the import ID is empty. ` + formats},
		"all-authenticated-users": {err: `"all-authenticated-users" cannot be imported: ` + errSubjectType.Error()},
		"ci-pipeline":             {err: `"ci-pipeline" is not the ID of an access rule. ` + formats},
		"-1":                      {err: `"-1" is not the ID of an access rule. ` + formats},
		"99999999999":             {err: `"99999999999" is not the ID of an access rule. ` + formats},
		"app/ci/5/project":        {err: `"app/ci/5/project" is not the ID of an access rule. ` + formats},
		"app/ci/viewer/tenant/1":  {err: `"viewer" in "app/ci/viewer/tenant/1" is not a role ID, which is a number. ` + formats},
		"app/ci/-5/tenant/1":      {err: `"-5" in "app/ci/-5/tenant/1" is not a role ID, which is a number. ` + formats},
		"robot/ci/5/tenant/1":     {err: `"robot" in "robot/ci/5/tenant/1" is not a subject type: app, service-account, user, group. ` + formats},
		"app/ci/5/galaxy/1":       {err: `"galaxy" in "app/ci/5/galaxy/1" is not a scope type: system, tenant, cluster, department, project. ` + formats},
		"app//5/tenant/1":         {err: `a part of "app//5/tenant/1" is empty. ` + formats},
		"app/ci/5/project/":       {err: `a part of "app/ci/5/project/" is empty. ` + formats},
		"app/ci/5/project/vision": {key: &runai.RuleKey{SubjectType: "app", SubjectID: "ci", RoleID: 5, ScopeType: "project", ScopeID: "vision"}},
	} {
		t.Run(given, func(t *testing.T) {
			t.Parallel()
			id, key, err := parseImportID(given)
			switch {
			case want.err != "":
				if err == nil || err.Error() != want.err {
					t.Errorf("error is %v, want %s", err, want.err)
				}
				return
			case err != nil:
				t.Fatal(err)
			case (key == nil) != (want.key == nil) || key != nil && *key != *want.key || id != want.id:
				t.Errorf("got %d, %v, want %d, %v", id, key, want.id, want.key)
			case key != nil && key.String() != given:
				t.Errorf("the key is written %s", key)
			}
		})
	}
}

// The computed one of role_id and role_name, as far as it needs no request.
func TestPlanRole(t *testing.T) {
	t.Parallel()
	stored := &resourceModel{RoleID: number(5), RoleName: text("Researcher")}
	for name, c := range map[string]struct {
		id       types.Int64 // configured
		name     types.String
		state    *resourceModel
		wantID   types.Int64
		wantName types.String
	}{
		"an ID, nothing known yet":     {number(5), nullText, nil, number(5), unknownText},
		"a name, nothing known yet":    {nullNumber, text("Researcher"), nil, unknownNumber, text("Researcher")},
		"an unknown ID":                {unknownNumber, nullText, nil, unknownNumber, unknownText},
		"an unknown name":              {nullNumber, unknownText, nil, unknownNumber, unknownText},
		"an unknown ID over a state":   {unknownNumber, nullText, stored, unknownNumber, unknownText},
		"an unknown name over a state": {nullNumber, unknownText, stored, unknownNumber, unknownText},
		"the ID of the state":          {number(5), nullText, stored, number(5), text("Researcher")},
		"the name of the state":        {nullNumber, text("Researcher"), stored, number(5), text("Researcher")},
		"another ID":                   {number(6), nullText, stored, number(6), unknownText},
		"another name":                 {nullNumber, text("Viewer"), stored, unknownNumber, text("Viewer")},
		"the name in another case":     {nullNumber, text("researcher"), stored, unknownNumber, text("researcher")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			config := resourceModel{RoleID: c.id, RoleName: c.name}
			plan := config
			if plan.RoleID.IsNull() {
				plan.RoleID = unknownNumber
			}
			if plan.RoleName.IsNull() {
				plan.RoleName = unknownText
			}
			(&Resource{}).planRole(t.Context(), config, &plan, c.state, &diags)
			if diags.HasError() || !plan.RoleID.Equal(c.wantID) || !plan.RoleName.Equal(c.wantName) {
				t.Errorf("got %s, %s, %v, want %s, %s", plan.RoleID, plan.RoleName, diags, c.wantID, c.wantName)
			}
		})
	}
}

func TestPlanScope(t *testing.T) {
	t.Parallel()
	stored := func(scopeType, id string) *resourceModel {
		return &resourceModel{ScopeType: text(scopeType), ScopeID: text(id)}
	}
	for name, c := range map[string]struct {
		scopeType, id types.String // configured
		state         *resourceModel
		want          types.String
		refused       bool
	}{
		"given":                             {text("project"), text("7"), nil, text("7"), false},
		"given, over a state":               {text("project"), text("8"), stored("project", "7"), text("8"), false},
		"omitted for the tenant, not known": {text("tenant"), nullText, nil, unknownText, false},
		"omitted for the tenant, as before": {text("tenant"), nullText, stored("tenant", "1001"), text("1001"), false},
		"omitted for the system, as before": {text("system"), nullText, stored("system", "1001"), text("1001"), false},
		"omitted for another type":          {text("tenant"), nullText, stored("project", "7"), unknownText, false},
		"an unknown type":                   {unknownText, nullText, stored("project", "7"), unknownText, false},
		"an unknown ID":                     {text("project"), unknownText, stored("project", "7"), unknownText, false},
		"omitted for a project":             {text("project"), nullText, stored("project", "7"), unknownText, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			config := resourceModel{ScopeType: c.scopeType, ScopeID: c.id}
			plan := config
			if plan.ScopeID.IsNull() {
				plan.ScopeID = unknownText
			}
			(&Resource{}).planScope(t.Context(), config, &plan, c.state, &diags)
			if !plan.ScopeID.Equal(c.want) || diags.HasError() != c.refused {
				t.Errorf("got %s, %v, want %s", plan.ScopeID, diags, c.want)
			}
		})
	}
}

// The configured spelling stays where the control plane returns an alias of it.
func TestFromAPI(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 1, 12, 0, 0, 123_000_000, time.UTC)
	returned := runai.AccessRule{
		ID: 7, SubjectID: "ci", SubjectType: runai.SubjectServiceAccount, RoleID: 5, RoleName: "Researcher", ScopeType: "tenant",
		ScopeID: "1001", ScopeName: "acme", TenantID: "1001", CreatedBy: "terraform", CreatedAt: at,
	}
	complete := resourceModel{
		ID: text("7"), SubjectID: text("ci"), SubjectType: text("app"), RoleID: number(5), RoleName: text("Researcher"),
		ScopeType: text("tenant"), ScopeID: text("1001"), ScopeName: text("acme"), ClusterID: nullText, WaitForReady: types.BoolValue(false),
	}
	for name, c := range map[string]struct {
		state    func(m *resourceModel)
		returned func(r *runai.AccessRule)
		same     bool
		want     func(m *resourceModel)
	}{
		"an import":                      {state: func(m *resourceModel) { *m = resourceModel{ID: text("7")} }},
		"nothing new":                    {},
		"the other spelling":             {state: func(m *resourceModel) { m.SubjectType = text("service-account") }, want: func(m *resourceModel) { m.SubjectType = text("service-account") }},
		"another type":                   {returned: func(r *runai.AccessRule) { r.SubjectType = "group" }, want: func(m *resourceModel) { m.SubjectType = text("group") }},
		"the same subject":               {returned: func(r *runai.AccessRule) { r.SubjectID = "3f7c" }, same: true},
		"another subject":                {returned: func(r *runai.AccessRule) { r.SubjectID = "3f7c" }, want: func(m *resourceModel) { m.SubjectID = text("3f7c") }},
		"the role was renamed":           {returned: func(r *runai.AccessRule) { r.RoleName = "Researcher (Legacy)" }},
		"another role":                   {returned: func(r *runai.AccessRule) { r.RoleID, r.RoleName = 6, "Viewer" }, want: func(m *resourceModel) { m.RoleID, m.RoleName = number(6), text("Viewer") }},
		"the scope was renamed":          {returned: func(r *runai.AccessRule) { r.ScopeName = "acme-2" }, want: func(m *resourceModel) { m.ScopeName = text("acme-2") }},
		"a cluster that is not returned": {state: func(m *resourceModel) { m.ClusterID = text("c") }, want: func(m *resourceModel) { m.ClusterID = text("c") }},
		"a cluster that is returned":     {returned: func(r *runai.AccessRule) { r.ClusterID = "c" }, want: func(m *resourceModel) { m.ClusterID = text("c") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, rule, want := complete, returned, complete
			if c.state != nil {
				c.state(&got)
			}
			if c.returned != nil {
				c.returned(&rule)
			}
			if c.want != nil {
				c.want(&want)
			}
			got.fromAPI(rule, c.same)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}
