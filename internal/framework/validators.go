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

// invalidValue is the summary of every error about an invalid value.
const invalidValue = "Invalid Attribute Value"

// stringValidator checks known values that are not null. check returns nil for a valid
// one.
type stringValidator struct {
	description string
	check       func(ctx context.Context, req validator.StringRequest) diag.Diagnostic
}

// Description implements [validator.Describer].
func (v stringValidator) Description(context.Context) string { return v.description }

// MarkdownDescription implements [validator.Describer].
func (v stringValidator) MarkdownDescription(context.Context) string { return v.description }

// ValidateString implements [validator.String].
func (v stringValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d := v.check(ctx, req); d != nil {
		resp.Diagnostics.Append(d)
	}
}

// NotEmpty checks that a string is neither empty nor blank, which an empty variable would
// otherwise cause.
func NotEmpty() validator.String {
	return stringValidator{"value must not be empty", func(ctx context.Context, req validator.StringRequest) diag.Diagnostic {
		if strings.TrimSpace(req.ConfigValue.ValueString()) != "" {
			return nil
		}
		detail := fmt.Sprintf("%s must not be empty.", req.Path)
		if !isRequired(ctx, req) {
			detail += " If there is no value, omit it or set it to null."
		}
		return diag.NewAttributeErrorDiagnostic(req.Path, invalidValue, detail)
	}}
}

func isRequired(ctx context.Context, req validator.StringRequest) bool {
	if req.Config.Schema == nil {
		return false
	}
	attribute, diags := req.Config.Schema.AttributeAtPath(ctx, req.Path)
	return !diags.HasError() && attribute.IsRequired()
}

// WithoutPath returns a validator whose errors are at no argument, for an argument that
// has a secret: Terraform prints the line of an argument that has an error.
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
func Regexp() validator.String {
	return stringValidator{"value must be a regular expression", func(_ context.Context, req validator.StringRequest) diag.Diagnostic {
		_, err := regexp.Compile(req.ConfigValue.ValueString())
		if err == nil {
			return nil
		}
		return diag.NewAttributeErrorDiagnostic(req.Path, "Invalid Regular Expression", "The value is not a valid regular expression: "+err.Error()+".")
	}}
}

// PositiveDuration checks that a string is a Go duration greater than zero.
func PositiveDuration() validator.String {
	return stringValidator{"value must be a positive duration such as 30s or 5m", func(_ context.Context, req validator.StringRequest) diag.Diagnostic {
		value := req.ConfigValue.ValueString()
		if d, err := time.ParseDuration(value); err == nil && d > 0 {
			return nil
		}
		return diag.NewAttributeErrorDiagnostic(req.Path, "Invalid Duration",
			fmt.Sprintf("%s must be a positive duration such as \"30s\" or \"5m\", not %q.", req.Path, value))
	}}
}
