# terraform test -filter=tests/offline.tftest.hcl

mock_provider "runai" {
  mock_resource "runai_application" {
    defaults = {
      client_id     = "pipeline-speech"
      client_secret = "made-up"
    }
  }
}

variables {
  team = "speech"
}

run "the_rule_is_for_the_application" {
  assert {
    condition     = runai_application.team.name == "pipeline-speech"
    error_message = "The application is named after the team."
  }

  assert {
    condition     = runai_access_rule.team.subject_id == runai_application.team.client_id
    error_message = "The rule is for another subject."
  }

  assert {
    condition     = output.client_secret == "made-up"
    error_message = "The module does not return the secret."
  }
}
