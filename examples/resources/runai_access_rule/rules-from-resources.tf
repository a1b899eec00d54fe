locals {
  # A key of its own for each application: adding one changes no other.
  pipelines = {
    training   = "L1 researcher"
    evaluation = "L2 researcher"
  }
}

resource "runai_application" "pipeline" {
  for_each = local.pipelines

  name = "${each.key}-pipeline"
}

# The subject comes from the resource: the rule is created after its application and
# deleted before it.
resource "runai_access_rule" "pipeline" {
  for_each = local.pipelines

  subject_id = runai_application.pipeline[each.key].client_id
  role_name  = each.value
  scope_type = "tenant"
}
