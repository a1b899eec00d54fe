resource "runai_service_account" "ci" {
  name = "ci-pipeline"
}

moved {
  from = runai_application.ci
  to   = runai_service_account.ci
}

resource "runai_access_rule" "ci" {
  subject_id = runai_service_account.ci.client_id
  role_name  = "Viewer"
  scope_type = "tenant"
}
