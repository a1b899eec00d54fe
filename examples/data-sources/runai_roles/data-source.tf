# Every role that contains the word in its name or description (case-insensitive).
data "runai_roles" "administrators" {
  search = "administrator"
}

output "administrators" {
  value = { for role in data.runai_roles.administrators.roles : role.id => role.name if role.enabled }
}
