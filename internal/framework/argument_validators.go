package framework

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// invalidValue is the summary of every error about a value that is wrong by itself.
const invalidValue = "Invalid Attribute Value"

// NotEmpty checks that a string is neither empty nor blank: an empty variable is
// otherwise taken for a value that nothing has.
func NotEmpty() validator.String { return notEmptyValidator{} }

type notEmptyValidator struct{}

// Description implements [validator.Describer].
func (notEmptyValidator) Description(context.Context) string { return "value must not be empty" }

// MarkdownDescription implements [validator.Describer].
func (v notEmptyValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (notEmptyValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || strings.TrimSpace(req.ConfigValue.ValueString()) != "" {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, invalidValue,
		fmt.Sprintf("%s must not be empty. Omit it, or set it to null, where there is no value.", req.Path))
}

// WholeNumber is the type of a number without a fraction, such as the id of a role.
// Its values are [basetypes.Int64Value]. A fraction is one error on the attribute,
// where the framework's own type speaks of a fault of the provider.
type WholeNumber struct{ basetypes.Int64Type }

var _ basetypes.Int64Typable = WholeNumber{}

// Equal implements [attr.Type]. A plain Int64Type is equal too, so that models and
// values stay those of the framework.
func (t WholeNumber) Equal(o attr.Type) bool {
	_, ok := o.(WholeNumber)
	return ok || t.Int64Type.Equal(o)
}

// String implements [attr.Type].
func (t WholeNumber) String() string { return "framework.WholeNumber" }

// Validate checks the number before it is converted.
func (t WholeNumber) Validate(ctx context.Context, in tftypes.Value, at path.Path) diag.Diagnostics {
	if _, err := t.Int64Type.ValueFromTerraform(ctx, in); err != nil {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, invalidValue, fmt.Sprintf("%s must be a whole number.", at))}
	}
	return nil
}

// ValueFromTerraform implements [attr.Type]. A value that Validate refuses becomes
// unknown, so that nothing else complains of it.
func (t WholeNumber) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.Int64Type.ValueFromTerraform(ctx, in)
	if err != nil {
		return basetypes.NewInt64Unknown(), nil //nolint:nilerr // Validate reports it
	}
	return v, nil
}
