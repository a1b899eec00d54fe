resource "runai_application" "ci" {
  name                 = "ci-pipeline-prod"
  verify_client_secret = "report"
}

check "secret" {
  assert {
    condition     = runai_application.ci.client_secret_status != "revoked"
    error_message = "The secret of ci-pipeline-prod was regenerated outside of Terraform."
  }
}
