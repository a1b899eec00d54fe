module "ci" {
  source = "github.com/runai-community/terraform-provider-runai//examples/modules/rotating-application"

  name       = "ci-pipeline"
  generation = 1 # one more rotates

  access_rules = {
    train = { role_name = "L1 researcher", scope_type = "tenant" }
  }
}

output "client_id" {
  value = module.ci.client_id
}

output "client_secret" {
  value     = module.ci.client_secret
  sensitive = true
}
