package acctest

import (
	"context"
	"fmt"
	"os"
	"strings"
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
func (s since) CheckTerraformVersion(_ context.Context, req tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse) {
	resp.Skip = s.missing(req.TerraformVersion)
}

// missing returns why the CLI under test, of this version, is too old; an empty
// text if it is not.
func (s since) missing(have *goversion.Version) string {
	name, first := "Terraform", s.terraform
	if isOpenTofu() {
		name, first = "OpenTofu", s.openTofu
	}
	switch {
	case first == "":
		return name + " does not have it"
	case have.Core().LessThan(goversion.Must(goversion.NewVersion(first))):
		return fmt.Sprintf("needs %s %s, and this is %s", name, first, have)
	default:
		return ""
	}
}

// isOpenTofu reports whether the CLI under test is OpenTofu.
func isOpenTofu() bool {
	return strings.Contains(os.Getenv("TF_ACC_PROVIDER_HOST"), "opentofu")
}

// SkipOnOpenTofu skips a test of what OpenTofu does otherwise.
func SkipOnOpenTofu(t testing.TB, reason string) {
	t.Helper()
	if isOpenTofu() {
		t.Skip("not on OpenTofu: " + reason)
	}
}
