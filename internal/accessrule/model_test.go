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
	text      = types.StringValue
	number    = types.Int64Value
	noText    = types.StringNull()
	noNumber  = types.Int64Null()
	anyText   = types.StringUnknown()
	anyNumber = types.Int64Unknown()
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

// The half of role_id and role_name that is computed, as far as no control plane
// has to be asked.
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
		"an ID, nothing known yet":           {number(5), noText, nil, number(5), anyText},
		"a name, nothing known yet":          {noNumber, text("Researcher"), nil, anyNumber, text("Researcher")},
		"an unknown id":                      {anyNumber, noText, nil, anyNumber, anyText},
		"an unknown name":                    {noNumber, anyText, nil, anyNumber, anyText},
		"an unknown id over a state":         {anyNumber, noText, stored, anyNumber, anyText},
		"an unknown name over a state":       {noNumber, anyText, stored, anyNumber, anyText},
		"the ID of the state":                {number(5), noText, stored, number(5), text("Researcher")},
		"the name of the state":              {noNumber, text("Researcher"), stored, number(5), text("Researcher")},
		"another id":                         {number(6), noText, stored, number(6), anyText},
		"another name":                       {noNumber, text("Viewer"), stored, anyNumber, text("Viewer")},
		"the name in another case is looked": {noNumber, text("researcher"), stored, anyNumber, text("researcher")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			config := resourceModel{RoleID: c.id, RoleName: c.name}
			plan := config
			if plan.RoleID.IsNull() {
				plan.RoleID = anyNumber
			}
			if plan.RoleName.IsNull() {
				plan.RoleName = anyText
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
		"given":                              {text("project"), text("7"), nil, text("7"), false},
		"given, over a state":                {text("project"), text("8"), stored("project", "7"), text("8"), false},
		"left out for the tenant, not known": {text("tenant"), noText, nil, anyText, false},
		"left out for the tenant, as before": {text("tenant"), noText, stored("tenant", "1001"), text("1001"), false},
		"left out for the system, as before": {text("system"), noText, stored("system", "1001"), text("1001"), false},
		"left out for another type":          {text("tenant"), noText, stored("project", "7"), anyText, false},
		"an unknown type":                    {anyText, noText, stored("project", "7"), anyText, false},
		"an unknown id":                      {text("project"), anyText, stored("project", "7"), anyText, false},
		"left out for a project":             {text("project"), noText, stored("project", "7"), anyText, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			config := resourceModel{ScopeType: c.scopeType, ScopeID: c.id}
			plan := config
			if plan.ScopeID.IsNull() {
				plan.ScopeID = anyText
			}
			(&Resource{}).planScope(t.Context(), config, &plan, c.state, &diags)
			if !plan.ScopeID.Equal(c.want) || diags.HasError() != c.refused {
				t.Errorf("got %s, %v, want %s", plan.ScopeID, diags, c.want)
			}
		})
	}
}

// What the user wrote stays as it was written where the control plane means the
// same.
func TestFromAPI(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 1, 12, 0, 0, 123_000_000, time.UTC)
	told := runai.AccessRule{
		ID: 7, SubjectID: "ci", SubjectType: runai.SubjectServiceAccount, RoleID: 5, RoleName: "Researcher", ScopeType: "tenant",
		ScopeID: "1001", ScopeName: "acme", TenantID: "1001", CreatedBy: "terraform", CreatedAt: at,
	}
	whole := resourceModel{
		ID: text("7"), SubjectID: text("ci"), SubjectType: text("app"), RoleID: number(5), RoleName: text("Researcher"),
		ScopeType: text("tenant"), ScopeID: text("1001"), ScopeName: text("acme"), ClusterID: noText, WaitForReady: types.BoolValue(false),
	}
	for name, c := range map[string]struct {
		state func(m *resourceModel)
		told  func(r *runai.AccessRule)
		same  bool
		want  func(m *resourceModel)
	}{
		"an import":                  {state: func(m *resourceModel) { *m = resourceModel{ID: text("7")} }},
		"nothing new":                {},
		"the other spelling":         {state: func(m *resourceModel) { m.SubjectType = text("service-account") }, want: func(m *resourceModel) { m.SubjectType = text("service-account") }},
		"another type":               {told: func(r *runai.AccessRule) { r.SubjectType = "group" }, want: func(m *resourceModel) { m.SubjectType = text("group") }},
		"the same subject":           {told: func(r *runai.AccessRule) { r.SubjectID = "3f7c" }, same: true},
		"another subject":            {told: func(r *runai.AccessRule) { r.SubjectID = "3f7c" }, want: func(m *resourceModel) { m.SubjectID = text("3f7c") }},
		"the role was renamed":       {told: func(r *runai.AccessRule) { r.RoleName = "Researcher (Legacy)" }},
		"another role":               {told: func(r *runai.AccessRule) { r.RoleID, r.RoleName = 6, "Viewer" }, want: func(m *resourceModel) { m.RoleID, m.RoleName = number(6), text("Viewer") }},
		"the scope was renamed":      {told: func(r *runai.AccessRule) { r.ScopeName = "acme-2" }, want: func(m *resourceModel) { m.ScopeName = text("acme-2") }},
		"a cluster that is not told": {state: func(m *resourceModel) { m.ClusterID = text("c") }, want: func(m *resourceModel) { m.ClusterID = text("c") }},
		"a cluster that is told":     {told: func(r *runai.AccessRule) { r.ClusterID = "c" }, want: func(m *resourceModel) { m.ClusterID = text("c") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, rule, want := whole, told, whole
			if c.state != nil {
				c.state(&got)
			}
			if c.told != nil {
				c.told(&rule)
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
