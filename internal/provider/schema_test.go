package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/provider"
)

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return resp
}

// attributes returns all attributes of a schema by their paths, including nested ones.
func attributes(path string, block *tfprotov6.SchemaBlock) map[string]*tfprotov6.SchemaAttribute {
	found := map[string]*tfprotov6.SchemaAttribute{}
	var walk func(path string, list []*tfprotov6.SchemaAttribute)
	walk = func(path string, list []*tfprotov6.SchemaAttribute) {
		for _, a := range list {
			found[path+"."+a.Name] = a
			if a.NestedType != nil {
				walk(path+"."+a.Name, a.NestedType.Attributes)
			}
		}
	}
	walk(path, block.Attributes)
	for _, nested := range block.BlockTypes {
		maps.Copy(found, attributes(path+"."+nested.TypeName, nested.Block))
	}
	return found
}

// everything returns the schemas of the provider, by kind and name.
func everything(t *testing.T) map[string]*tfprotov6.Schema {
	t.Helper()
	resp := schemas(t)
	all := map[string]*tfprotov6.Schema{"provider": resp.Provider}
	for kind, list := range map[string]map[string]*tfprotov6.Schema{
		"resource": resp.ResourceSchemas, "data": resp.DataSourceSchemas,
		"ephemeral": resp.EphemeralResourceSchemas, "list": resp.ListResourceSchemas,
	} {
		for name, schema := range list {
			all[kind+" "+name] = schema
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %d schemas", len(all))
	}
	return all
}

func TestSchema_EveryAttributeHasADescription(t *testing.T) {
	t.Parallel()
	for name, schema := range everything(t) {
		if schema.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		for path, a := range attributes(name, schema.Block) {
			switch {
			case a.Description == "":
				t.Errorf("%s has no description", path)
			case a.DescriptionKind != tfprotov6.StringKindMarkdown && !strings.Contains(path, ".timeouts."): // those are the module's
				t.Errorf("%s is not described in Markdown", path)
			case !strings.HasSuffix(a.Description, ".") && !strings.HasSuffix(a.Description, ".)"):
				t.Errorf("the description of %s is no sentence: %s", path, a.Description)
			}
			// The members of an object type, unlike those of a nested attribute, cannot be described.
			if a.Type != nil && (a.Type.Is(tftypes.Object{}) || strings.Contains(a.Type.String(), "Object[")) {
				t.Errorf("%s is an object without descriptions; make it a nested attribute", path)
			}
		}
	}
}

func TestSchema_EveryFunctionHasADescription(t *testing.T) {
	t.Parallel()
	functions := schemas(t).Functions
	if len(functions) == 0 {
		t.Fatal("there is no function")
	}
	for name, f := range functions {
		if f.Summary == "" || f.Description == "" || f.DescriptionKind != tfprotov6.StringKindMarkdown {
			t.Errorf("%s is not described: %q, %q", name, f.Summary, f.Description)
		}
		for _, p := range f.Parameters {
			if p.Description == "" {
				t.Errorf("%s of %s has no description", p.Name, name)
			}
		}
	}
}

// notSecret are attributes that have the name of a secret and are not secret.
var notSecret = []string{
	"client_secret_version", "client_secret_recipients", "client_secret_sealed", "client_secret_status", "verify_client_secret", "token_type",
}

func TestSchema_EverySecretIsSensitive(t *testing.T) {
	t.Parallel()
	secrets := 0
	for name, schema := range everything(t) {
		for path, a := range attributes(name, schema.Block) {
			secret := !slices.Contains(notSecret, a.Name) && slices.ContainsFunc([]string{"secret", "token", "password", "identity"}, func(word string) bool {
				return strings.Contains(a.Name, word)
			})
			if secret {
				secrets++
			}
			if secret != a.Sensitive {
				t.Errorf("%s: sensitive is %t, want %t", path, a.Sensitive, secret)
			}
		}
	}
	if secrets < 8 { // of the provider, an application, the installer and the ephemeral resources
		t.Errorf("only %d secrets were checked", secrets)
	}
}

// Every resource has an identity with descriptions.
func TestSchema_EveryResourceHasAnIdentity(t *testing.T) {
	t.Parallel()
	server, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name := range schemas(t).ResourceSchemas {
		identity := resp.IdentitySchemas[name]
		if identity == nil || len(identity.IdentityAttributes) == 0 {
			t.Errorf("%s has no identity", name)
			continue
		}
		for _, a := range identity.IdentityAttributes {
			if a.Description == "" {
				t.Errorf("%s of the identity of %s has no description", a.Name, name)
			}
		}
	}
}
