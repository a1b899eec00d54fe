# The block was runai_access_rule.dashboard before: the rule stays as it is.
moved {
  from = runai_access_rule.dashboard
  to   = runai_access_rule.usage
}
