import {
  to = runai_access_rule.dashboard
  id = "app/usage-dashboard/5/cluster/71f69d83-ba66-4822-adf5-55ce55efd210" # subject_type/subject_id/role_id/scope_type/scope_id, or the ID
}
