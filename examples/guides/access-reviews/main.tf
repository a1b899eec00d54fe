data "runai_access_rules" "administrators" {
  role_name = "System administrator"
}

data "runai_applications" "tenant" {}

locals {
  administrators = ["terraform"] # subjects: client IDs, e-mail addresses, names of groups
  idle           = "2160h"       # 90 days

  unexpected = [
    for rule in data.runai_access_rules.administrators.access_rules : rule.subject_id
    if !contains(local.administrators, rule.subject_id)
  ]

  # An application that has never signed in counts from its creation.
  unused = [
    for application in data.runai_applications.tenant.applications : application.name
    if application.enabled &&
    timecmp(timeadd(coalesce(application.last_login, application.created_at, plantimestamp()), local.idle), plantimestamp()) < 0
  ]
}

check "administrators" {
  assert {
    condition     = length(local.unexpected) == 0
    error_message = "System administrators that are not on the list: ${join(", ", local.unexpected)}."
  }
}

check "unused_applications" {
  assert {
    condition     = length(local.unused) == 0
    error_message = "Enabled applications that have not signed in for 90 days: ${join(", ", local.unused)}."
  }
}
