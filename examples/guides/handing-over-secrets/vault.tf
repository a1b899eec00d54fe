resource "vault_kv_secret_v2" "ci" {
  mount = "secret"
  name  = "runai/ci"

  data_json_wo = jsonencode({
    client_id     = runai_application.ci.client_id
    client_secret = runai_application.ci.client_secret
  })
  data_json_wo_version = runai_application.ci.client_secret_version
}
