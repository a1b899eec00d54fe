package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const guides = examples + "/guides"

// guidesWithoutExample are the guides whose text another test checks.
var guidesWithoutExample = map[string]string{
	"large-tenants":   "make bench writes its results",
	"troubleshooting": "TestDiagnostics compares it with the code",
}

// TestGuides_ConfigurationsAreTested checks that every guide shows a file of its
// examples, that every file is shown, and that a test applies it: TestAccGuides_Apply
// for main.tf and versions.tf, otherwise a test that names the file.
func TestGuides_ConfigurationsAreTested(t *testing.T) {
	t.Parallel()
	templates, err := filepath.Glob("../../templates/guides/*.md.tmpl")
	if err != nil || len(templates) < 10 {
		t.Fatal(err, templates)
	}
	tests := ""
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, _ := read(t, file)
		tests += text
	}
	for _, path := range templates {
		name := strings.TrimSuffix(filepath.Base(path), ".md.tmpl")
		page, _ := read(t, path)
		if _, without := guidesWithoutExample[name]; strings.Contains(page, `"examples/`) == without {
			t.Errorf("%s shows an example: %t", name, !without)
		}
		files, err := filepath.Glob(filepath.Join(guides, name, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if shown := strings.TrimPrefix(file, "../../"); filepath.Ext(file) != "" && !strings.Contains(page, shown) {
				t.Errorf("%s does not show %s", name, shown)
			}
			if base := filepath.Base(file); filepath.Ext(base) != "" && base != "main.tf" && base != "versions.tf" &&
				!strings.Contains(tests, base+`"`) {
				t.Errorf("no test applies %s", file)
			}
		}
	}
}

// guide is a guide whose configuration was applied.
type guide struct {
	*acctest.ControlPlane
	*acctest.CLI
	configuration string
}

// guideSteps are the steps of a guide before and after its configuration is applied.
var guideSteps = map[string]struct{ before, after func(t *testing.T, g guide) }{
	"access-reviews": {after: func(t *testing.T, g guide) {
		t.Helper()
		const administrator, idle = "System administrators that are not on the list: joe@acme.example.", "have not signed in for 90 days: team-vision."
		g.Plan().ExpectNot(t, administrator, idle)
		g.CreateAccessRule(mockserver.AccessRule{
			SubjectID: "joe@acme.example", SubjectType: "user", RoleID: g.AccessRule("terraform").RoleID, ScopeType: "tenant", ScopeID: g.TenantID(),
		})
		g.SetLastLogin("team-vision", time.Now().AddDate(0, 0, -91))
		if plan := g.Plan(); plan.Code == 1 || !plan.Contains(administrator) || !plan.Contains(idle) {
			t.Errorf("exit code %d, want warnings of both checks: %s", plan.Code, plan.Output)
		}
	}},
	"importing-a-tenant": {after: func(t *testing.T, g guide) {
		t.Helper()
		acctest.Expect(t, g.ExpectMutations(0))
		g.CreateApplication("team-new", "jane@acme.example")
	}},
	"rotating-secrets": {after: func(t *testing.T, g guide) {
		t.Helper()
		g.Env = append(g.Env, "TF_VAR_rotation=incident-17")
		g.MustApply()
		acctest.Expect(t, g.SecretsIssued("usage-dashboard", 2))
		g.Configure(strings.Replace(g.configuration, "2026-10-01", "2026-11-29", 1))
		g.MustApply()
		for name, want := range map[string]int{"ci-pipeline": 2, "usage-dashboard": 2, "nightly-evaluation": 1} {
			acctest.Expect(t, g.SecretsIssued(name, want))
		}
	}},
	"service-accounts": {
		before: func(t *testing.T, g guide) {
			t.Helper()
			before := strings.ReplaceAll(g.configuration, "runai_service_account", "runai_application")
			i := strings.Index(before, "moved {")
			g.Configure(before[:i] + before[i+strings.Index(before[i:], "}\n")+2:])
			g.MustApply()
			g.ResetRequests()
		},
		after: func(t *testing.T, g guide) {
			t.Helper()
			if err := g.ExpectMutations(0)(nil); err != nil || g.State()["runai_service_account.ci"] == nil {
				t.Errorf("the move sent mutations: %v", err)
			}
		},
	},
}

// TestAccGuides_Apply applies the configuration of each guide, which then plans no
// change.
func TestAccGuides_Apply(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	folders, err := os.ReadDir(guides)
	if err != nil || len(folders) < 5 {
		t.Fatal(err, folders)
	}
	binary := acctest.ProviderBinary(t)
	for _, folder := range folders {
		name := folder.Name()
		if name == "self-hosted" {
			continue // TestAccGuides_SelfHosted
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
			for _, team := range []string{"team-vision", "team-speech"} { // what the guide on imports names
				cp.CreateApplication(team, "jane@acme.example")
			}
			g := guide{ControlPlane: cp, CLI: acctest.BinaryCLI(t, binary)}
			switch name {
			case "importing-a-tenant":
				g.Needs("import blocks with for_each", "1.7.0", "1.7.0")
			case "service-accounts":
				g.Needs("moves between types", "1.8.0", "1.10.0")
			}
			g.Env = append(g.Env, environment(cp)...)
			g.configuration, _ = read(t, filepath.Join(guides, name, "main.tf"))
			if versions, ok := read(t, filepath.Join(guides, name, "versions.tf")); ok {
				g.Write("versions.tf", versions)
			}
			steps := guideSteps[name]
			if steps.before != nil {
				steps.before(t, g)
			}
			g.Configure(g.configuration)
			g.MustApply()
			if steps.after != nil {
				steps.after(t, g)
			}
			g.Plan().Expect(t, 0)
			g.Destroy().Expect(t, 0)
		})
	}
}

// TestAccGuides_ImportOne generates the configuration of the objects in the guide on
// imports.
func TestAccGuides_ImportOne(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	cp.CreateApplication("ci-pipeline-prod", "jane@acme.example")
	cp.CreateAccessRule(mockserver.AccessRule{SubjectID: "ci-pipeline-prod", SubjectType: "app", RoleID: 5, ScopeType: "tenant", ScopeID: cp.TenantID()})
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	cli.Env = append(cli.Env, environment(cp)...)
	imports, _ := read(t, filepath.Join(guides, "importing-a-tenant", "one.tf"))
	imports = strings.ReplaceAll(imports, "/tenant/1001", "/tenant/"+cp.TenantID())
	cli.Configure(imports)
	cli.Plan("-generate-config-out=generated.tf").Expect(t, 2)
	cli.Configure(strings.ReplaceAll(imports, "  provider = runai\n", ""))
	cli.MustApply()
	if plan := cli.Plan(); plan.Code != 0 || len(cli.State()) != 2 {
		t.Errorf("%d resources are in the state, and the plan is: %s", len(cli.State()), plan.Output)
	}
	acctest.Expect(t, cp.ExpectMutations(0))
}
