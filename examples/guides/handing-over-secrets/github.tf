data "github_actions_public_key" "this" {
  repository = "pipeline"
}

resource "runai_application" "github" {
  name    = "github-actions"
  keepers = { quarter = "2026-Q4" }

  client_secret_recipients = {
    operations = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    github     = "nacl:${data.github_actions_public_key.this.key}"
  }
}

resource "github_actions_secret" "runai" {
  repository      = "pipeline"
  secret_name     = "RUNAI_CLIENT_SECRET"
  key_id          = data.github_actions_public_key.this.key_id
  encrypted_value = runai_application.github.client_secret_sealed["github"]
}
