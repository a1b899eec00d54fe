# terraform query -generate-config-out=access-rules.tf
list "runai_access_rule" "all" {
  provider = runai
  limit    = 10000
}

list "runai_access_rule" "groups" {
  provider = runai
  limit    = 1000

  config {
    subject_type = "group"
    scope_type   = "project"
  }
}
