resource "time_rotating" "quarterly" {
  rotation_days = 90
}

resource "runai_application" "ci" {
  name    = "ci-pipeline-prod"
  keepers = { rotated = time_rotating.quarterly.id }
}
