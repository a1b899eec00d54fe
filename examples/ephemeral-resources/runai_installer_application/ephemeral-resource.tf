# Control planes from 2.18 to 2.22 only.
ephemeral "runai_installer_application" "this" {}

provider "runai" {
  alias         = "installer"
  client_id     = ephemeral.runai_installer_application.this.name
  client_secret = ephemeral.runai_installer_application.this.client_secret
}

data "runai_caller" "installer" {
  provider = runai.installer
}
