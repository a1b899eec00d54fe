# terraform query -generate-config-out=service-accounts.tf
list "runai_service_account" "all" {
  provider = runai
  limit    = 1000
}
