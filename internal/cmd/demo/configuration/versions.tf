terraform {
  required_providers {
    runai = {
      source = "runai-community/runai"
    }
  }
}

# The control plane and the credentials come from the environment:
# RUNAI_BASE_URL, RUNAI_CLIENT_ID and RUNAI_CLIENT_SECRET.
provider "runai" {}
