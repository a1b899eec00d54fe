import {
  to = runai_service_account.ci
  id = "ci-pipeline-prod" # the name, or the ID
}
