variable "team" {
  description = "Name of the team."
  type        = string
  default     = "vision"
}

variable "rotation" {
  description = "Change it to rotate the secret."
  type        = string
  default     = "1"
}

resource "runai_application" "team" {
  name    = "pipeline-${var.team}"
  keepers = { rotation = var.rotation }
}

resource "runai_access_rule" "team" {
  subject_id = runai_application.team.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}

output "client_id" {
  description = "What the pipeline signs in as."
  value       = runai_application.team.client_id
}

output "client_secret" {
  description = "Its secret."
  value       = runai_application.team.client_secret
  sensitive   = true
}
