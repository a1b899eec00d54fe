terraform {
  required_providers {
    runai = {
      source = "runai-community/runai"
    }
  }
}
