# terraform query -generate-config-out=applications.tf
list "runai_application" "all" {
  provider = runai
  limit    = 1000
}

list "runai_application" "ci" {
  provider = runai
  limit    = 1000

  config {
    name_regex = "^ci-"
    enabled    = true
  }
}
