data "runai_access_rules" "administrators" {
  role_name = "System administrator"
}

data "runai_applications" "all" {}

locals {
  administrators = ["terraform"] # subjects: client IDs, e-mail addresses, names of groups
  idle           = "2160h"       # 90 days
}

check "administrators" {
  assert {
    condition = alltrue([
      for rule in data.runai_access_rules.administrators.access_rules : contains(local.administrators, rule.subject_id)
    ])
    error_message = "A subject that is not on the list is a System administrator."
  }
}

# An application that has never signed in counts from its creation.
check "unused_applications" {
  assert {
    condition = alltrue([
      for application in data.runai_applications.all.applications :
      !application.enabled ||
      timecmp(timeadd(coalesce(application.last_login, application.created_at, plantimestamp()), local.idle), plantimestamp()) >= 0
    ])
    error_message = "An enabled application has not signed in for 90 days."
  }
}
