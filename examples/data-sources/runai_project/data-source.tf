# A name that exists in one cluster only.
data "runai_project" "vision" {
  name = "vision"
}

data "runai_cluster" "b" {
  name = "cluster-b"
}

# A name that exists in several clusters needs the cluster or the department.
data "runai_project" "shared" {
  name       = "shared"
  cluster_id = data.runai_cluster.b.id
}

output "project_ids" {
  value = [data.runai_project.vision.id, data.runai_project.shared.id]
}
