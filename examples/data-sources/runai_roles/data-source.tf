# Every role that has the word in its name or description, in any letter case.
data "runai_roles" "administrators" {
  search = "administrator"
}

output "administrators" {
  value = { for role in data.runai_roles.administrators.roles : role.id => role.name if role.enabled }
}
