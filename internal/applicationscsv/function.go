package applicationscsv

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ function.Function = (*Function)(nil)

// Function is applications_csv.
type Function struct{}

// NewFunction returns the function.
func NewFunction() function.Function { return &Function{} }

// Metadata implements [function.Function].
func (f *Function) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "applications_csv"
}

// applicationType has the attributes of an element of the data source
// runai_applications that the function uses. Terraform drops the others.
var applicationType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"name":      types.StringType,
	"client_id": types.StringType,
	"access_rules": types.ListType{ElemType: types.ObjectType{AttrTypes: map[string]attr.Type{
		"role_name":  types.StringType,
		"role_id":    types.Int64Type,
		"scope_name": types.StringType,
		"scope_id":   types.StringType,
	}}},
	"last_login": types.StringType,
	"created_by": types.StringType,
	"created_at": types.StringType,
	"updated_at": types.StringType,
}}

// Definition implements [function.Function].
func (f *Function) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The table of applications as CSV",
		MarkdownDescription: "Returns the product's table of applications as CSV (RFC 4180: lines end in CRLF, values with commas, quotes or line breaks are in quotes), " +
			"as its user interface downloads it. The columns are Application, Client ID, Access rules, Last login, Created by, Creation time and Last updated. " +
			"The applications keep their order, access rules are written as `Role (scope)` and joined with `, `, times are RFC 3339, and what is null is empty.\n\n" +
			"Spreadsheets evaluate a value that begins with `=`, `+`, `-` or `@` as a formula, so an apostrophe is put before it. " +
			"Names that the control plane accepts today do not begin like that.\n\n" +
			"Provider functions need Terraform 1.8 or OpenTofu 1.7.",
		Parameters: []function.Parameter{
			function.ListParameter{
				Name:                "applications",
				MarkdownDescription: "The attribute `applications` of the data source `runai_applications`, or some of its elements.",
				ElementType:         applicationType,
			},
		},
		Return: function.StringReturn{},
	}
}

// Run implements [function.Function].
func (f *Function) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var applications []*application
	if resp.Error = req.Arguments.Get(ctx, &applications); resp.Error != nil {
		return
	}
	for i, application := range applications {
		if application == nil {
			resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("The application at index %d is null.", i))
			return
		}
	}
	text, err := write(applications)
	if err != nil {
		resp.Error = function.NewFuncError("Unable to write the CSV: " + err.Error() + ".")
		return
	}
	resp.Error = resp.Result.Set(ctx, text)
}
