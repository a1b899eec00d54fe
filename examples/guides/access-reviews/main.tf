data "runai_access_rules" "administrators" {
  role_name = "System administrator"
}

data "runai_applications" "all" {}

locals {
  administrators = ["terraform"] # client IDs of the intended administrators
  idle           = "2160h"       # 90 days
}

check "administrators" {
  assert {
    condition = alltrue([
      for rule in data.runai_access_rules.administrators.access_rules :
      rule.subject_type != "app" || contains(local.administrators, rule.subject_id)
    ])
    error_message = "An application that is not on the list is a System administrator."
  }
}

check "unused_applications" {
  assert {
    condition = alltrue([
      for application in data.runai_applications.all.applications :
      !application.enabled || application.last_login == null ||
      timecmp(timeadd(coalesce(application.last_login, plantimestamp()), local.idle), plantimestamp()) >= 0
    ])
    error_message = "An enabled application has not signed in for 90 days."
  }
}
