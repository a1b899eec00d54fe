# The block was renamed from runai_access_rule.dashboard. The rule does not change.
moved {
  from = runai_access_rule.dashboard
  to   = runai_access_rule.usage
}
