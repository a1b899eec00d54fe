import {
  to = runai_application.ci
  id = "ci-pipeline-prod" # the name, or the ID
}
