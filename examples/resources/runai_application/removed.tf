# The block resource "runai_application" "ci" was deleted from the configuration.
# This one removes the application from the state and keeps it on the control plane.
removed {
  from = runai_application.ci

  lifecycle {
    destroy = false
  }
}
