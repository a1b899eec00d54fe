# The block resource "runai_access_rule" "dashboard" was deleted from the
# configuration. This one removes the rule from the state and keeps it on the
# control plane.
removed {
  from = runai_access_rule.dashboard

  lifecycle {
    destroy = false
  }
}
