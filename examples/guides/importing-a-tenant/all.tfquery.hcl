list "runai_application" "all" {
  provider = runai
  limit    = 1000
}

list "runai_access_rule" "all" {
  provider = runai
  limit    = 10000
}
