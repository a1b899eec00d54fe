package framework

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
func (notEmptyValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || strings.TrimSpace(req.ConfigValue.ValueString()) != "" {
		return
	}
	detail := fmt.Sprintf("%s must not be empty.", req.Path)
	if !isRequired(ctx, req) {
		detail += " If there is no value, omit it or set it to null."
	}
	resp.Diagnostics.AddAttributeError(req.Path, invalidValue, detail)
}

func isRequired(ctx context.Context, req validator.StringRequest) bool {
	if req.Config.Schema == nil {
		return false
	}
	attribute, diags := req.Config.Schema.AttributeAtPath(ctx, req.Path)
	return !diags.HasError() && attribute.IsRequired()
}

// WithoutPath returns a validator whose errors are on no argument, for an argument
// that holds a secret: Terraform prints the line of the configuration with an error on
// an argument.
func WithoutPath(v validator.String) validator.String { return withoutPathValidator{v} }

type withoutPathValidator struct{ validator.String }

// ValidateString implements [validator.String].
func (v withoutPathValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	var inner validator.StringResponse
	v.String.ValidateString(ctx, req, &inner)
	for _, d := range inner.Diagnostics {
		resp.Diagnostics.Append(withoutPath(d))
	}
}

func withoutPath(d diag.Diagnostic) diag.Diagnostic {
	return diag.NewErrorDiagnostic(d.Summary(), d.Detail())
}

// Regexp checks that a string is a regular expression.
func Regexp() validator.String { return regexpValidator{} }

type regexpValidator struct{}

func (regexpValidator) Description(context.Context) string {
	return "value must be a regular expression"
}

func (v regexpValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (regexpValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := regexp.Compile(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Regular Expression", "The value is not a valid regular expression: "+err.Error()+".")
	}
}

// PositiveDuration checks that a string is a Go duration greater than zero.
func PositiveDuration() validator.String { return durationValidator{} }

type durationValidator struct{}

func (durationValidator) Description(context.Context) string {
	return "value must be a positive duration such as 30s or 5m"
}

func (v durationValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (durationValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueString()
	if d, err := time.ParseDuration(value); err != nil || d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Duration",
			fmt.Sprintf("%s must be a positive duration such as \"30s\" or \"5m\", not %q.", req.Path, value))
	}
}
