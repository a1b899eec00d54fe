output "client_id" {
  description = "What the pipeline signs in as."
  value       = runai_application.pipeline.client_id
}

output "client_secret" {
  description = "The pipeline's secret. A pipeline reads it with `terraform output -raw client_secret`."
  value       = runai_application.pipeline.client_secret
  sensitive   = true
}

output "applications" {
  description = "The names of all applications of the tenant."
  value       = sort([for a in data.runai_applications.all.applications : a.name])
}
