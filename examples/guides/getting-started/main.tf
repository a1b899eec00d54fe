provider "runai" {} # RUNAI_BASE_URL, RUNAI_CLIENT_ID, RUNAI_CLIENT_SECRET

# The application that the provider signs in as, and its access rules.
data "runai_caller" "me" {}

output "signed_in_as" {
  value = {
    client_id = data.runai_caller.me.client_id
    roles     = [for rule in data.runai_caller.me.access_rules : "${rule.role_name} (${rule.scope_name})"]
  }
}

resource "runai_application" "ci" {
  name = "ci-pipeline"
}

resource "runai_access_rule" "ci" {
  subject_id = runai_application.ci.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}

output "ci_client_secret" {
  value     = runai_application.ci.client_secret
  sensitive = true
}
