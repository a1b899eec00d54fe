resource "runai_application" "ci" {
  name    = "ci-pipeline-prod"
  keepers = { quarter = "2026-Q4" }
}

# A stand-in for whatever stores the secret: it is replaced with each new secret,
# since the version is what changes in the plan.
resource "terraform_data" "store" {
  triggers_replace = runai_application.ci.client_secret_version
  input            = { client_id = runai_application.ci.client_id }
}
