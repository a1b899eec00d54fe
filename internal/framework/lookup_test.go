package framework_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

type nodePool struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

func (*nodePool) Read(context.Context, *runai.Client) error { return errors.New("broken") }

type nodePools struct {
	Search    types.String `tfsdk:"search"`
	NodePools []nodePool   `tfsdk:"node_pools"`
}

func (*nodePools) Read(context.Context, *runai.Client) error { return errors.New("broken") }

// The names in Terraform and in messages are derived from the object, of one word or
// more.
func TestNewLookup_Names(t *testing.T) {
	t.Parallel()
	one, list := framework.NewLookup[nodePool, nodePools](framework.Lookup{
		Object: "node pool",
		Attributes: func() map[string]schema.Attribute {
			return map[string]schema.Attribute{"id": framework.ComputedString("ID."), "name": framework.ComputedString("Name.")}
		},
		Filters: func() map[string]schema.Attribute {
			return map[string]schema.Attribute{"search": framework.Filter("Search.")}
		},
	})
	for _, c := range []struct {
		source            datasource.DataSource
		typeName, summary string
		attribute         string
	}{
		{one(), "runai_node_pool", "Unable to Read Node Pool", "name"},
		{list(), "runai_node_pools", "Unable to Read Node Pools", "node_pools"},
	} {
		var metadata datasource.MetadataResponse
		c.source.Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "runai"}, &metadata)
		if metadata.TypeName != c.typeName {
			t.Errorf("type %q, want %q", metadata.TypeName, c.typeName)
		}
		var described datasource.SchemaResponse
		c.source.Schema(t.Context(), datasource.SchemaRequest{}, &described)
		if described.Schema.Attributes[c.attribute] == nil {
			t.Errorf("%s has no attribute %s", c.typeName, c.attribute)
		}
		if got := readError(t, c.source, described.Schema); got != c.summary {
			t.Errorf("summary %q, want %q", got, c.summary)
		}
	}
}

// readError reads a data source without arguments and returns the summary of its error.
func readError(t *testing.T, source datasource.DataSource, described schema.Schema) string {
	t.Helper()
	client, err := runai.New(runai.Config{BaseURL: "https://acme.run.ai", AccessToken: runai.NewSecret("token")})
	if err != nil {
		t.Fatal(err)
	}
	configurable, ok := source.(datasource.DataSourceWithConfigure)
	if !ok {
		t.Fatalf("%T cannot be configured", source)
	}
	configurable.Configure(t.Context(), datasource.ConfigureRequest{ProviderData: &framework.ProviderData{Client: client}}, &datasource.ConfigureResponse{})
	object := described.Type().TerraformType(t.Context())
	values := map[string]tftypes.Value{}
	for name, attribute := range described.Attributes {
		values[name] = tftypes.NewValue(attribute.GetType().TerraformType(t.Context()), nil)
	}
	var resp datasource.ReadResponse
	source.Read(t.Context(), datasource.ReadRequest{Config: tfsdk.Config{Raw: tftypes.NewValue(object, values), Schema: described}}, &resp)
	if len(resp.Diagnostics) != 1 {
		t.Fatalf("diagnostics %v, want one error", resp.Diagnostics)
	}
	return resp.Diagnostics[0].Summary()
}
