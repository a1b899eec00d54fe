output "client_id" {
  description = "Client ID that the pipeline signs in with."
  value       = runai_application.this.client_id
}

output "client_secret" {
  description = "Client secret that the pipeline signs in with."
  value       = runai_application.this.client_secret
  sensitive   = true
}

output "client_secret_version" {
  description = "Number of secrets that the application has had."
  value       = runai_application.this.client_secret_version
}

output "access_rules" {
  description = "IDs of the access rules by what they grant."
  value       = { for key, rule in runai_access_rule.this : key => rule.id }
}
