# terraform destroy removes this rule from the state and keeps it on the control
# plane.
resource "runai_access_rule" "auditors" {
  subject_id   = "auditors"
  subject_type = "group"
  role_name    = "Viewer"
  scope_type   = "tenant"

  lifecycle {
    destroy = false
  }
}
