# Policy for the plan of a pull request:
#
#   terraform plan -out plan.bin && terraform show -json plan.bin > plan.json
#   conftest test plan.json
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

# Deleted, or replaced: its credentials stop working.
deny contains message if {
	some change in input.resource_changes
	applications[change.type]
	"delete" in change.change.actions
	message := sprintf("%s: the application is deleted, and its credentials with it", [change.address])
}

# A new administrator. The subject is unknown in the plan that creates it.
deny contains message if {
	some change in input.resource_changes
	change.type == "runai_access_rule"
	"create" in change.change.actions
	is_administrator(change.change.after.role_name)
	subject := object.get(change.change.after, "subject_id", "a subject that is known after the apply")
	message := sprintf("%s: %s becomes a System administrator", [change.address, subject])
}

# The provider ignores the case of role_name as Unicode does: "ſ" equals "s".
is_administrator(role) if lower(upper(role)) == "system administrator"

deny contains message if {
	some change in input.resource_changes
	change.type == "runai_access_rule"
	change.change.after_unknown.role_name
	change.change.after_unknown.role_id
	message := sprintf("%s: the role is known after the apply", [change.address])
}

# A new principal that can open a secret: by the argument of the resource, ...
deny contains message if {
	some change in input.resource_changes
	applications[change.type]
	some name, key in change.change.after.client_secret_recipients
	not key in former(change.change)
	message := sprintf("%s: %s becomes a recipient of the client secret", [change.address, name])
}

former(change) := {key | some key in change.before.client_secret_recipients}

# ... by that of the provider, ...
deny contains message if {
	some change in input.resource_changes
	applications[change.type]
	object.get(change.change.after, "client_secret_recipients", null) == null
	some name, _ in change.change.after_unknown.client_secret_sealed
	not sealed(change.change, name)
	message := sprintf("%s: %s becomes a recipient of the client secret", [change.address, name])
}

sealed(change, name) if change.before.client_secret_sealed[name]

# ... or by a value that is known after the apply.
deny contains message if {
	some change in input.resource_changes
	applications[change.type]
	unknown(change.change.after_unknown)
	message := sprintf("%s: the recipients of the client secret are known after the apply", [change.address])
}

unknown(attributes) if attributes.client_secret_recipients == true
unknown(attributes) if {
	attributes.client_secret_sealed == true
	not attributes.client_secret_version # a rotation that is refused already
}
unknown(attributes) if some _ in attributes.client_secret_recipients
