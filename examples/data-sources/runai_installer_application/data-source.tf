# On control planes from 2.18 to 2.22.
data "runai_installer_application" "this" {}

output "installer_secret" {
  value     = data.runai_installer_application.this.client_secret
  sensitive = true
}
