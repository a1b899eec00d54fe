terraform {
  required_version = ">= 1.6"

  required_providers {
    runai = {
      source = "runai-community/runai"
    }
  }
}
