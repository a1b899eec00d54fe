package installerapplication

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// The descriptions that the data source and the ephemeral resource share.
const (
	typeName          = "runai_installer_application"
	noun              = "Installer Application"
	description       = "The application that clusters are installed with, on control planes 2.18 to 2.22. On other versions it does not exist, and reading it is an error."
	idDescription     = "ID of the application."
	nameDescription   = "Name of the application, which it signs in as."
	secretDescription = "Client secret of the application."
)

// model is the installer application in both of them.
type model struct {
	ID           types.String `tfsdk:"id"`
	Name         types.String `tfsdk:"name"`
	ClientSecret types.String `tfsdk:"client_secret"`
}

func fromAPI(installer runai.CreatedApplication) model {
	return model{
		ID:           types.StringValue(installer.ID),
		Name:         types.StringValue(installer.Name),
		ClientSecret: types.StringValue(installer.Secret.Reveal()),
	}
}
