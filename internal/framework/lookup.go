package framework

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// LookupString is a string of an object that an object is looked up by, and that is
// computed otherwise.
func LookupString(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{NotEmpty()},
	}
}

// Filter is an argument that narrows a list.
func Filter(description string, validators ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Validators:          append(validators, NotEmpty()),
	}
}

// OneOf is an argument with a few values.
func OneOf(description string, values ...string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(values...)},
	}
}

// ComputedString is a string that the control plane alone knows.
func ComputedString(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

// Matches reports whether a value matches a filter: the filter is not set, or equal.
func Matches(filter types.String, value string) bool {
	return filter.IsNull() || filter.ValueString() == value
}

// ContainsFold reports whether one of the texts contains the search text, regardless
// of case. Without a search text it reports true.
func ContainsFold(search types.String, texts ...string) bool {
	sought := strings.ToLower(search.ValueString())
	return slices.ContainsFunc(texts, func(text string) bool {
		return strings.Contains(strings.ToLower(text), sought)
	})
}

// Listed is an object of a list: what it is sorted by.
type Listed struct{ Name, ID string }

// FilterSort returns the models of the items that are wanted, sorted by name and
// then by id, ids that are numbers as numbers: a control plane promises no order,
// and another order would look like a change. It does not modify items, and never
// returns nil, which would be null in Terraform.
func FilterSort[T, M any](items []T, wanted func(T) bool, key func(T) Listed, model func(T) M) []M {
	selected := make([]T, 0, len(items))
	for _, item := range items {
		if wanted(item) {
			selected = append(selected, item)
		}
	}
	slices.SortStableFunc(selected, func(a, b T) int {
		if c := strings.Compare(key(a).Name, key(b).Name); c != 0 {
			return c
		}
		return runai.CompareIDs(key(a).ID, key(b).ID)
	})
	models := make([]M, 0, len(selected))
	for _, item := range selected {
		models = append(models, model(item))
	}
	return models
}

// LookupHints returns what to do about an error of a lookup: which data source lists
// what there is, or finds the id of a name.
func LookupHints(err error) []string {
	e, ok := errors.AsType[lookupError](err)
	if _, mismatch := errors.AsType[*runai.MismatchError](err); !ok || mismatch {
		return nil // the error says where the object is
	}
	source := "runai_" + strings.ReplaceAll(e.LookupObject(), " ", "_")
	argument, _ := Argument(err)
	if none, ok := errors.AsType[*runai.NotFoundError](err); ok && none.NameOf != "" {
		kind := "an id"
		if none.Object == "cluster" {
			kind = "a UUID"
		}
		return []string{fmt.Sprintf("%s is %s; data.%s finds it by name.", argument, kind, source)}
	}
	return []string{fmt.Sprintf("The data source %ss lists all available %ss.", source, e.LookupObject())}
}
