# Generation g has rotated a floor(g / 2) times and b floor((g + 1) / 2) times,
# so that each step rotates one of them: the idle one, which becomes current.
locals {
  rotations = {
    a = floor(var.generation / 2)
    b = floor((var.generation + 1) / 2)
  }
}

resource "runai_application" "this" {
  for_each = local.rotations

  name                      = "${var.name}-${each.key}"
  keepers                   = { rotation = each.value }
  client_secret_recipients  = var.client_secret_recipients
  rotate_only_if_unused_for = var.unused_for
}

locals {
  grants = merge([
    for key in keys(local.rotations) : {
      for rule, grant in var.access_rules : "${key}/${rule}" => merge(grant, { application = key })
    }
  ]...)

  # The generation that the applications really have: a rotation that failed has
  # left the keepers as they were, and so the former pair is still the current one.
  generation = sum([for application in runai_application.this : tonumber(application.keepers.rotation)])
  current    = runai_application.this[local.generation % 2 == 0 ? "a" : "b"]

  # Unknown in the plan for as long as the secret is, and then true. The client ID
  # goes through it, so that a rotation that fails leaves both outputs as they
  # were: an output that is known in the plan would change all the same.
  issued = nonsensitive(sha256(jsonencode([local.current.client_secret, local.current.client_secret_sealed])) != "")
}

resource "runai_access_rule" "this" {
  for_each = local.grants

  subject_id = runai_application.this[each.value.application].client_id
  role_name  = each.value.role_name
  role_id    = each.value.role_id
  scope_type = each.value.scope_type
  scope_id   = each.value.scope_id
  cluster_id = each.value.cluster_id
}
