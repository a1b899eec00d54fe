import {
  to = runai_application.ci
  id = "ci-pipeline-prod"
}

import {
  to = runai_access_rule.ci
  id = "app/ci-pipeline-prod/5/tenant/1001"
}
