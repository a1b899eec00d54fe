variable "recipient" {
  description = "Public key to seal the client secret to, such as age1…"
  type        = string
}

resource "runai_application" "ci" {
  name                     = "ci-pipeline-prod"
  client_secret_recipients = { pipeline = var.recipient }
}

# The private key comes from the environment variable RUNAI_AGE_IDENTITY, or from
# the file that RUNAI_AGE_IDENTITY_FILE names.
ephemeral "runai_unsealed_secret" "ci" {
  sealed = runai_application.ci.client_secret_sealed["pipeline"]
}

# The secret goes where Terraform keeps nothing: into other ephemeral values,
# write-only arguments and the configuration of providers, such as this one.
provider "runai" {
  alias         = "ci"
  client_id     = runai_application.ci.client_id
  client_secret = ephemeral.runai_unsealed_secret.ci.secret
}

data "runai_caller" "ci" {
  provider   = runai.ci
  depends_on = [runai_application.ci]
}
