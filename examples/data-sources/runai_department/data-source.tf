data "runai_cluster" "a" {
  name = "cluster-a"
}

# Each cluster can have a department of this name: cluster_id selects one.
data "runai_department" "default" {
  name       = "default"
  cluster_id = data.runai_cluster.a.id
}

output "department_id" {
  value = data.runai_department.default.id
}
