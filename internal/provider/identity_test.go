package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// An identity without an id is one error that says so, and no request.
func TestImport_AnIdentityWithoutAnIDIsOneError(t *testing.T) {
	t.Parallel()
	for _, typeName := range []string{"runai_application", "runai_service_account", "runai_access_rule"} {
		cp := acctest.New(t)
		p := cp.Protocol(t)
		identity := tftypes.NewValue(
			tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}},
			map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, nil)},
		)
		data, err := tfprotov6.NewDynamicValue(identity.Type(), identity)
		if err != nil {
			t.Fatal(err)
		}
		cp.ResetRequests()
		resp, err := p.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: &data},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(resp.Diagnostics) != 1 || !strings.Contains(strings.ToLower(resp.Diagnostics[0].Detail), " id") || len(cp.Requests()) != 0 {
			t.Errorf("%s: requests %v, diagnostics:", typeName, cp.Requests())
			for _, d := range resp.Diagnostics {
				t.Errorf("%s: %s", d.Summary, d.Detail)
			}
		}
	}
}
