data "runai_applications" "all" {
  sort_by = "name"
}

data "runai_caller" "this" {}

# `terraform output -raw applications` prints the table. The application that this
# configuration is applied with is left out: it signs in at each run, and its time
# would show up as a change in each plan.
output "applications" {
  value = provider::runai::applications_csv([
    for a in data.runai_applications.all.applications : a
    if a.client_id != data.runai_caller.this.client_id
  ])
}
