# The application that a pipeline signs in with. Another value in keepers
# regenerates its secret; the application, its client ID and its access rules stay.
resource "runai_application" "pipeline" {
  name = "ci-pipeline-prod"

  keepers = {
    quarter = var.quarter
  }
}

# It submits workloads, in one project.
data "runai_project" "vision" {
  name       = "vision"
  cluster_id = data.runai_cluster.a.id
}

resource "runai_access_rule" "pipeline" {
  subject_id = runai_application.pipeline.client_id
  role_name  = "L1 researcher"
  scope_type = "project"
  scope_id   = data.runai_project.vision.id
}

# The application of a dashboard, which reads a whole cluster.
data "runai_cluster" "a" {
  name = "cluster-a"
}

resource "runai_application" "dashboard" {
  name = "usage-dashboard"
}

resource "runai_access_rule" "dashboard" {
  subject_id = runai_application.dashboard.client_id
  role_name  = "L1 researcher"
  scope_type = "cluster"
  scope_id   = data.runai_cluster.a.id
}

# All applications of the tenant and their access rules, also those created
# outside of this configuration.
data "runai_applications" "all" {
  depends_on = [runai_access_rule.pipeline, runai_access_rule.dashboard]
}
