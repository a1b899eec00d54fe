package framework

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// Lookup describes a pair of data sources: runai_role, which finds one object by its
// name or its ID, and runai_roles, which lists them. Type names, the attribute of the
// list and summaries of errors follow from the object's name.
type Lookup struct {
	// Object is the name of one object, in lower case: "role", "node pool".
	Object string
	// Description and ListDescription are Markdown.
	Description, ListDescription string
	// Attributes returns the attributes of one object, computed, with name and ID among
	// them.
	Attributes func() map[string]schema.Attribute
	// Arguments are the attributes that narrow the lookup of one object, besides name
	// and ID, with an addition to their description.
	Arguments map[string]string
	// NameNote is added to the description of the argument name.
	NameNote string
	// Filters returns the arguments of the list.
	Filters func() map[string]schema.Attribute
}

// NewLookup returns the constructors of both data sources. Their models read
// themselves; that of the list has the attribute of the list.
func NewLookup[M, L any, P DataSourceModel[M], Q DataSourceModel[L]](l Lookup) (one, list func() datasource.DataSource) {
	objects := l.Object + "s"
	one = NewDataSource[M, P](DataSource{
		Type:         "runai_" + snakeCase(l.Object),
		Noun:         titleCase(l.Object),
		Description:  l.Description,
		ExactlyOneOf: []string{"name", "id"},
		Attributes:   l.attributes,
	})
	list = NewDataSource[L, Q](DataSource{
		Type:        "runai_" + snakeCase(objects),
		Noun:        titleCase(objects),
		Description: l.ListDescription,
		Attributes: func() map[string]schema.Attribute {
			attributes := l.Filters()
			attributes[snakeCase(objects)] = schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The " + objects + ".",
				NestedObject:        schema.NestedAttributeObject{Attributes: l.Attributes()},
			}
			return attributes
		},
	})
	return one, list
}

// snakeCase returns words as the name of a type or an attribute has them: node_pool.
func snakeCase(words string) string { return strings.ReplaceAll(words, " ", "_") }

// titleCase returns words as a summary has them: Node Pool.
func titleCase(words string) string {
	list := strings.Split(words, " ")
	for i, word := range list {
		list[i] = Capital(word)
	}
	return strings.Join(list, " ")
}

// attributes returns those of the data source for one object.
func (l Lookup) attributes() map[string]schema.Attribute {
	const either = " Exactly one of `name` and `id` is required."
	attributes := l.Attributes()
	name := " Exact match preferred, otherwise case-insensitive."
	if l.NameNote != "" {
		name += " " + l.NameNote
	}
	makeArgument(attributes, "name", name+either)
	makeArgument(attributes, "id", either)
	for argument, note := range l.Arguments {
		makeArgument(attributes, argument, " "+note)
	}
	return attributes
}

// makeArgument converts a computed attribute to an argument, and adds a note to its
// description. It panics on an attribute whose type is not supported.
func makeArgument(attributes map[string]schema.Attribute, name, note string) {
	switch a := attributes[name].(type) {
	case schema.StringAttribute:
		attributes[name] = LookupString(a.MarkdownDescription + note)
	case schema.Int64Attribute:
		a.CustomType, a.Optional = WholeNumber{}, true
		a.MarkdownDescription += note
		attributes[name] = a
	default:
		panic(fmt.Sprintf("no argument %q of type %T", name, a))
	}
}

// LookupString is a string attribute that an object can be looked up by. It is computed
// if it is not set.
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

// ComputedString is a string that the control plane sets.
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

// Listed has the sort keys of an object of a list.
type Listed struct{ Name, ID string }

// FilterSort returns the models of the items that match, sorted by name and then by ID,
// numeric IDs as numbers. The API guarantees no order, and another order would be shown
// as a change. FilterSort does not modify items, and never returns nil, which would be
// null in Terraform.
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

// LookupHints returns the advice for a lookup error: the data source that lists the
// objects or finds the ID of a name.
func LookupHints(err error) []string {
	e, ok := errors.AsType[lookupError](err)
	if _, mismatch := errors.AsType[*runai.MismatchError](err); !ok || mismatch {
		return nil // the error says where the object is
	}
	source := "runai_" + snakeCase(e.LookupObject())
	argument, _ := Argument(err)
	if none, ok := errors.AsType[*runai.NotFoundError](err); ok && none.NameOf != "" {
		kind := "an ID"
		if none.Object == "cluster" {
			kind = "a UUID"
		}
		return []string{fmt.Sprintf("%s is %s; data.%s finds it by name.", argument, kind, source)}
	}
	return []string{fmt.Sprintf("The data source %ss lists all available %ss.", source, e.LookupObject())}
}
