data "runai_cluster" "a" {
  name = "cluster-a"
}

data "runai_departments" "of_cluster" {
  cluster_id = data.runai_cluster.a.id
}

output "departments" {
  value = data.runai_departments.of_cluster.departments[*].name
}
