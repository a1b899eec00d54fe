package mockserver_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver/mocktest"
)

func TestAccessRules_Create_AddsComputedMembers(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	for _, version := range mockserver.Versions() {
		c := start(t, mockserver.Options{Version: version, Now: clock.Now})
		project := c.Projects()[0]
		body := with(with(c.rule("ci", 1), "scopeType", "project"), "scopeId", project.ID)
		got := c.want(201, "POST", rulesPath, body).object()

		subjectType := "app"
		if version >= "2.24" {
			subjectType = "service-account"
		}
		want := map[string]any{
			"id": 2.0, "subjectId": "ci", "subjectType": subjectType, "roleId": 1.0, "roleName": "System administrator",
			"scopeType": "project", "scopeId": project.ID, "scopeName": project.Name, "tenantId": 1001.0,
			"createdAt": "2026-03-01T12:00:00.000Z", "updatedAt": "2026-03-01T12:00:00.000Z", "deletedAt": nil,
			"createdBy": "terraform",
		}
		if version >= "2.22" {
			want["status"] = map[string]any{"phase": "Ready"}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", version, got, want)
		}
		want["scopePath"] = "runai/cluster-a/default/vision"
		if got = c.want(200, "GET", rulesPath+"/2", nil).object(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: by ID %v, want %v", version, got, want)
		}
	}
}

func TestAccessRules_SubjectTypesByVersion(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		for _, subjectType := range []string{"user", "group", "app", "service-account"} {
			want := 201
			if subjectType == "service-account" && version < "2.24" {
				want = 400
			}
			c.want(want, "POST", rulesPath, with(c.rule("of-"+subjectType, 5), "subjectType", subjectType))
		}
	}
}

func TestAccessRules_Duplicate_Is409ForEachAlias(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	rule := c.rule("ci", 5)
	id := c.want(201, "POST", rulesPath, rule).object()["id"]
	c.do("POST", rulesPath, rule).wantError(409, "already exists")
	c.do("POST", rulesPath, with(rule, "subjectType", "service-account")).wantError(409, "already exists")
	c.want(201, "POST", rulesPath, with(rule, "subjectType", "user"))
	c.want(204, "DELETE", fmt.Sprint(rulesPath, "/", id), nil)
	c.want(201, "POST", rulesPath, rule) // a deleted rule is no conflict
}

func TestAccessRules_Delete_IsSoft(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.22")
	id := c.want(201, "POST", rulesPath, c.rule("ci", 5)).object()["id"]
	path := fmt.Sprint(rulesPath, "/", id)
	c.want(204, "DELETE", path, nil)
	c.do("GET", path, nil).wantError(404, "Resource id not found.")
	c.do("DELETE", path, nil).wantError(404, "Resource id not found.")

	if got := c.rules("?filterBy=subjectId==ci"); len(got) != 0 {
		t.Errorf("listed although deleted: %v", got)
	}
	got := c.rules("?filterBy=subjectId==ci&includeDeleted=true")
	if len(got) != 1 || got[0]["deletedAt"] == nil {
		t.Errorf("with deleted ones: %v", got)
	}
}

func TestAccessRules_ApplicationDeleted_Remain(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.create("ci")
	c.want(201, "POST", rulesPath, c.rule("ci", 5))
	c.DeleteApplication("ci")
	if got := c.rules("?filterBy=subjectId==ci"); len(got) != 1 {
		t.Errorf("%d rules", len(got))
	}
}

func TestAccessRules_Status(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.SetNewAccessRuleStatus("Creating", "")
	rule := c.want(201, "POST", rulesPath, c.rule("ci", 5)).object()
	if got := fmt.Sprint(rule["status"]); got != "map[phase:Creating]" {
		t.Errorf("at first %s", got)
	}
	c.SetAccessRuleStatus(int(rule["id"].(float64)), "NotReady", "cluster-a is away")
	later := c.rules("?filterBy=phase==NotReady")[0]["status"]
	if got := fmt.Sprint(later); got != "map[message:cluster-a is away phase:NotReady]" {
		t.Errorf("later %s", got)
	}
}

