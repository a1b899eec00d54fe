variable "sealed" {
  description = "A client secret that was sealed to a key of yours"
  type        = string
}

# The private key comes from the environment variable RUNAI_AGE_IDENTITY, or the
# file that RUNAI_AGE_IDENTITY_FILE names.
ephemeral "runai_unsealed_secret" "ci" {
  sealed = var.sealed
}

provider "runai" {
  alias         = "ci"
  client_id     = "ci-pipeline-prod"
  client_secret = ephemeral.runai_unsealed_secret.ci.secret
}

data "runai_caller" "ci" {
  provider = runai.ci
}
