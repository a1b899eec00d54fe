module "ci" {
  source = "github.com/runai-community/terraform-provider-runai//examples/modules/rotating-application"

  name       = "ci-pipeline"
  generation = 7 # one more rotates

  access_rules = {
    train = { role_name = "L1 researcher", scope_type = "tenant" }
  }
}
