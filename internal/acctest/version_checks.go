package acctest

import (
	"context"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// WithIdentity are the CLIs that import by identity: Terraform from 1.12 on.
func WithIdentity() []tfversion.TerraformVersionCheck {
	return []tfversion.TerraformVersionCheck{notOpenTofu{}, tfversion.SkipBelow(tfversion.Version1_12_0)}
}

// notOpenTofu skips on OpenTofu, whose version number says nothing about what a
// Terraform of that number can do.
type notOpenTofu struct{}

// CheckTerraformVersion implements [tfversion.TerraformVersionCheck].
func (notOpenTofu) CheckTerraformVersion(_ context.Context, _ tfversion.CheckTerraformVersionRequest, resp *tfversion.CheckTerraformVersionResponse) {
	if strings.Contains(os.Getenv("TF_ACC_PROVIDER_HOST"), "opentofu") {
		resp.Skip = "not on OpenTofu"
	}
}
