# Credentials of a pipeline. Changing keepers regenerates the secret.
resource "runai_service_account" "ci" {
  name = "ci-pipeline-prod"

  keepers = {
    quarter = "2026-Q4"
  }
}

# Its permissions are access rules.
resource "runai_access_rule" "ci" {
  subject_id = runai_service_account.ci.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}
