# Runs against runai-mock:
#
#   go run ./internal/cmd/runai-mock -listen 127.0.0.1:8080
#   export RUNAI_BASE_URL=http://127.0.0.1:8080 RUNAI_CLIENT_ID=terraform RUNAI_CLIENT_SECRET=terraform-secret
#   terraform test

variables {
  name       = "ci-pipeline-prod"
  rotated_on = "2026-07-01"
  grants = [
    { role = "L1 researcher", scope_type = "cluster", scope = "cluster-a" },
    { role = "Viewer", scope_type = "tenant" },
    { role = "L1 researcher", scope_type = "department", scope = "default", cluster = "cluster-b" },
  ]
}

run "creates_the_application_with_its_rules" {
  assert {
    condition     = output.client_id == "ci-pipeline-prod"
    error_message = "The client ID is ${output.client_id}."
  }

  assert {
    condition     = length(output.access_rules) == 3
    error_message = "There are ${length(output.access_rules)} access rules."
  }

  assert {
    condition     = output.client_secret_version == 1
    error_message = "The secret has version ${output.client_secret_version}."
  }
}

run "another_day_makes_another_secret" {
  variables {
    rotated_on = "2026-10-01"
  }

  assert {
    condition     = output.client_secret_version == 2
    error_message = "The secret has version ${output.client_secret_version}."
  }

  assert {
    condition     = output.client_secret != run.creates_the_application_with_its_rules.client_secret
    error_message = "The secret is the old one."
  }

  assert {
    condition     = output.access_rules == run.creates_the_application_with_its_rules.access_rules
    error_message = "The access rules were replaced."
  }
}

run "refuses_a_scope_without_a_name" {
  command = plan

  variables {
    grants = [{ role = "Viewer", scope_type = "cluster" }]
  }

  expect_failures = [var.grants]
}
