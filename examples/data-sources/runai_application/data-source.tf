# An application that is managed elsewhere: here the one that this provider
# signs in as.
data "runai_caller" "this" {}

data "runai_application" "this" {
  client_id = data.runai_caller.this.client_id
}

output "what_it_may_do" {
  value = [
    for rule in data.runai_application.this.access_rules :
    "${rule.role_name} in ${rule.scope_type} ${rule.scope_name}"
  ]
}
