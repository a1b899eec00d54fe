package main

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	product "github.com/runai-community/terraform-provider-runai/internal/provider"
)

func TestFloor_HasProviderSchema(t *testing.T) {
	t.Parallel()
	schemas := func(p provider.Provider) (*tfprotov6.GetProviderSchemaResponse, *tfprotov6.GetResourceIdentitySchemasResponse) {
		t.Helper()
		server := providerserver.NewProtocol6(p)()
		schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			t.Fatal(err)
		}
		identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return schemas, identities
	}
	want, wantIdentities := schemas(product.New("test")())
	got, gotIdentities := schemas(newFloor())
	if len(want.ResourceSchemas) < 2 || len(want.DataSourceSchemas) < 2 {
		t.Fatalf("%d resources, %d data sources", len(want.ResourceSchemas), len(want.DataSourceSchemas))
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("schemas: %v, want %v", got, want)
	}
	if !reflect.DeepEqual(wantIdentities, gotIdentities) {
		t.Errorf("identities: %v, want %v", gotIdentities, wantIdentities)
	}
}

func TestAccFloor_Lifecycle(t *testing.T) {
	t.Parallel()
	config := func(enabled string) string {
		return `
resource "runai_application" "ci" {
  name    = "ci"
  enabled = ` + enabled + `
}

resource "runai_access_rule" "ci" {
  subject_id = runai_application.ci.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}`
	}
	empty := resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"runai": providerserver.NewProtocol6WithError(newFloor()),
		},
		Steps: []resource.TestStep{
			{Config: config("true"), ConfigPlanChecks: empty},
			{Config: config("false"), ConfigPlanChecks: empty},
		},
	})
}
