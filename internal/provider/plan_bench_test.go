package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/provider"
)

// BenchmarkPlan does what the CLI does in a plan without a change: it validates,
// upgrades, reads and plans n applications and n access rules, ten at a time. It
// reports the time for each object. The plugin protocol is spoken in process, without gRPC and without logs,
// so that a profile shows the provider and the framework:
//
//	go test -run '^$' -bench BenchmarkPlan/1000 -cpuprofile cpu.out ./internal/provider
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			objects := plannedObjects(b, n)
			b.ReportAllocs()
			for b.Loop() {
				server := configured(b, objects.url) // nothing is in memory
				objects.plan(b, server)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(2*n), "µs/object")
		})
	}
}

// planned are the objects of a plan in the form of the CLI.
type planned struct {
	url     string
	objects []plannedObject
}

type plannedObject struct {
	typeName      string
	config, state tftypes.Value
	raw           tfprotov6.RawState
}

func configured(b *testing.B, url string) tfprotov6.ProviderServer {
	b.Helper()
	server := providerserver.NewProtocol6(provider.New("bench")())()
	schemas, err := server.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
	mustSucceed(b, err, schemas.Diagnostics)
	config := object(b, schemas.Provider, map[string]any{
		"base_url": url, "client_id": "terraform", "client_secret": "terraform-secret",
	})
	resp, err := server.ConfigureProvider(b.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: dynamic(b, config)})
	mustSucceed(b, err, resp.Diagnostics)
	return server
}

// plannedObjects starts a control plane with n applications and n access rules,
// and imports them.
func plannedObjects(b *testing.B, n int) planned {
	b.Helper()
	mock, err := mockserver.New(mockserver.Options{Applications: n, AccessRules: n})
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(mock)
	b.Cleanup(web.Close)
	server := configured(b, web.URL)
	schemas, err := server.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
	mustSucceed(b, err, schemas.Diagnostics)

	p := planned{url: web.URL}
	add := func(typeName, id string, arguments ...string) {
		schema := schemas.ResourceSchemas[typeName]
		imported, err := server.ImportResourceState(b.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id})
		mustSucceed(b, err, imported.Diagnostics)
		read, err := server.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: imported.ImportedResources[0].State})
		mustSucceed(b, err, read.Diagnostics)
		state, err := read.NewState.Unmarshal(schema.ValueType())
		mustSucceed(b, err, nil)
		var attributes map[string]tftypes.Value
		mustSucceed(b, state.As(&attributes), nil)
		values := map[string]any{}
		for _, name := range arguments {
			values[name] = attributes[name]
		}
		o := plannedObject{typeName: typeName, state: state, config: object(b, schema, values)}
		o.raw.JSON = stateJSON(b, attributes)
		p.objects = append(p.objects, o)
	}
	held := mock.State()
	for i := range n {
		add("runai_application", held.Applications[i].ID, "name")
		add("runai_access_rule", strconv.Itoa(held.AccessRules[i].ID), "subject_id", "role_name", "scope_type", "scope_id")
	}
	return p
}

// plan plans all objects, ten at a time, as the CLI does.
func (p planned) plan(b *testing.B, server tfprotov6.ProviderServer) {
	b.Helper()
	next := make(chan plannedObject)
	var workers sync.WaitGroup
	for range 10 {
		workers.Go(func() {
			for o := range next {
				if err := o.plan(b, server); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, o := range p.objects {
		next <- o
	}
	close(next)
	workers.Wait()
}

func (o plannedObject) plan(b *testing.B, server tfprotov6.ProviderServer) error {
	b.Helper()
	ctx := context.Background()
	config, state := dynamic(b, o.config), dynamic(b, o.state)
	validated, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: o.typeName, Config: config})
	if err := failed(err, validated.Diagnostics); err != nil {
		return err
	}
	upgraded, err := server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: o.typeName, RawState: &o.raw})
	if err := failed(err, upgraded.Diagnostics); err != nil {
		return err
	}
	read, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: o.typeName, CurrentState: upgraded.UpgradedState})
	if err := failed(err, read.Diagnostics); err != nil {
		return err
	}
	plan, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.typeName, PriorState: read.NewState, ProposedNewState: state, Config: config, PriorPrivate: read.Private,
	})
	if err := failed(err, plan.Diagnostics); err != nil {
		return err
	}
	after, err := plan.PlannedState.Unmarshal(o.state.Type())
	if err == nil && !after.Equal(o.state) {
		err = fmt.Errorf("%s changes from %s to %s", o.typeName, o.state, after)
	}
	return err
}

func mustSucceed(b *testing.B, err error, diags []*tfprotov6.Diagnostic) {
	b.Helper()
	if err := failed(err, diags); err != nil {
		b.Fatal(err)
	}
}

func failed(err error, diags []*tfprotov6.Diagnostic) error {
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError && err == nil {
			err = fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return err
}

// object returns a value of a schema with some attributes set.
func object(b *testing.B, schema *tfprotov6.Schema, values map[string]any) tftypes.Value {
	b.Helper()
	t, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		b.Fatalf("a schema is a %s", schema.ValueType())
	}
	attributes := map[string]tftypes.Value{}
	for name, attribute := range t.AttributeTypes {
		if v, ok := values[name].(tftypes.Value); ok {
			attributes[name] = v
		} else {
			attributes[name] = tftypes.NewValue(attribute, values[name])
		}
	}
	return tftypes.NewValue(t, attributes)
}

func dynamic(b *testing.B, v tftypes.Value) *tfprotov6.DynamicValue {
	b.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		b.Fatal(err)
	}
	return &d
}

// stateJSON returns a resource's attributes as the state file holds them.
func stateJSON(b *testing.B, attributes map[string]tftypes.Value) []byte {
	b.Helper()
	values := map[string]any{}
	for name, v := range attributes {
		var err error
		switch t := v.Type(); {
		case v.IsNull():
			values[name] = nil
		case t.Is(tftypes.String):
			var s string
			err = v.As(&s)
			values[name] = s
		case t.Is(tftypes.Bool):
			var is bool
			err = v.As(&is)
			values[name] = is
		case t.Is(tftypes.Number):
			var f big.Float
			err = v.As(&f)
			values[name] = json.Number(f.Text('f', -1))
		default:
			b.Fatalf("%s is a %s", name, t)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		b.Fatal(err)
	}
	return text
}
