package provider_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	testresource "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"golang.org/x/crypto/nacl/box"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// store is a stub of a provider that stores a secret. Its objects have the arguments
// that the recipe uses, including write-only ones.
type store struct {
	name      string
	resources map[string]schema.Schema
	// takes is the resource and its argument for the secret.
	takes    string
	argument path.Path
	// publicKey is the key that a data source returns, empty if there is no such data source.
	dataSource, publicKey string

	mu       sync.Mutex
	created  int      // objects, over all
	received []string // the secrets of each create and update
}

func (s *store) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = s.name
}

func (s *store) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (s *store) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (s *store) Resources(context.Context) (resources []func() resource.Resource) {
	for name, schema := range s.resources {
		resources = append(resources, func() resource.Resource { return &stored{store: s, name: name, schema: schema} })
	}
	return resources
}

func (s *store) DataSources(context.Context) []func() datasource.DataSource {
	if s.dataSource == "" {
		return nil
	}
	return []func() datasource.DataSource{func() datasource.DataSource { return publicKey{store: s} }}
}

// stored is a resource of a store. It keeps the planned values.
type stored struct {
	store  *store
	name   string
	schema schema.Schema
}

func (r *stored) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.name
}

func (r *stored) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (r *stored) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	if _, hasID := r.schema.Attributes["id"]; hasID {
		r.store.mu.Lock()
		r.store.created++
		id := fmt.Sprintf("%s/%d", r.name, r.store.created)
		r.store.mu.Unlock()
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	}
	r.take(ctx, req.Config, func(summary, detail string) { resp.Diagnostics.AddError(summary, detail) })
}

func (r *stored) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	r.take(ctx, req.Config, func(summary, detail string) { resp.Diagnostics.AddError(summary, detail) })
}

func (r *stored) take(ctx context.Context, config tfsdk.Config, fail func(summary, detail string)) {
	if r.name != r.store.takes {
		return
	}
	var secret types.String
	if diags := config.GetAttribute(ctx, r.store.argument, &secret); diags.HasError() || secret.ValueString() == "" {
		fail("No secret was given", fmt.Sprint(diags))
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	r.store.received = append(r.store.received, secret.ValueString())
}

func (r *stored) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r *stored) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// publicKey is the data source of the key that secrets are sealed to.
type publicKey struct{ store *store }

func (d publicKey) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.store.dataSource
}

func (d publicKey) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = datasourceschema.Schema{Attributes: map[string]datasourceschema.Attribute{
		"repository": datasourceschema.StringAttribute{Required: true},
		"key":        datasourceschema.StringAttribute{Computed: true},
		"key_id":     datasourceschema.StringAttribute{Computed: true},
	}}
}

func (d publicKey) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.State.Raw = req.Config.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("key"), d.store.publicKey)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("key_id"), "568250167242549743")...)
}

// newGitHub returns a stub of the GitHub provider, with the public key of a repository.
func newGitHub(public *[32]byte) *store {
	required := schema.StringAttribute{Required: true}
	return &store{
		name: "github", takes: "github_actions_secret", argument: path.Root("encrypted_value"),
		resources: map[string]schema.Schema{"github_actions_secret": {Attributes: map[string]schema.Attribute{
			"repository": required, "secret_name": required, "key_id": required, "encrypted_value": required,
		}}},
		dataSource: "github_actions_public_key", publicKey: base64.StdEncoding.EncodeToString(public[:]),
	}
}

// A new public key at GitHub replaces the recipient. The existing secret cannot be
// sealed to it, so the plan is an error until keepers change.
func TestAccGuides_HandingOver_NewKeyAtGitHub(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	recipe, _ := read(t, filepath.Join(examples, "guides/handing-over-secrets/github.tf"))
	first, _, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	github := newGitHub(first)
	cp := exampleControlPlane(t, "")
	providers := cp.Providers()
	providers[github.name] = providerserver.NewProtocol6WithError(github)
	rotated := thenEmpty(strings.Replace(recipe, "2026-Q4", "2027-Q1", 1))
	rotated.Check = func(*terraform.State) error {
		sealed, err := base64.StdEncoding.DecodeString(github.received[len(github.received)-1])
		if err != nil {
			return err
		}
		if secret, ok := box.OpenAnonymous(nil, sealed, second, private); !ok || !cp.IsSecretOf("github-actions", string(secret)) {
			return fmt.Errorf("the new key does not open the secret that GitHub got")
		}
		return nil
	}
	refused := thenEmpty(recipe)
	refused.PreConfig = func() { github.publicKey = base64.StdEncoding.EncodeToString(second[:]) }
	refused.ExpectError = acctest.ErrorContains("Client Secret Cannot Be Unsealed")
	testresource.Test(t, testresource.TestCase{
		ProtoV6ProviderFactories: providers,
		Steps:                    []testresource.TestStep{thenEmpty(recipe), refused, rotated},
	})
}

