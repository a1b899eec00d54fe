data "runai_cluster" "a" {
  name = "cluster-a"
}

# Each cluster may have a department of the same name, so the cluster says which.
data "runai_department" "default" {
  name       = "default"
  cluster_id = data.runai_cluster.a.id
}

output "department_id" {
  value = data.runai_department.default.id
}
