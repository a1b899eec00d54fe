package provider_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// identified are the resources, each with arguments for its create and for an update in
// place.
func identified(cp *acctest.ControlPlane) map[string]struct{ created, updated acctest.Arguments } {
	rule := acctest.Arguments{"subject_id": "ci-rule", "subject_type": "app", "role_id": cp.Roles()[0].ID, "scope_type": "tenant"}
	ready := maps.Clone(rule)
	ready["wait_for_ready"] = true
	app := acctest.Arguments{"name": "ci-pipeline"}
	disabled := acctest.Arguments{"name": "ci-pipeline", "enabled": false}
	return map[string]struct{ created, updated acctest.Arguments }{
		"runai_application":     {app, disabled},
		"runai_service_account": {app, disabled},
		"runai_access_rule":     {rule, ready},
	}
}

// forEachResource runs a test for each resource, on its own control plane.
func forEachResource(t *testing.T, test func(t *testing.T, cp *acctest.ControlPlane, typeName string)) {
	t.Helper()
	for _, typeName := range []string{"runai_application", "runai_service_account", "runai_access_rule"} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cp.CreateApplication("ci-rule", "jane@acme.example")
			test(t, cp, typeName)
		})
	}
}

// Create, Read and Update each set the identity, since the requests omit it.
func TestIdentity_IsID_AfterCreateReadUpdate(t *testing.T) {
	t.Parallel()
	forEachResource(t, func(t *testing.T, cp *acctest.ControlPlane, typeName string) {
		t.Helper()
		resource := cp.Instance(t, typeName)
		resource.WithoutIdentity = true
		arguments := identified(cp)[typeName]
		expectID := func(after string) {
			t.Helper()
			if id := resource.Attributes()["id"]; resource.Identity() == "" || resource.Identity() != id {
				t.Errorf("after the %s the identity is %q, and the ID %q", after, resource.Identity(), id)
			}
		}
		resource.MustApply(arguments.created)
		expectID("create")
		plan := resource.Plan(arguments.updated)
		expectID("read")
		if diags := resource.Apply(plan); diags.HasError() {
			t.Fatal(diags)
		}
		expectID("update")
	})
}

// If an upgrade of the control plane changes the ID of an application, the identity
// changes as well.
func TestIdentity_IDChanged_Follows(t *testing.T) {
	t.Parallel()
	for _, typeName := range []string{"runai_application", "runai_service_account"} {
		cp := acctest.New(t)
		app := cp.Instance(t, typeName)
		app.MustApply(acctest.Arguments{"name": "ci-pipeline"})
		before, id := app.Identity(), cp.RenumberApplication("ci-pipeline")
		if plan := app.Plan(acctest.Arguments{"name": "ci-pipeline"}); plan.Diagnostics.HasError() || app.Identity() != id || id == before {
			t.Errorf("%s: the identity was %s and is %s, want %s; diagnostics:%s", typeName, before, app.Identity(), id, plan.Diagnostics)
		}
	}
}

// After a create with an unknown outcome, the identity has the name or the key instead
// of the ID. It can be imported.
func TestIdentity_OfPendingCreate_CanBeImported(t *testing.T) {
	t.Parallel()
	forEachResource(t, func(t *testing.T, cp *acctest.ControlPlane, typeName string) {
		t.Helper()
		create, list := acctest.CreateApplication, acctest.ListApplications
		if typeName == "runai_access_rule" {
			create, list = acctest.CreateAccessRule, acctest.ListAccessRules
		}
		resource := cp.Instance(t, typeName)
		plan := resource.Plan(identified(cp)[typeName].created)
		cp.OnCall(create, func() { cp.InjectFaultWith(list, "status", 503, -1) })
		cp.InjectFault(create, "drop-after", 1)
		if diags := resource.Apply(plan); !strings.Contains(diags.String(), "outcome") || resource.Attributes()["id"] != nil {
			t.Fatalf("the outcome of the create is known; diagnostics:%s", diags)
		}
		cp.ClearFaults()
		p := cp.Protocol(t)
		imported, diags := p.ImportByIdentity(typeName, resource.Identity())
		if len(diags) > 0 {
			t.Fatalf("the identity %q cannot be imported:%s", resource.Identity(), diags)
		}
		if id := imported.Attributes()["id"]; id == nil || imported.Identity() != id {
			t.Errorf("the identity is %q, and the ID %v", imported.Identity(), id)
		}
	})
}

// An import by identity has the same result as an import by ID.
func TestImport_ByIdentity_EqualsImportByID(t *testing.T) {
	t.Parallel()
	forEachResource(t, func(t *testing.T, cp *acctest.ControlPlane, typeName string) {
		t.Helper()
		resource := cp.Instance(t, typeName)
		resource.MustApply(identified(cp)[typeName].created)
		id := resource.Identity()
		p := cp.Protocol(t)
		byIdentity, diags := p.ImportByIdentity(typeName, id)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		byID := p.Import(typeName, id)
		if got, want := byIdentity.Attributes(), byID.Attributes(); !reflect.DeepEqual(got, want) || got["id"] != id {
			t.Errorf("got %v, want %v", got, want)
		}
		if byIdentity.Identity() != id || byID.Identity() != id {
			t.Errorf("the identities are %q and %q, want %q", byIdentity.Identity(), byID.Identity(), id)
		}
	})
}

// An identity without an ID is one error, without a request.
func TestImport_IdentityWithoutID_OneError(t *testing.T) {
	t.Parallel()
	forEachResource(t, func(t *testing.T, cp *acctest.ControlPlane, typeName string) {
		t.Helper()
		p := cp.Protocol(t)
		cp.ResetRequests()
		_, diags := p.ImportByIdentity(typeName, nil)
		if len(diags) != 1 || !strings.Contains(strings.ToLower(diags[0].Detail), " id") || len(cp.Requests()) != 0 {
			t.Errorf("requests %v, diagnostics:%s", cp.Requests(), diags)
		}
	})
}
