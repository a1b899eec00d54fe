data "runai_caller" "this" {}

output "signed_in_as" {
  value = "${data.runai_caller.this.client_id} in tenant ${data.runai_caller.this.tenant_id}"
}

# Nobody can grant more than they have.
check "is_administrator" {
  assert {
    condition     = contains(data.runai_caller.this.access_rules[*].role_name, "System administrator")
    error_message = "The application that this configuration is applied with is no administrator, and can grant only what it may do itself."
  }
}