func TestAccessRules_Batches(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	subject := func(id string) map[string]string { return map[string]string{"subjectId": id, "subjectType": "user"} }
	created := c.want(200, "POST", rulesPath+"/batch-create", map[string]any{"payload": map[string]any{
		"roleId":   5,
		"subjects": []any{subject("a"), subject("b")},
		"scopes": []any{
			map[string]string{"scopeId": c.TenantID(), "scopeType": "tenant"},
			map[string]string{"scopeId": "999", "scopeType": "project"},
		},
	}}).object()
	if len(created["succeeded"].([]any)) != 2 || len(created["failed"].([]any)) != 2 {
		t.Errorf("created %v", created)
	}
	batch := map[string]any{"ids": []string{"2", "3", "77"}, "action": "validate_delete"}
	c.want(200, "POST", rulesPath+"/batch", batch)
	if n := len(c.rules("")); n != 3 {
		t.Errorf("%d rules after a validation, want 3", n)
	}
	deleted := c.want(200, "POST", rulesPath+"/batch", with(batch, "action", "delete")).object()
	if len(deleted["succeeded"].([]any)) != 2 || len(deleted["failed"].([]any)) != 1 || len(c.rules("")) != 1 {
		t.Errorf("deleted %v", deleted)
	}
	c.do("POST", rulesPath+"/batch", with(batch, "ids", []string{})).wantError(400, "ids")
	c.do("POST", rulesPath+"/batch", with(batch, "action", "burn")).wantError(400, "burn")
	old := startVersion(t, "2.21")
	old.do("POST", rulesPath+"/batch", batch).wantError(400, "validate_delete")
}

// rules returns the rules of a list with a query.
func (c *control) rules(query string) []map[string]any {
	c.t.Helper()
	var list struct{ AccessRules []map[string]any }
	c.want(200, "GET", rulesPath+query, nil).into(&list)
	return list.AccessRules
}

func TestAccessRuleList_Pages(t *testing.T) {
	t.Parallel()
	for _, total := range []int{1, 49, 50, 51, 499, 500, 501} {
		t.Run(fmt.Sprint(total), func(t *testing.T) {
			t.Parallel()
			c := start(t, mockserver.Options{AccessRules: total})
			for _, page := range []struct {
				query string
				want  int
			}{
				{"", min(50, total)},
				{"?limit=500", min(500, total)},
				{"?limit=500&offset=500", max(0, total-500)},
				{"?limit=1&offset=" + fmt.Sprint(total-1), 1},
				{"?offset=" + fmt.Sprint(total), 0},
			} {
				var list struct {
					TotalRecords, DisplayRecords int
					AccessRules                  []any
				}
				c.want(200, "GET", rulesPath+page.query, nil).into(&list)
				if list.TotalRecords != total || list.DisplayRecords != page.want || len(list.AccessRules) != page.want {
					t.Errorf("%q: %d of %d, %d in the list; want %d of %d", page.query,
						list.DisplayRecords, list.TotalRecords, len(list.AccessRules), page.want, total)
				}
			}
		})
	}
}

func TestAccessRuleList_Empty(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	c.DeleteAccessRule(1)
	want := `{"totalRecords":0,"displayRecords":0,"accessRules":[]}` + "\n"
	if got := string(c.do("GET", rulesPath, nil).body); got != want {
		t.Error(got)
	}
}

func TestAccessRuleList_BadParameters(t *testing.T) {
	t.Parallel()
	c := startVersion(t, "2.24")
	for query, text := range map[string]string{
		"limit=501":                         "limit",
		"limit=0":                           "limit",
		"limit=x":                           "limit",
		"offset=-1":                         "offset",
		"sortBy=name":                       "name",
		"sortOrder=up":                      "sortOrder",
		"includeDeleted=yes":                "includeDeleted",
		"filterBy=name==x":                  "name",
		"filterBy=subjectId":                "filterBy",
		"filterBy=subjectId==":              "filterBy",
		"filterBy=roleId==six":              "number",
		"filterBy=createdAt=@2026":          "dates",
		"filterBy=createdAt%3E%3Dyesterday": "date",
		"lastUpdated=yesterday":             "lastUpdated",
		"clusterId=cluster-a":               "clusterId",
		"roleId=0":                          "roleId",
		"filterBy=subjectId==a,subjectId~b": "subjectId~b",
	} {
		c.do("GET", rulesPath+"?"+query, nil).wantError(400, text)
	}
	startVersion(t, "2.21").do("GET", rulesPath+"?filterBy=phase==Ready", nil).wantError(400, "phase")
}

