provider "runai" {
  base_url        = "https://runai.internal.example" # or RUNAI_BASE_URL
  ca_cert_file    = "/etc/ssl/certs/company-ca.pem"  # or RUNAI_CA_CERT_FILE
  request_timeout = "10s"
  max_retries     = 6
}

data "runai_clusters" "all" {}

output "disconnected" {
  value = [for cluster in data.runai_clusters.all.clusters : cluster.name if cluster.state != "Connected"]
}
