package application

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

func resourceSchema(ctx context.Context) schema.Schema {
	useState := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: "An application of a Run:ai tenant (from 2.24 on called a service account): a client ID and a client secret with which " +
			"a program signs in. What it may do is said by `runai_access_rule`.\n\n" +
			"The control plane shows the secret once and can only regenerate it, which revokes the old one at once. " +
			"This resource does so only when [`keepers`](#keepers-and-rotation) change, and the plan says so.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the application.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name, unique in the tenant. Lower-case letters, digits, hyphens and underscores, beginning with a letter and ending " +
					"with a letter or a digit. It cannot be changed: another name makes another application, with a new client ID and a new secret.",
				Required:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators:    []validator.String{stringvalidator.LengthBetween(1, 255)},
			},
			"enabled": schema.BoolAttribute{
				MarkdownDescription: "Whether the application can sign in. Default `true`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
			},
			"keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values which, when they change, have the client secret regenerated in place: the application, its client ID and its " +
					"access rules stay, and **the old secret stops working at once**. Removing `keepers` asks for nothing, and a key with a null value is " +
					"as good as absent. Keepers are shown in plans in plain text.",
				Optional:    true,
				ElementType: types.StringType,
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "What the application signs in as, and the `subject_id` of its access rules.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "The client secret. The control plane shows it once, so it is null after an import; set `keepers` to obtain one.",
				Computed:            true,
				Sensitive:           true,
				PlanModifiers:       useState,
			},
			"client_secret_version": schema.Int64Attribute{
				MarkdownDescription: "How many secrets this resource has obtained: 1 at creation, one more at each regeneration; 0 after an import.",
				Computed:            true,
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When the application was created (RFC 3339).",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"created_by": schema.StringAttribute{
				MarkdownDescription: "Who created the application.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"tenant_id": schema.StringAttribute{
				MarkdownDescription: "ID of the tenant.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"timeouts": framework.Timeouts(ctx, timeouts.Opts{Create: true, Read: true, Update: true, Delete: true}),
		},
	}
}

func resourceIdentitySchema() identityschema.Schema {
	return identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "ID of the application.",
				RequiredForImport: true,
			},
		},
	}
}
