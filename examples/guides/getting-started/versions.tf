terraform {
  required_providers {
    runai = {
      source  = "runai-community/runai"
      version = "~> 0.1.0"
    }
  }
}
