data "runai_applications" "all" {
  sort_by    = "last_login"
  sort_order = "desc"
}

data "runai_caller" "this" {}

# The product's Applications table, as it exports it. The application that this
# configuration is applied with signs in at each run: its time would show up as a
# change in each plan.
locals {
  columns = ["Application", "Client ID", "Access rules", "Last login", "Created by", "Creation time", "Last updated"]

  rows = [
    for a in data.runai_applications.all.applications : [
      a.name,
      a.client_id,
      join("; ", [for rule in a.access_rules : "${rule.role_name} (${rule.scope_type} ${rule.scope_name})"]),
      a.client_id == data.runai_caller.this.client_id ? "now" : a.last_login,
      a.created_by,
      a.created_at,
      a.updated_at,
    ]
  ]
}

# Every value in quotes, the quotes within doubled. `terraform output -raw csv`
# prints it.
output "csv" {
  value = join("", [
    for row in concat([local.columns], local.rows) :
    "${join(",", [for value in row : "\"${replace(value == null ? "" : value, "\"", "\"\"")}\""])}\n"
  ])
}

# Those that have not signed in for 90 days. Without a last sign-in there is no
# time to compare, and try() takes that for "unused" as well.
output "unused" {
  value = [
    for a in data.runai_applications.all.applications : a.name
    if try(timecmp(timeadd(a.last_login, "2160h"), plantimestamp()) < 0, true)
  ]
}
