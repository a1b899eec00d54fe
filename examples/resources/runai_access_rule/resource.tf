resource "runai_application" "dashboard" {
  name = "usage-dashboard"
}

data "runai_cluster" "a" {
  name = "cluster-a"
}

# An application may do what a role says, in a scope and in all below it.
resource "runai_access_rule" "dashboard" {
  subject_id = runai_application.dashboard.client_id
  role_name  = "L1 researcher"
  scope_type = "cluster"
  scope_id   = data.runai_cluster.a.id
}

# So may a user or a group. Without a scope_id, the tenant is the provider's own.
resource "runai_access_rule" "data_scientist" {
  subject_id   = "jane@acme.example"
  subject_type = "user"
  role_name    = "Viewer"
  scope_type   = "tenant"
}
