package application

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

func resourceSchema(ctx context.Context, n resourceNames) schema.Schema {
	useState := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: description(n),
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the " + n.noun + ". An upgrade of the control plane may change it: the provider then finds the " + n.noun +
					" by its name and creation time, and the refresh stores the new ID.",
				Computed:      true,
				PlanModifiers: useState,
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name, unique in the tenant: 2 to 255 lower-case letters, digits, hyphens and underscores, beginning with a letter and ending " +
					"with a letter or a digit. Changing it replaces the resource, with a new ID and a new secret.",
				Required:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators:    []validator.String{framework.NotEmpty(), stringvalidator.UTF8LengthAtMost(255)},
			},
			"enabled": schema.BoolAttribute{
				MarkdownDescription: "Whether the " + n.noun + " can sign in. Default `true`. Changed in place.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
			},
			"keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values that, when changed, regenerate the client secret in place: the " + n.noun + ", its client ID and its " +
					"access rules stay, and **the old secret stops working immediately**. Removing `keepers` does not rotate the secret, and a key with a null value " +
					"counts as absent. Keepers are stored and shown in plain text.",
				Optional:    true,
				ElementType: types.StringType,
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID that the " + n.noun + " signs in with, and the `subject_id` of its access rules. It equals the name.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Client secret, another one after each regeneration (see `keepers`). Null if the secret is sealed, and after an import, since the control plane returns a secret only once: " +
					"set `keepers` to obtain one.",
				Computed:      true,
				Sensitive:     true,
				PlanModifiers: useState,
			},
			"client_secret_version": schema.Int64Attribute{
				MarkdownDescription: "Number of secrets that this resource has obtained: 1 at creation, one more at each regeneration. 0 after an import. " +
					"Use it as the version of a write-only argument that takes the secret.",
				Computed:      true,
				PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			recipientsArgument: schema.MapAttribute{
				MarkdownDescription: "Public keys, by a name of your choice, that the client secret is sealed to instead of being stored in plain text: " +
					"`age1…`, `ssh-ed25519 …`, `ssh-rsa …` (2,048 bits or more), or `nacl:` and the base64 of a 32-byte X25519 key. " +
					"Default: `client_secret_recipients` of the provider, which this argument replaces as a whole; `{}` stores the secret in plain text. " +
					"No change of it regenerates the secret; [a table](application.md#sealed-secrets) shows the effect of each.",
				Optional:    true,
				ElementType: types.StringType,
				Validators:  []validator.Map{RecipientsValidator()},
			},
			"client_secret_sealed": schema.MapAttribute{
				MarkdownDescription: "Client secret sealed to each recipient, by the recipient's name: an ASCII-armored age file for age and SSH keys, " +
					"the base64 of a libsodium sealed box for `nacl:` keys (the `encrypted_value` of GitHub's API). Encrypted once for each secret. Null without recipients.",
				Computed:      true,
				ElementType:   types.StringType,
				PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()},
			},
			"rotate_only_if_unused_for": schema.StringAttribute{
				MarkdownDescription: "Refuses to regenerate the secret while the last sign-in of the " + n.noun + " is younger than this duration, such as `24h`. " +
					"Both the plan and the apply check this. Default: no check. Conflicts with `verify_client_secret`. Changing it has no effect on the " + n.noun + ".",
				Optional:   true,
				Validators: []validator.String{framework.PositiveDuration()},
			},
			"verify_client_secret": schema.StringAttribute{
				MarkdownDescription: "Whether a refresh signs in once with the client secret, to detect that it was regenerated elsewhere. `off` (default): no sign-in. " +
					"`report`: a revoked secret is a warning, and `client_secret_status` is `revoked`. `regenerate`: `client_secret_status` is `revoked`, and the next plan regenerates the secret. " +
					"Conflicts with sealed secrets and with `rotate_only_if_unused_for`. Changing it has no effect on the " + n.noun + "; the apply that turns it on signs in as well.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(verifyOff, verifyReport, verifyRegenerate)},
			},
			"client_secret_status": schema.StringAttribute{
				MarkdownDescription: "Result of `verify_client_secret`: `valid` if the control plane accepted the secret, `revoked` if the secret was regenerated elsewhere ([details](application.md#detecting-a-revoked-secret)). Null if verification is off or has had no conclusive result yet.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"timeouts": framework.Timeouts(ctx, timeouts.Opts{Create: true, Read: true, Update: true, Delete: true}),
		},
	}
}

func description(n resourceNames) string {
	what := "An application of a Run:ai tenant, called a service account since 2.24"
	if n == serviceAccountNames {
		what = "A service account of a Run:ai tenant, called an application before 2.24"
	}
	return what + ": a client ID and a client secret that a program signs in with. Grant it permissions with `runai_access_rule`.\n\n" +
		"`runai_application` and `runai_service_account` are one resource under two names, on every version of the control plane; " +
		"a `moved` block moves a resource from one to the other.\n\n" +
		"The control plane returns a secret once and can only regenerate it, which revokes the old one immediately. " +
		"This resource regenerates the secret only if `keepers` change or `verify_client_secret` is `regenerate`, and the plan shows it."
}

func resourceIdentitySchema(n resourceNames) identityschema.Schema {
	return identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "ID of the " + n.noun + ".",
				RequiredForImport: true,
			},
		},
	}
}
