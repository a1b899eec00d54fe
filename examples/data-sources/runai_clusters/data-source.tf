data "runai_clusters" "all" {}

output "not_connected" {
  value = [for cluster in data.runai_clusters.all.clusters : cluster.name if cluster.state != "Connected"]
}
