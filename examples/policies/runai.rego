# Policy for the plan of a pull request:
#
#   terraform plan -out plan.bin && terraform show -json plan.bin > plan.json
#   conftest test --policy examples/policies plan.json
package main

import rego.v1

applications := {"runai_application", "runai_service_account"}

# A rotation revokes the secret that is in use. Each one increments the version; it
# is unknown where the plan cannot tell.
deny contains message if {
	some change in input.resource_changes
	applications[change.type]
	"update" in change.change.actions
	rotates(change.change)
	message := sprintf("%s: the client secret is regenerated", [change.address])
}

rotates(change) if change.after_unknown.client_secret_version
rotates(change) if change.before.client_secret_version != change.after.client_secret_version

# A new administrator.
deny contains message if {
	some change in input.resource_changes
	change.type == "runai_access_rule"
	"create" in change.change.actions
	change.change.after.role_name == "System administrator"
	message := sprintf("%s: %s becomes a System administrator", [change.address, change.change.after.subject_id])
}

# A new principal that can open a secret.
deny contains message if {
	some change in input.resource_changes
	applications[change.type]
	some name, key in change.change.after.client_secret_recipients
	not key in former(change.change)
	message := sprintf("%s: %s becomes a recipient of the client secret", [change.address, name])
}

former(change) := {key | some key in change.before.client_secret_recipients}
