package application_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const block = `resource "runai_application" "test"`

// The plan refuses a name that the API of this version would refuse.
func TestApplication_Name_RefusedWhilePlanning(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]string{
		"UpperCase":       "MyApplication",
		"DigitFirst":      "1st",
		"HyphenLast":      "ci-",
		"OneLetter":       "a",
		"Space":           "ci pipeline",
		"Umlaut":          "prüfung",
		"LineBreak":       "ci-pipeline\n",
		"UnderscoreFirst": "_ci",
		"Dot":             "ci.pipeline",
		"Slash":           "ci/pipeline",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
			app := cp.Instance(t, "runai_application")
			app.Plan(acctest.Arguments{"name": given}).Diagnostics.ExpectErrorAt(t, "name", fmt.Sprintf("%q is not a valid application name: 2 to 255 lower-case letters", given))
			app.MustApply(acctest.Arguments{"name": "ci-pipeline"})
			acctest.Expect(t, cp.ExpectMutations(1))
		})
	}
}

func TestAccApplication_Name_RefusedWhilePlanning(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	cp.Test(
		resource.TestStep{
			PreConfig:   cp.ResetRequests,
			Config:      applicationConfig(cp, "MyApplication", ""),
			ExpectError: acctest.ErrorAtAttribute(block, "name", `"MyApplication" is not a valid application name: 2 to 255 lower-case letters`),
		},
		resource.TestStep{Config: applicationConfig(cp, "ci-pipeline", ""), Check: cp.ExpectMutations(1)},
	)
}

// Lengths are counted in characters, not in bytes.
func TestAccApplication_Name_Length(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.19"}) // which takes any character
	cp.Test(
		resource.TestStep{
			PreConfig:   cp.ResetRequests,
			Config:      applicationConfig(cp, strings.Repeat("ü", 256), ""),
			ExpectError: acctest.ErrorAtAttribute(block, "name", "UTF-8 character count must be at most 255, got: 256"),
		},
		resource.TestStep{Config: applicationConfig(cp, strings.Repeat("ü", 255), ""), Check: cp.ExpectMutations(1)},
	)
}

// An empty name is one error, which does not advise to omit the required argument.
func TestAccApplication_Name_Empty(t *testing.T) {
	t.Parallel()
	s := newSealedRun(t)
	for _, name := range []string{"", " "} {
		s.Configure(applicationConfig(s.ControlPlane, name, ""))
		r := s.CLI.Run("validate", "-no-color")
		if r.Code == 0 || strings.Count(r.Stderr, "Error: ") != 1 || strings.Contains(r.Stderr, "omit") ||
			!acctest.ErrorAtAttribute(block, "name", "name must not be empty.").MatchString(r.Stderr) {
			t.Errorf("%q: exit code %d: %s", name, r.Code, r.Output)
		}
	}
	s.Configure(applicationConfig(s.ControlPlane, "ab", ""))
	s.CLI.Run("validate", "-no-color").Expect(t, 0)
}

// Control planes before 2.20 accept any name.
func TestAccApplication_Name_AnyBefore220(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.17", "2.18", "2.19"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			cp.Run(t, resource.TestStep{
				Config:            applicationConfig(cp, "MyApplication", ""),
				ConfigPlanChecks:  acctest.EmptyAfter(),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("client_id"), knownvalue.StringExact("MyApplication"))},
				Check:             cp.SignsInAs(address),
			})
		})
	}
}

// Each version that refuses such names, detected.
func TestApplication_Name_RefusedFrom220On(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.20", "2.21", "2.22", "2.23", "3.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := acctest.NewWith(t, mockserver.Options{Version: version})
			app := cp.Instance(t, "runai_application")
			app.Plan(acctest.Arguments{"name": "MyApplication"}).Diagnostics.ExpectErrorAt(t, "name", `"MyApplication" is not a valid application name`)
			acctest.Expect(t, cp.ExpectMutations(0))
			app.MustApply(acctest.Arguments{"name": "my-application"})
			acctest.Expect(t, cp.ExpectMutations(1))
		})
	}
}

func TestAccApplication_Name_UnknownWhilePlanning(t *testing.T) {
	t.Parallel()
	cp := acctest.NewWith(t, mockserver.Options{Version: "2.24"})
	config := func(name string) string {
		return cp.Config(fmt.Sprintf(`
resource "runai_application" "test" { name = terraform_data.later.output }
resource "terraform_data" "later" { input = %q }`, name))
	}
	cp.Test(
		// In the apply the name is known, and is refused without a request.
		resource.TestStep{PreConfig: cp.ResetRequests, Config: config("No Name"), ExpectError: acctest.ErrorContains(`"No Name" is not a valid application name`)},
		resource.TestStep{
			Config:           config("ci-pipeline"),
			ConfigPlanChecks: acctest.PreApply(plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_id"))),
			Check:            resource.ComposeAggregateTestCheckFunc(cp.ExpectMutations(1), cp.SignsInAs(address)),
		},
	)
}
