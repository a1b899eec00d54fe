# runai-mock run -version 2.24 -- terraform test -filter=tests/control_plane.tftest.hcl

run "creates" {
  assert {
    condition     = runai_application.team.client_secret_version == 1
    error_message = "A new application has its first secret."
  }

  assert {
    condition     = length(output.client_secret) > 0
    error_message = "The module does not return the secret."
  }
}

run "rotates_in_place" {
  variables {
    rotation = "2"
  }

  assert {
    condition     = runai_application.team.client_secret_version == 2
    error_message = "The secret is not rotated."
  }

  assert {
    condition     = output.client_id == "pipeline-vision"
    error_message = "A rotation keeps the client ID."
  }
}
