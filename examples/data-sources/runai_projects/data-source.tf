data "runai_cluster" "a" {
  name = "cluster-a"
}

data "runai_department" "default" {
  name       = "default"
  cluster_id = data.runai_cluster.a.id
}

data "runai_projects" "of_department" {
  department_id = data.runai_department.default.id
}

# An access rule for each of them takes for_each = local.projects.
locals {
  projects = { for project in data.runai_projects.of_department.projects : project.name => project.id }
}

output "projects" {
  value = local.projects
}
