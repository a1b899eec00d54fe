resource "aws_secretsmanager_secret" "ci" {
  name = "runai/ci"
}

resource "aws_secretsmanager_secret_version" "ci" {
  secret_id                = aws_secretsmanager_secret.ci.id
  secret_string_wo         = runai_application.ci.client_secret
  secret_string_wo_version = runai_application.ci.client_secret_version
}
