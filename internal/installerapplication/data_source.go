package installerapplication

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// NewDataSource returns runai_installer_application.
var NewDataSource = framework.NewDataSource[model](framework.DataSource{
	Type: typeName,
	Noun: noun,
	Description: description + "\n\n" +
		"The secret is stored in the state. The ephemeral resource of the same name does not store it, and needs Terraform 1.10 or OpenTofu 1.11.",
	Attributes: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":   framework.ComputedString(idDescription),
			"name": framework.ComputedString(nameDescription),
			"client_secret": schema.StringAttribute{
				MarkdownDescription: secretDescription,
				Computed:            true,
				Sensitive:           true,
			},
		}
	},
})

// Read implements [framework.DataSourceModel].
func (m *model) Read(ctx context.Context, c *runai.Client) error {
	installer, err := c.Installer(ctx)
	*m = fromAPI(installer)
	return err
}
