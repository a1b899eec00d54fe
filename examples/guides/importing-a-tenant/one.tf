# Some versions of Terraform need the argument provider in an import without a resource
# block. Delete it once the configuration is generated.
import {
  provider = runai
  to       = runai_application.ci
  id       = "ci-pipeline-prod"
}

import {
  provider = runai
  to       = runai_access_rule.ci
  id       = "app/ci-pipeline-prod/5/tenant/1001"
}
