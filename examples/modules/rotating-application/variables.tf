variable "name" {
  description = "Name of the pair. The two applications are named NAME-a and NAME-b."
  type        = string
}

variable "generation" {
  description = "Number of the rotation, from 0. One more rotates the idle application and makes it the current one. Skipping a number rotates both, and a smaller number rotates the current one: either cuts off the programs that use the current pair."
  type        = number

  validation {
    condition     = var.generation >= 0 && floor(var.generation) == var.generation
    error_message = "The generation is a whole number from 0."
  }
}

variable "access_rules" {
  description = "Access rules of both applications, by a key of your choice: a role by name or ID, and a scope."
  type = map(object({
    role_name  = optional(string)
    role_id    = optional(number)
    scope_type = string
    scope_id   = optional(string)
    cluster_id = optional(string)
  }))
  default = {}
}

variable "client_secret_recipients" {
  description = "Public keys to which the secrets are encrypted, by a name of your choice. Null: those of the provider. Without any, the secrets are in the state in plain text."
  type        = map(string)
  default     = null
}

variable "unused_for" {
  description = "How long the idle application must not have signed in before its secret is regenerated, a duration such as \"24h\". Null: no guard."
  type        = string
  default     = "24h"
}
