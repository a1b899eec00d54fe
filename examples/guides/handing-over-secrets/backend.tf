terraform {
  backend "s3" {
    bucket       = "acme-terraform-state"
    key          = "runai.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    kms_key_id   = "alias/terraform-state"
    use_lockfile = true
  }
}
