package provider_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// An existing tenant is imported with one query and one apply, without manual edits.
func TestAccQuery_Tenant_ImportedWithoutEdit(t *testing.T) {
	t.Parallel()
	const applications, rules = 300, 600
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24", Applications: applications, AccessRules: rules})
	importByQuery(t, cp, "runai_application", applications, rules)
}

// The same over the protocol, without a CLI: Terraform generates configuration from the
// results of the list resources. After an import with it, the plan has no change. Only
// lists are requested.
func TestQuery_Tenant_ImportedWithoutChange(t *testing.T) {
	t.Parallel()
	const applications, rules = 300, 600
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24", Applications: applications, AccessRules: rules})
	query, plan := cp.Protocol(t), cp.Protocol(t) // a process each
	for typeName, want := range map[string]int{"runai_application": applications, "runai_access_rule": rules} {
		schema := plan.Schemas().ResourceSchemas[typeName].Block.Attributes
		listed := query.List(typeName, nil, 0)
		if len(listed) != want {
			t.Fatalf("%d of %s are listed, want %d", len(listed), typeName, want)
		}
		for _, object := range listed {
			generated := acctest.Arguments{}
			for _, attribute := range schema {
				if attribute.Required || attribute.Optional {
					generated[attribute.Name] = object.Resource[attribute.Name]
				}
			}
			if planned := plan.Import(typeName, object.ID).PlanWithoutRefresh(generated); !planned.Empty || len(planned.Diagnostics) > 0 {
				t.Errorf("%s %s: no change: %t, diagnostics:%s", typeName, object.DisplayName, planned.Empty, planned.Diagnostics)
			}
		}
	}
	if err := cp.ExpectMutations(0)(nil); err != nil {
		t.Errorf("the import changed the tenant: %s", err)
	}
	total := 0
	for _, n := range cp.Requests() {
		total += n
	}
	if total < 4 || total > 20 {
		t.Errorf("%d requests, want those of two lists for the query and for the plan: %v", total, cp.Requests())
	}
}

// The same on other versions, under the other type name, and with subjects and scopes
// of each kind.
func TestAccQuery_EverySubjectAndScope(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.20", "2.22", "2.26", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.CreateApplication("dashboard", "jane@acme.example")
			cp.CreateApplication("retired", "jane@acme.example")
			cp.SetApplicationEnabled("retired", false)
			created := 0
			for _, scope := range [][2]string{
				{"tenant", cp.TenantID()}, {"cluster", cp.Clusters()[0].ID}, {"department", cp.Departments()[0].ID}, {"project", cp.Projects()[0].ID},
			} {
				for subjectType, subject := range map[string]string{"app": "dashboard", "user": "joe@acme.example", "group": "ml/${team}"} {
					cp.CreateAccessRule(mockserver.AccessRule{
						SubjectID: subject, SubjectType: subjectType, RoleID: 5, ScopeType: scope[0], ScopeID: scope[1], CreatedBy: "jane@acme.example",
					})
					created++
				}
			}
			importByQuery(t, cp, "runai_service_account", 3, created+1)
		})
	}
}

// importByQuery lists all applications and rules of a control plane, imports them with
// the configuration that the CLI generates, and checks that there are no other changes.
func importByQuery(t *testing.T, cp *acctest.ControlPlane, applicationType string, applications, rules int) {
	t.Helper()
	acctest.SkipUnlessAcceptance(t)
	cli := cp.CLI(t)
	cli.NeedsListResources()

	cli.Configure(cp.Config(""))
	query, _ := read(t, filepath.Join(guides, "importing-a-tenant/all.tfquery.hcl"))
	cli.Write("all.tfquery.hcl", strings.ReplaceAll(query, `"runai_application"`, strconv.Quote(applicationType)))
	cli.Run("query", "-no-color", "-generate-config-out=generated.tf").Expect(t, 0)
	generated, _ := read(t, filepath.Join(cli.Dir, "generated.tf"))
	if blocks := strings.Count(generated, "import {"); blocks != applications+rules {
		t.Fatalf("%d import blocks were generated, want %d", blocks, applications+rules)
	}

	cp.ResetRequests()
	cli.Plan("-out=tfplan").Expect(t, 2)
	imports := 0
	for _, change := range savedPlan(t, cli).ResourceChanges {
		if change.Change.Importing == nil || !change.Change.Actions.NoOp() {
			t.Errorf("%s: %v", change.Address, change.Change.Actions)
		}
		imports++
	}
	if imports != applications+rules {
		t.Errorf("%d imports, want %d", imports, applications+rules)
	}
	cli.Run("apply", "-no-color", "tfplan").Expect(t, 0)
	cli.Plan().Expect(t, 0)
	if err := cp.ExpectMutations(0)(nil); err != nil {
		t.Errorf("the import changed the tenant: %s", err)
	}

	state, _ := read(t, filepath.Join(cli.Dir, "terraform.tfstate"))
	for _, secret := range cp.Issued() {
		if strings.Contains(state, secret) || strings.Contains(generated, secret) {
			t.Fatal("a secret is in the state or in the generated configuration")
		}
	}
}

// The query with filters in the guide on imports has the results that the guide states.
func TestAccQuery_WithFilters(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.NeedsListResources()
	role := 0
	for _, r := range cp.Roles() {
		if r.Name == "L1 researcher" {
			role = r.ID
		}
	}
	for scopeType, scopeID := range map[string]string{"tenant": cp.TenantID(), "project": cp.Projects()[0].ID} {
		cp.CreateAccessRule(mockserver.AccessRule{SubjectID: "ml-" + scopeType, SubjectType: "group", RoleID: role, ScopeType: scopeType, ScopeID: scopeID})
	}
	cli.Configure(cp.Config(""))
	query, _ := read(t, filepath.Join(guides, "importing-a-tenant/filtered.tfquery.hcl"))
	cli.Write("filtered.tfquery.hcl", query)
	cli.Run("query", "-no-color").Expect(t, 0, "ml-project").ExpectNot(t, "ml-tenant")
}

// An error of a list is shown at its argument. Terraform shows errors of the validation
// at the block.
func TestAccQuery_Errors(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.NeedsListResources()
	cli.Configure(cp.Config(""))
	for _, c := range []struct{ argument, line, want string }{
		{`role_name = "Veiwer"`, `role_name = "Veiwer"`, `Did you mean "Viewer"?`},
		{`role_id = 123456`, `role_id = 123456`, "123456"},
		{`scope_type = "cosmos"`, `list "runai_access_rule" "all" {`, `value must be one of`},
	} {
		cli.Write("all.tfquery.hcl", `
list "runai_access_rule" "all" {
  provider = runai

  config {
    `+c.argument+`
  }
}
`)
		cli.Run("query", "-no-color").Expect(t, 1, c.line, c.want)
	}
}

// savedPlan returns the plan in the file tfplan.
func savedPlan(t *testing.T, cli *acctest.CLI) tfjson.Plan {
	t.Helper()
	r := cli.Run("show", "-json", "tfplan")
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(r.Stdout), &plan); r.Code != 0 || err != nil {
		t.Fatalf("%v: %s", err, r.Stderr)
	}
	return plan
}
