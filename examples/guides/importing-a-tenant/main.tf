# Terraform 1.7 or newer, OpenTofu 1.7 or newer: an import block for each
# application. The names are written out, since those of a data source would follow
# the control plane: an application that a later response lacks would be deleted.
locals {
  teams = toset(["team-speech", "team-vision"])
}

import {
  for_each = local.teams
  to       = runai_application.team[each.key]
  id       = each.key
}

resource "runai_application" "team" {
  for_each = local.teams
  name     = each.key
}
