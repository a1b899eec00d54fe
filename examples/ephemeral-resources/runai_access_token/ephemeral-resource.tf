# A token of the application that the provider signs in as.
ephemeral "runai_access_token" "own" {}

# A token of another application.
resource "runai_application" "dashboard" {
  name = "usage-dashboard"
}

ephemeral "runai_access_token" "dashboard" {
  client_id     = runai_application.dashboard.client_id
  client_secret = runai_application.dashboard.client_secret
}

# Tokens go where Terraform keeps nothing: into other ephemeral values, write-only
# arguments and the configuration of providers, such as this one.
provider "runai" {
  alias        = "dashboard"
  access_token = ephemeral.runai_access_token.dashboard.access_token
}

data "runai_caller" "dashboard" {
  provider   = runai.dashboard
  depends_on = [runai_application.dashboard]
}
