locals {
  name = "nightly"
}

resource "runai_application" "nightly" {
  name = local.name
}

resource "runai_access_rule" "nightly" {
  subject_id = runai_application.nightly.client_id
  role_name  = "L1 researcher"
  scope_type = "tenant"
}

# The subject of a rule is a name: rules that a former application of that name has
# left behind may apply to the new one. The plan that creates it warns already.
data "runai_access_rules" "nightly" {
  subject_id   = local.name
  subject_type = "app"
}

check "nightly_has_no_other_rules" {
  assert {
    condition = length(setsubtract(
      [for r in data.runai_access_rules.nightly.access_rules : "${r.role_id}/${r.scope_type}/${r.scope_id}"],
      [for r in [runai_access_rule.nightly] : "${r.role_id}/${r.scope_type}/${r.scope_id}"],
    )) == 0
    error_message = "The application ${local.name} has access rules that this configuration does not manage. Import or delete them."
  }
}
