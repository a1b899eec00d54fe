terraform {
  required_version = ">= 1.5"

  required_providers {
    runai = {
      source = "runai-community/runai"
    }
  }
}
