data "runai_cluster" "a" {
  name = "cluster-a"
}

# What an access rule with scope_type = "cluster" has as its scope_id.
output "cluster_id" {
  value = data.runai_cluster.a.id
}
