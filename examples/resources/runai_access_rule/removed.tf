# The block resource "runai_access_rule" "dashboard" is gone from the configuration.
# This one removes the rule from the state and leaves it on the control plane.
removed {
  from = runai_access_rule.dashboard

  lifecycle {
    destroy = false
  }
}
