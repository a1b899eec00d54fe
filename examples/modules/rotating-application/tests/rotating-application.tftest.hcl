# Runs against runai-mock:
#
#   go run ./internal/cmd/runai-mock run -- terraform -chdir=examples/modules/rotating-application test

variables {
  name       = "ci-pipeline"
  generation = 0
  access_rules = {
    tenant = { role_name = "Viewer", scope_type = "tenant" }
  }
}

run "begins_with_a" {
  assert {
    condition     = output.client_id == "ci-pipeline-a"
    error_message = "The current application is ${output.client_id}."
  }
}

run "one_more_makes_b_current" {
  variables {
    generation = 1
  }

  assert {
    condition     = output.client_id == "ci-pipeline-b"
    error_message = "The current application is ${output.client_id}."
  }

  assert {
    condition     = output.client_secret != run.begins_with_a.client_secret
    error_message = "The secret is that of the other application."
  }
}

run "refuses_a_fraction" {
  command = plan

  variables {
    generation = 1.5
  }

  expect_failures = [var.generation]
}
