list "runai_access_rule" "ml" {
  provider = runai

  config {
    role_name  = "L1 researcher"
    scope_type = "project"
  }
}
