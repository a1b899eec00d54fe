output "client_id" {
  description = "What the pipeline signs in as."
  value       = runai_application.this.client_id
}

output "client_secret" {
  description = "The secret it signs in with."
  value       = runai_application.this.client_secret
  sensitive   = true
}

output "client_secret_version" {
  description = "How many secrets there have been."
  value       = runai_application.this.client_secret_version
}

output "access_rules" {
  description = "The ids of the access rules by what they grant."
  value       = { for key, rule in runai_access_rule.this : key => rule.id }
}
