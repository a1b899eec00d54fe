# terraform destroy removes this application from the state and keeps it on the
# control plane.
resource "runai_application" "shared" {
  name = "shared-dashboard"

  lifecycle {
    destroy = false
  }
}