// TestAccGuides_HandingOver applies each recipe of the guide with a stub of the other
// provider. The stub gets each new secret once, and none is in the state.
func TestAccGuides_HandingOver(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	required, version := schema.StringAttribute{Required: true}, schema.Int64Attribute{Optional: true}
	secret := schema.StringAttribute{Optional: true, WriteOnly: true}
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for file, c := range map[string]struct {
		store *store
		// application is the name of the application whose secret is handed over.
		application string
		// read extracts the secret from the value that the store got.
		read func(given string) (secret string)
	}{
		"vault.tf": {&store{
			name: "vault", takes: "vault_kv_secret_v2", argument: path.Root("data_json_wo"),
			resources: map[string]schema.Schema{"vault_kv_secret_v2": {Attributes: map[string]schema.Attribute{
				"mount": required, "name": required, "data_json_wo": secret, "data_json_wo_version": version,
			}}},
		}, "ci-pipeline-prod", func(given string) string {
			_, rest, _ := strings.Cut(given, `"client_secret":"`)
			return strings.TrimSuffix(rest, `"}`)
		}},
		"aws.tf": {&store{
			name: "aws", takes: "aws_secretsmanager_secret_version", argument: path.Root("secret_string_wo"),
			resources: map[string]schema.Schema{
				"aws_secretsmanager_secret": {Attributes: map[string]schema.Attribute{"name": required, "id": schema.StringAttribute{Computed: true}}},
				"aws_secretsmanager_secret_version": {Attributes: map[string]schema.Attribute{
					"secret_id": required, "secret_string_wo": secret, "secret_string_wo_version": version,
				}},
			},
		}, "ci-pipeline-prod", func(given string) string { return given }},
		"kubernetes.tf": {&store{
			name: "kubernetes", takes: "kubernetes_secret_v1", argument: path.Root("data_wo").AtMapKey("client-secret"),
			resources: map[string]schema.Schema{"kubernetes_secret_v1": {
				Attributes: map[string]schema.Attribute{
					"data_wo":          schema.MapAttribute{Optional: true, WriteOnly: true, ElementType: types.StringType},
					"data_wo_revision": version,
				},
				Blocks: map[string]schema.Block{"metadata": schema.ListNestedBlock{
					NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{"name": required}},
				}},
			}},
		}, "ci-pipeline-prod", func(given string) string { return given }},
		"github.tf": {newGitHub(public), "github-actions", func(given string) string {
			sealed, err := base64.StdEncoding.DecodeString(given)
			if err != nil {
				return ""
			}
			opened, _ := box.OpenAnonymous(nil, sealed, public, private)
			return string(opened)
		}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(examples, "guides/handing-over-secrets")
			recipe, ok := read(t, filepath.Join(folder, file))
			page, _ := read(t, "../../templates/guides/handing-over-secrets.md.tmpl")
			if !ok || !strings.Contains(page, "examples/guides/handing-over-secrets/"+file) {
				t.Error("the guide does not show it")
			}
			if !strings.Contains(recipe, `resource "runai_application"`) {
				main, _ := read(t, filepath.Join(folder, "main.tf"))
				recipe = main + recipe
			}
			cp := exampleControlPlane(t, "")
			providers := cp.Providers()
			providers[c.store.name] = providerserver.NewProtocol6WithError(c.store)
			// given checks that the store got n secrets in total, the current one last, and
			// that none is in the state.
			given := func(n int) testresource.TestCheckFunc {
				return func(s *terraform.State) error {
					if len(c.store.received) != n {
						return fmt.Errorf("the store got %d secrets, want %d", len(c.store.received), n)
					}
					secret := c.read(c.store.received[n-1])
					if !cp.IsSecretOf(c.application, secret) {
						return fmt.Errorf("the store did not get the current secret of %s", c.application)
					}
					for address, r := range s.RootModule().Resources {
						if r.Type != "runai_application" && slices.ContainsFunc(cp.Issued(), func(secret string) bool {
							return strings.Contains(fmt.Sprint(r.Primary.Attributes), secret)
						}) {
							return fmt.Errorf("%s has a secret in the state", address)
						}
					}
					return nil
				}
			}
			first := thenEmpty(recipe)
			first.Check = given(1)
			again := first
			again.Config = strings.ReplaceAll(first.Config, "2026-Q4", "2027-Q1")
			again.Check = testresource.ComposeAggregateTestCheckFunc(given(2), cp.SecretsIssued(c.application, 2))
			testresource.Test(t, testresource.TestCase{
				TerraformVersionChecks:   acctest.WithWriteOnlyArguments(),
				ProtoV6ProviderFactories: providers,
				Steps:                    []testresource.TestStep{first, again},
			})
		})
	}
}
