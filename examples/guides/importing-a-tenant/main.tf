# Terraform 1.7 or newer, OpenTofu 1.7 or newer: an import block for each
# existing application.
data "runai_applications" "existing" {
  name_regex = "^team-"
}

locals {
  existing = { for application in data.runai_applications.existing.applications : application.name => application.id }
}

import {
  for_each = local.existing
  to       = runai_application.team[each.key]
  id       = each.value
}

resource "runai_application" "team" {
  for_each = local.existing
  name     = each.key
}
