output "client_id" {
  description = "Client ID of the current application."
  value       = local.issued ? local.current.client_id : null
  depends_on  = [runai_access_rule.this]
}

output "client_secret" {
  description = "Client secret of the current application; null where it is sealed."
  value       = local.current.client_secret
  sensitive   = true
  depends_on  = [runai_access_rule.this]
}

output "client_secret_sealed" {
  description = "Client secret of the current application, encrypted to each recipient; null without recipients."
  value       = local.current.client_secret_sealed
  depends_on  = [runai_access_rule.this]
}