func TestAccessRuleList_FilterSearchSort(t *testing.T) {
	t.Parallel()
	clock := mocktest.NewClock()
	c := start(t, mockserver.Options{Now: clock.Now, TokenLifetime: 24 * time.Hour})
	a, b := c.Clusters()[0], c.Clusters()[1]
	add := func(subjectType, subject string, role int, scopeType, scope string) {
		clock.Advance(time.Hour)
		c.CreateAccessRule(mockserver.AccessRule{
			SubjectID: subject, SubjectType: subjectType, RoleID: role, ScopeType: scopeType, ScopeID: scope, CreatedBy: "me",
		})
	}
	add("app", "ci-main", 6, "cluster", a.ID)                   // 13:00
	add("user", "ann@acme.example", 10, "cluster", b.ID)        // 14:00
	add("app", "ci-night", 5, "project", c.Projects()[0].ID)    // 15:00, in cluster-a
	add("group", "ml", 15, "department", c.Departments()[1].ID) // 16:00, in cluster-b

	for query, want := range map[string][]string{
		"filterBy=subjectId==ci-main":                              {"ci-main"},
		"filterBy=subjectId!=ci-main":                              {"terraform", "ann@acme.example", "ci-night", "ml"},
		"filterBy=subjectId=@ci-":                                  {"ci-main", "ci-night"},
		"filterBy=subjectId!@i":                                    {"terraform", "ann@acme.example", "ml"},
		"filterBy=subjectId=^ann":                                  {"ann@acme.example"},
		"filterBy=subjectId=$night":                                {"ci-night"},
		"filterBy=roleId%3E%3D6":                                   {"ci-main", "ann@acme.example", "ml"},
		"filterBy=roleId%3C%3D6":                                   {"terraform", "ci-main", "ci-night"},
		"filterBy=roleName==ML%20engineer":                         {"ci-main"},
		"filterBy=scopeName==vision":                               {"ci-night"},
		"filterBy=createdAt%3E%3D2026-03-01T15:00:00Z":             {"ci-night", "ml"},
		"filterBy=createdAt==2026-03-01T13:00:00Z":                 {"ci-main"},
		"filterBy=subjectType==service-account,scopeType==cluster": {"ci-main"},
		"filterBy=subjectType==service-account&filterBy=roleId==5": {"ci-night"},
		"filterBy=subjectType==app":                                {}, // the trap: it answers the other spelling
		"subjectType=group":                                        {"ml"},
		"scopeId=" + b.ID:                                          {"ann@acme.example"},
		"clusterId=" + a.ID:                                        {"ci-main", "ci-night"},
		"subjectIds=ml,ci-main,nobody":                             {"ci-main", "ml"},
		"subjectIdFilter=ci-&roleId=5":                             {"ci-night"},
		"scopeType=department":                                     {"ml"},
		"lastUpdated=2026-03-01T15:30:00Z":                         {"ml"},
		"search=ENGINEER":                                          {"ci-main"},
		"search=cluster-":                                          {"ci-main", "ann@acme.example"},
		"sortBy=subjectId":                                         {"ann@acme.example", "ci-main", "ci-night", "ml", "terraform"},
		"sortBy=roleId&sortOrder=desc":                             {"ml", "ann@acme.example", "ci-main", "ci-night", "terraform"},
		"sortBy=createdAt&sortOrder=desc&limit=2":                  {"ml", "ci-night"},
		"sortBy=subjectType":                                       {"ml", "terraform", "ci-main", "ci-night", "ann@acme.example"},
	} {
		if got := names(c.rules("?"+query), "subjectId"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if n := c.want(200, "GET", rulesPath+"/count?filterBy=subjectId=@ci-", nil).object()["count"]; n != 2.0 {
		t.Errorf("count %v, want 2", n)
	}
}

func TestAccessRuleList_LegacyFilters_IgnoredFrom30(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		for _, query := range []string{"?subjectIdFilter=nobody", "?scopeType=project", "?roleId=5"} {
			if got := len(c.rules(query)) == 1; got != (version == "3.0") {
				t.Errorf("%s: %s is ignored: %t", version, query, got)
			}
		}
	}
}

func TestAccessRuleList_Search_From220(t *testing.T) {
	t.Parallel()
	for _, version := range mockserver.Versions() {
		c := startVersion(t, version)
		if got := len(c.rules("?search=nobody")) == 0; got != (version >= "2.20") {
			t.Errorf("%s: searches: %t", version, got)
		}
	}
}
