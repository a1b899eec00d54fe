package framework

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// WholeNumber is the type of a number without a fraction, such as the ID of a role.
// Its values are [basetypes.Int64Value]. A fraction is one error on the attribute,
// where the framework's own type reports a bug in the provider.
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
// unknown, so that nothing else reports it.
func (t WholeNumber) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	v, err := t.Int64Type.ValueFromTerraform(ctx, in)
	if err != nil {
		return basetypes.NewInt64Unknown(), nil //nolint:nilerr // Validate reports it
	}
	return v, nil
}
