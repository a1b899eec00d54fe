data "runai_cluster" "a" {
  name = "cluster-a"
}

# The scope_id of an access rule with scope_type = "cluster".
output "cluster_id" {
  value = data.runai_cluster.a.id
}
