terraform {
  required_providers {
    runai = {
      source  = "runai-community/runai"
      version = "~> 0.1.0"
    }
  }
}

# The control plane and the credentials come from the environment:
#
#   export RUNAI_BASE_URL=https://acme.run.ai
#   export RUNAI_CLIENT_ID=terraform
#   export RUNAI_CLIENT_SECRET=...
provider "runai" {}
