package framework

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ExactlyOneOf is the rule of a data source for one object: it is looked up by
// one of these arguments.
func ExactlyOneOf(arguments ...string) []datasource.ConfigValidator {
	expressions := make([]path.Expression, 0, len(arguments))
	for _, argument := range arguments {
		expressions = append(expressions, path.MatchRoot(argument))
	}
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(expressions...)}
}

// LookupString is a text of an object that a data source is given, or fills in.
func LookupString(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// Filter is an argument that narrows a list.
func Filter(description string, validators ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Validators:          append(validators, stringvalidator.LengthAtLeast(1)),
	}
}

// ComputedString is a text that only the control plane tells.
func ComputedString(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

// Matches reports whether a filter lets a value through: it is not set, or equal.
func Matches(filter types.String, value string) bool {
	return filter.IsNull() || filter.ValueString() == value
}

// ContainsFold reports whether what is searched for is in one of the texts, in any
// letter case. Where nothing is searched for, it is in all.
func ContainsFold(search types.String, texts ...string) bool {
	sought := strings.ToLower(search.ValueString())
	return slices.ContainsFunc(texts, func(text string) bool {
		return strings.Contains(strings.ToLower(text), sought)
	})
}

// FilterSort makes the models of a list: of the items that are wanted, in the order
// of their keys, since a control plane promises no order and another one would
// look like a change. It leaves items as they are, and never returns nil, which
// would be null in Terraform.
func FilterSort[T, M any](items []T, wanted func(T) bool, key func(T) string, model func(T) M) []M {
	selected := make([]T, 0, len(items))
	for _, item := range items {
		if wanted(item) {
			selected = append(selected, item)
		}
	}
	slices.SortStableFunc(selected, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	models := make([]M, 0, len(selected))
	for _, item := range selected {
		models = append(models, model(item))
	}
	return models
}

// AddLookupError reports that an object was not found, or more than one, on the
// argument that it was looked up by; list is the data source that shows what
// there is. Any other error is not the argument's, and goes without it.
func AddLookupError(diags *diag.Diagnostics, by path.Path, noun string, err error, list string) {
	var ambiguous *runai.AmbiguousError
	if errors.Is(err, runai.ErrNotFound) || errors.As(err, &ambiguous) {
		AddAttributeError(diags, by, Read, noun, err, "The data source "+list+" shows all of them that there are.")
		return
	}
	AddError(diags, Read, noun, err)
}
