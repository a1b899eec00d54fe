package framework

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// DataSourceModel is the model of a data source: it has the arguments of a configuration
// and reads the other attributes itself.
//
// An error of a lookup is reported at its argument; see [OnArgumentOf]. Any other error
// is reported at the data source as a whole.
type DataSourceModel[M any] interface {
	*M
	Read(ctx context.Context, c *runai.Client) error
}

// DataSource describes a data source.
type DataSource struct {
	// Type is its name in a configuration: "runai_role".
	Type string
	// Noun is its name in the summary of an error: "Role".
	Noun string
	// Description is Markdown.
	Description string
	// Attributes returns the attributes. It is called once.
	Attributes func() map[string]schema.Attribute
	// ExactlyOneOf are the arguments of which exactly one is required, none for a list.
	ExactlyOneOf []string
}

// NewDataSource returns the constructor of a data source.
func NewDataSource[M any, P DataSourceModel[M]](d DataSource) func() datasource.DataSource {
	described := sync.OnceValue(func() schema.Schema {
		return schema.Schema{MarkdownDescription: d.Description, Attributes: d.Attributes()}
	})
	return func() datasource.DataSource {
		return &dataSource[M, P]{DataSource: d, schema: described}
	}
}

// dataSource implements a data source by its model.
type dataSource[M any, P DataSourceModel[M]] struct {
	DataSource
	Configured
	schema func() schema.Schema
}

// anyModel is a model for the assertions below.
type anyModel struct{}

func (*anyModel) Read(context.Context, *runai.Client) error { return nil }

var (
	_ datasource.DataSourceWithConfigure        = (*dataSource[anyModel, *anyModel])(nil)
	_ datasource.DataSourceWithConfigValidators = (*dataSource[anyModel, *anyModel])(nil)
)

// Metadata implements [datasource.DataSource].
func (d *dataSource[M, P]) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.Type
}

// Schema implements [datasource.DataSource].
func (d *dataSource[M, P]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.schema()
}

// ConfigValidators implements [datasource.DataSourceWithConfigValidators].
func (d *dataSource[M, P]) ConfigValidators(context.Context) []datasource.ConfigValidator {
	if len(d.ExactlyOneOf) == 0 {
		return nil
	}
	expressions := make([]path.Expression, 0, len(d.ExactlyOneOf))
	for _, argument := range d.ExactlyOneOf {
		expressions = append(expressions, path.MatchRoot(argument))
	}
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(expressions...)}
}

// Configure implements [datasource.DataSourceWithConfigure].
func (d *dataSource[M, P]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configure(req.ProviderData, &resp.Diagnostics)
}

// Read implements [datasource.DataSource].
func (d *dataSource[M, P]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m M
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || !d.RequireClient(&resp.Diagnostics) {
		return
	}
	ctx = context.WithValue(ctx, warningsKey{}, &resp.Diagnostics)
	if err := P(&m).Read(ctx, d.Client); err != nil {
		argument, ok := Argument(err)
		if _, exists := d.schema().Attributes[argument]; ok && exists {
			AddAttributeError(&resp.Diagnostics, path.Root(argument), Read, d.Noun, err, LookupHints(err)...)
		} else {
			AddError(&resp.Diagnostics, Read, d.Noun, err)
		}
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// warningsKey is the context key of the warnings of a model that reads itself.
type warningsKey struct{}

// WarnOfGaps adds a warning to the data source that is being read if its list is
// incomplete: entries could not be decoded, or the control plane may have truncated it.
func WarnOfGaps(ctx context.Context, malformed int, truncated bool, plural string) {
	if diags, ok := ctx.Value(warningsKey{}).(*diag.Diagnostics); ok {
		diags.Append(gaps(malformed, truncated, plural)...)
	}
}

// lookupError is the error of a lookup: [runai.NotFoundError],
// [runai.AmbiguousError] or [runai.MismatchError].
type lookupError interface {
	error
	LookupField() runai.Field
	LookupObject() string
}

// argumentError is an error of a lookup for an argument with another name than that of
// the lookup.
type argumentError struct {
	lookupError
	argument string
}

// Unwrap returns the error of the lookup.
func (e *argumentError) Unwrap() error { return e.lookupError }

// OnArgumentOf reports an error of a lookup at the argument that refers to another
// object: for the name of a "role" at role_name. It returns other errors unchanged.
func OnArgumentOf(object string, err error) error {
	if e, ok := errors.AsType[lookupError](err); ok {
		return &argumentError{lookupError: e, argument: object + "_" + string(e.LookupField())}
	}
	return err
}

// Argument returns the argument of a lookup error. ok is false for any other error,
// such as that of a server or of a missing collection.
func Argument(err error) (argument string, ok bool) {
	if e, ok := errors.AsType[*argumentError](err); ok {
		return e.argument, true
	}
	if e, ok := errors.AsType[lookupError](err); ok {
		return string(e.LookupField()), true
	}
	return "", false
}
