resource "runai_application" "reports" {
  name = "reports"
}

# Another role replaces the rule. The new rule is created before the old one is
# deleted, so the application is never without a role.
resource "runai_access_rule" "reports" {
  subject_id = runai_application.reports.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"

  lifecycle {
    create_before_destroy = true
  }
}
