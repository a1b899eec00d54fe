resource "runai_application" "dashboard" {
  name = "usage-dashboard"
}

data "runai_cluster" "a" {
  name = "cluster-a"
}

# Grants an application a role in a scope and everything below it.
resource "runai_access_rule" "dashboard" {
  subject_id = runai_application.dashboard.client_id
  role_name  = "L1 researcher"
  scope_type = "cluster"
  scope_id   = data.runai_cluster.a.id
}

# The same for a user. Without a scope_id, the scope is the provider's own tenant.
resource "runai_access_rule" "data_scientist" {
  subject_id   = "jane@acme.example"
  subject_type = "user"
  role_name    = "Viewer"
  scope_type   = "tenant"
}
