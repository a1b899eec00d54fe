# An application for a pipeline with its access rules, all by name. A different
# day rotates its secret.

resource "runai_application" "this" {
  name = var.name

  keepers = {
    rotated_on = var.rotated_on
  }
}

locals {
  # A stable key for each grant: adding one moves no other.
  grants = {
    for g in var.grants : join("/", compact([g.role, g.scope_type, g.cluster, g.scope])) => g
  }

  clusters    = toset(compact([for g in var.grants : g.scope_type == "cluster" ? g.scope : g.cluster]))
  departments = { for key, g in local.grants : key => g if g.scope_type == "department" }
  projects    = { for key, g in local.grants : key => g if g.scope_type == "project" }
}

data "runai_cluster" "this" {
  for_each = local.clusters

  name = each.value
}

data "runai_department" "this" {
  for_each = local.departments

  name       = each.value.scope
  cluster_id = try(data.runai_cluster.this[each.value.cluster].id, null)
}

data "runai_project" "this" {
  for_each = local.projects

  name       = each.value.scope
  cluster_id = try(data.runai_cluster.this[each.value.cluster].id, null)
}

resource "runai_access_rule" "this" {
  for_each = local.grants

  subject_id = runai_application.this.client_id
  role_name  = each.value.role
  scope_type = each.value.scope_type
  scope_id = (
    each.value.scope_type == "cluster" ? data.runai_cluster.this[each.value.scope].id :
    each.value.scope_type == "department" ? data.runai_department.this[each.key].id :
    each.value.scope_type == "project" ? data.runai_project.this[each.key].id :
    null
  )
}
