variable "name" {
  description = "Name of the application, unique in the tenant."
  type        = string
}

variable "grants" {
  description = "Roles of the application, each by its name, with a scope by its type and name. The tenant has no name; a department or a project also needs its cluster."
  type = set(object({
    role       = string
    scope_type = string
    scope      = optional(string)
    cluster    = optional(string)
  }))

  validation {
    condition     = alltrue([for g in var.grants : contains(["tenant", "cluster", "department", "project"], g.scope_type)])
    error_message = "scope_type is one of tenant, cluster, department and project."
  }

  validation {
    condition     = alltrue([for g in var.grants : (g.scope_type == "tenant") == (g.scope == null)])
    error_message = "Every scope but the tenant has a name."
  }
}

variable "rotated_on" {
  description = "Day of the last rotation of the secret, such as 2026-10-01. A different day regenerates the secret; the old one stops working immediately."
  type        = string

  validation {
    condition     = can(formatdate("YYYY-MM-DD", "${var.rotated_on}T00:00:00Z"))
    error_message = "A day such as 2026-10-01."
  }
}
