# By hand: edit the day.
resource "runai_application" "ci" {
  name    = "ci-pipeline"
  keepers = { rotated_on = "2026-10-01" }
}

# By date, without a resource that changes in every plan: the year and the quarter
# in which the plan is made. A plan in a new quarter rotates, any other does not.
locals {
  today   = plantimestamp()
  quarter = "${formatdate("YYYY", local.today)}-Q${floor((tonumber(formatdate("M", local.today)) + 2) / 3)}"
}

resource "runai_application" "nightly" {
  name    = "nightly-evaluation"
  keepers = { quarter = local.quarter }
}

# In a pipeline: the reason for the rotation is an input, and stays in the history.
variable "rotation" {
  description = "Change it to rotate, for example to the number of the incident."
  type        = string
  default     = "initial"
}

resource "runai_application" "service" {
  name    = "usage-dashboard"
  keepers = { rotation = var.rotation }
}
