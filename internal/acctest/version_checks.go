package acctest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"

	goversion "github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// WithIdentity are the CLIs that import by identity.
func WithIdentity() []tfversion.TerraformVersionCheck { return onlyOn("1.12.0", "") }

// WithEphemeralResources are the CLIs that have ephemeral resources.
func WithEphemeralResources() []tfversion.TerraformVersionCheck { return onlyOn("1.10.0", "1.11.0") }

// WithWriteOnlyArguments are the CLIs that have write-only arguments.
func WithWriteOnlyArguments() []tfversion.TerraformVersionCheck { return onlyOn("1.11.0", "1.11.0") }

// WithFunctions are the CLIs that have functions of providers.
func WithFunctions() []tfversion.TerraformVersionCheck { return onlyOn("1.8.0", "1.7.0") }

// onlyOn skips on CLIs that are older than these versions; an empty version is
// never reached. OpenTofu's version number says nothing about what a Terraform of
// that number can do.
func onlyOn(terraform, openTofu string) []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{since{terraform: terraform, openTofu: openTofu}}
}

type since struct{ terraform, openTofu string }

// CheckTerraformVersion implements [tfversion.TerraformVersionCheck].
func (s since) CheckTerraformVersion(_ context.Context, _ tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse) {
	cli, err := cliUnderTest()
	if err != nil {
		resp.Error = err
		return
	}
	resp.Skip = s.missing(cli)
}

// missing returns the reason why a CLI is too old, or an empty string.
func (s since) missing(cli cliVersion) string {
	first := s.terraform
	if cli.isOpenTofu() {
		first = s.openTofu
	}
	switch {
	case first == "":
		return cli.product + " does not have it"
	case cli.version.Core().LessThan(goversion.Must(goversion.NewVersion(first))):
		return fmt.Sprintf("needs %s %s, and this is %s", cli.product, first, cli.version)
	default:
		return ""
	}
}

// cliVersion is the product and version of a CLI.
type cliVersion struct {
	product string // Terraform or OpenTofu
	version *goversion.Version
}

func (v cliVersion) isOpenTofu() bool { return v.product == "OpenTofu" }

// cliUnderTest is the CLI that the acceptance tests run. Its version output decides
// which product it is: a path and an environment may name either.
var cliUnderTest = sync.OnceValues(func() (cliVersion, error) {
	path, err := cliPath()
	if err != nil {
		return cliVersion{}, err
	}
	cmd := exec.Command(path, "version")
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_LOG=")
	output, err := cmd.Output()
	if err != nil {
		return cliVersion{}, fmt.Errorf("%s version: %w", path, err)
	}
	return parseCLIVersion(string(output))
})

var cliVersionLine = regexp.MustCompile(`^(Terraform|OpenTofu) v(\S+)`)

// parseCLIVersion parses the output of the command version. With -json it would lack
// the product.
func parseCLIVersion(output string) (cliVersion, error) {
	line := cliVersionLine.FindStringSubmatch(output)
	if line == nil {
		return cliVersion{}, fmt.Errorf("%q is not the version of Terraform or OpenTofu", output)
	}
	version, err := goversion.NewVersion(line[2])
	return cliVersion{product: line[1], version: version}, err
}

// SkipOnOpenTofu skips a test of behavior that differs in OpenTofu.
func SkipOnOpenTofu(t testing.TB, reason string) {
	t.Helper()
	SkipUnlessAcceptance(t)
	if mustCLIUnderTest(t).isOpenTofu() {
		t.Skip("not on OpenTofu: " + reason)
	}
}

func mustCLIUnderTest(t testing.TB) cliVersion {
	t.Helper()
	cli, err := cliUnderTest()
	if err != nil {
		t.Fatal(err)
	}
	return cli
}
