# Credentials of a pipeline. Changing keepers regenerates the secret.
resource "runai_application" "ci" {
  name = "ci-pipeline-prod"

  keepers = {
    quarter = "2026-Q4"
  }
}

# Its permissions are access rules.
resource "runai_access_rule" "ci" {
  subject_id = runai_application.ci.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}

output "ci_client_id" {
  value = runai_application.ci.client_id
}

output "ci_client_secret" {
  value     = runai_application.ci.client_secret
  sensitive = true
}
