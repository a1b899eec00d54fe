package framework

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// ListNote ends the description of every list resource.
const ListNote = "List resources need Terraform 1.14. `terraform query -generate-config-out=FILE` writes the configuration and the import blocks " +
	"of what is listed, which plan as imports and nothing else. No secret is listed. Terraform lists 100 objects unless `limit` is set."

// ListFilters converts arguments of a data source to those of a list resource, so that
// both have the same descriptions and validators. It panics on an argument that the
// data source does not have, or whose type is not supported.
func ListFilters(d datasource.DataSource, names ...string) map[string]schema.Attribute {
	var resp datasource.SchemaResponse
	d.Schema(context.Background(), datasource.SchemaRequest{}, &resp)
	filters := make(map[string]schema.Attribute, len(names))
	for _, name := range names {
		switch a := resp.Schema.Attributes[name].(type) {
		case datasourceschema.StringAttribute:
			filters[name] = schema.StringAttribute{CustomType: a.CustomType, MarkdownDescription: a.MarkdownDescription, Optional: true, Validators: a.Validators}
		case datasourceschema.BoolAttribute:
			filters[name] = schema.BoolAttribute{CustomType: a.CustomType, MarkdownDescription: a.MarkdownDescription, Optional: true, Validators: a.Validators}
		case datasourceschema.Int64Attribute:
			filters[name] = schema.Int64Attribute{CustomType: a.CustomType, MarkdownDescription: a.MarkdownDescription, Optional: true, Validators: a.Validators}
		default:
			panic(fmt.Sprintf("no filter %q of type %T", name, a))
		}
	}
	return filters
}

// ListedObject is an object that a list resource found.
type ListedObject struct {
	// ID is its identity.
	ID string
	// DisplayName describes it to users.
	DisplayName string
	// Attributes are those of the resource that are not null.
	Attributes map[string]attr.Value
}

// ListObjects returns the results of a list resource: of the pages of a list, the
// objects that object returns true for, up to the limit of the request. No page
// behind the limit is requested. An error ends the results.
//
// Entries that could not be decoded or may be missing cause a warning. The noun is
// plural: "Access Rules".
func ListObjects[T any](ctx context.Context, req list.ListRequest, noun string, pages iter.Seq2[runai.Listing[T], error],
	object func(T) (ListedObject, bool),
) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		var pushed int64
		for page, err := range pages {
			if err != nil {
				push(list.ListResult{Diagnostics: ListError(ctx, req, noun, err)})
				return
			}
			if diags := gaps(page.Malformed, page.Truncated, strings.ToLower(noun)); len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
				return
			}
			for _, item := range page.Items {
				listed, ok := object(item)
				if !ok {
					continue
				}
				if pushed++; !push(listed.result(ctx, req)) || pushed == req.Limit {
					return
				}
			}
		}
	}
}

// ListError returns the diagnostics of a failed list: at the argument of a lookup error,
// otherwise at the list as a whole.
func ListError(ctx context.Context, req list.ListRequest, noun string, err error) (diags diag.Diagnostics) {
	if argument, ok := Argument(err); ok {
		at := path.Root(argument)
		if _, none := req.Config.Schema.AttributeAtPath(ctx, at); !none.HasError() {
			AddAttributeError(&diags, at, List, noun, err, LookupHints(err)...)
			return diags
		}
	}
	AddError(&diags, List, noun, err)
	return diags
}

// gaps returns warnings about an incomplete list.
func gaps(malformed int, truncated bool, plural string) (diags diag.Diagnostics) {
	if malformed > 0 {
		diags.AddWarning("Incomplete List", fmt.Sprintf("%d of the %s could not be decoded and are missing from the list.", malformed, plural))
	}
	if truncated {
		diags.AddWarning("Incomplete List", fmt.Sprintf("The control plane returned its maximum number of %s, so others may be missing from the list.", plural))
	}
	return diags
}

func (o ListedObject) result(ctx context.Context, req list.ListRequest) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = o.DisplayName
	result.Diagnostics.Append(result.Identity.SetAttribute(ctx, path.Root("id"), types.StringValue(o.ID))...)
	if !req.IncludeResource {
		return result
	}
	for name, value := range o.Attributes {
		result.Diagnostics.Append(result.Resource.SetAttribute(ctx, path.Root(name), value)...)
	}
	return result
}
