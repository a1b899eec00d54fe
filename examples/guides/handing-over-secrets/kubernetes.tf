resource "kubernetes_secret_v1" "ci" {
  metadata {
    name = "runai"
  }

  data_wo = {
    client-id     = runai_application.ci.client_id
    client-secret = runai_application.ci.client_secret
  }
  data_wo_revision = runai_application.ci.client_secret_version
}
