# By the name that the user interface shows. The id behind it is a number that
# differs between tenants.
data "runai_role" "administrator" {
  name = "System administrator"
}

# The name of an id.
data "runai_role" "by_id" {
  id = data.runai_role.administrator.id
}

output "administrator" {
  value = "${data.runai_role.by_id.name} has the id ${data.runai_role.administrator.id}"
}
