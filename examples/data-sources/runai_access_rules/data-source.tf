# The administrators of the whole tenant.
data "runai_access_rules" "administrators" {
  role_name  = "System administrator"
  scope_type = "tenant"
}

output "administrators" {
  value = [for rule in data.runai_access_rules.administrators.access_rules : "${rule.subject_type} ${rule.subject_id}"]
}

# The rules of all applications, deleted ones included.
data "runai_access_rules" "history" {
  subject_type    = "app"
  include_deleted = true
}

output "deleted" {
  value = {
    for rule in data.runai_access_rules.history.access_rules :
    rule.id => "${rule.subject_id}: ${rule.role_name}, until ${rule.deleted_at}" if rule.deleted_at != null
  }
}
