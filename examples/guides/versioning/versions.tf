terraform {
  required_providers {
    runai = {
      source  = "runai-community/runai"
      version = "~> 0.1.0" # patches only; from 1.0.0 on: "~> 1.0"
    }
  }
}
