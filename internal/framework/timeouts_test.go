package framework

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func limits(create, read string) timeouts.Value {
	attributeTypes := map[string]attr.Type{"create": types.StringType, "read": types.StringType}
	return timeouts.Value{Object: types.ObjectValueMust(attributeTypes, map[string]attr.Value{
		"create": types.StringValue(create), "read": types.StringValue(read),
	})}
}

// The error of an operation that exceeded its own timeout names the timeout and how to
// change it. Other errors do not.
func TestAddOperationError_NamesExceededTimeout(t *testing.T) {
	t.Parallel()
	r := &Resource{Configured{ProviderData{Client: new(runai.Client)}}}
	for name, c := range map[string]struct {
		verb   Verb
		limits timeouts.Value
		want   string
	}{
		"create":            {Create, limits("1ns", "1h"), "The operation exceeded timeouts.create, which is 1ns. If that is too short, raise it in the configuration."},
		"read":              {Read, limits("1h", "1ns"), "correct timeouts.read in the configuration and run terraform apply -refresh=false once."},
		"read, still going": {Read, limits("1ns", "1h"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			ctx, cancel, ok := r.Begin(t.Context(), c.verb, c.limits, &diags)
			defer cancel()
			if !ok || diags.HasError() {
				t.Fatal(ok, diags)
			}
			if c.want != "" {
				<-ctx.Done()
				if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
					t.Errorf("the context ended with %v", ctx.Err())
				}
			}
			AddOperationError(ctx, &diags, c.verb, "Thing", errors.New("it failed"))
			detail := diags[0].Detail()
			if !strings.HasPrefix(detail, "It failed.") || !strings.Contains(detail, c.want) || c.want == "" && strings.Contains(detail, "timeouts") {
				t.Errorf("the detail is %q", detail)
			}
		})
	}
}

// Without a client, Begin fails.
func TestBegin_UnconfiguredProvider_IsAnError(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	_, cancel, ok := new(Resource).Begin(t.Context(), Create, limits("1h", "1h"), &diags)
	cancel()
	if ok || diags.ErrorsCount() != 1 || diags[0].Summary() != "Provider Not Configured" {
		t.Errorf("began: %t, %v", ok, diags)
	}
}

func TestPositiveDuration(t *testing.T) {
	t.Parallel()
	for value, valid := range map[types.String]bool{
		types.StringValue("30s"):   true,
		types.StringValue("1h30m"): true,
		types.StringNull():         true,
		types.StringUnknown():      true,
		types.StringValue("0s"):    false,
		types.StringValue("-1m"):   false,
		types.StringValue("30"):    false,
		types.StringValue("soon"):  false,
		types.StringValue(""):      false,
	} {
		req := validator.StringRequest{Path: path.Root("timeouts").AtName("read"), ConfigValue: value}
		var resp validator.StringResponse
		PositiveDuration().ValidateString(t.Context(), req, &resp)
		if resp.Diagnostics.HasError() == valid {
			t.Errorf("%s: %v, want valid: %t", value, resp.Diagnostics, valid)
		}
		if !valid && !strings.HasPrefix(resp.Diagnostics[0].Detail(), "timeouts.read must be a positive duration") {
			t.Errorf("%s: the detail is %q", value, resp.Diagnostics[0].Detail())
		}
	}
	if DefaultTimeout < time.Minute {
		t.Errorf("the default timeout is %s", DefaultTimeout)
	}
}
