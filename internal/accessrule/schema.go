package accessrule

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func resourceSchema(ctx context.Context) schema.Schema {
	useState := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	return schema.Schema{
		MarkdownDescription: "Binds a role to a subject in a scope: what an application, a user or a group may do, and where. " +
			"The control plane cannot change a rule, so a change of subject, role, scope or cluster replaces it.\n\n" +
			"Nobody can grant more than they have: the application that the provider signs in as needs the role System administrator, or one that covers what it grants.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the rule, a string of digits.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"subject_id": schema.StringAttribute{
				MarkdownDescription: "Subject of the role: the `client_id` of an application, the e-mail of a user or the name of a group. Changing it replaces the rule.",
				Required:            true,
				PlanModifiers:       replace,
				Validators:          []validator.String{framework.NotEmpty()},
			},
			"subject_type": schema.StringAttribute{
				MarkdownDescription: "Type of the subject: `app` (the default), `service-account` (the name of `app` from 2.24 on), `user` or `group`. Changing it replaces the rule, except between the two names of `app`.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(string(runai.SubjectApp)),
				PlanModifiers:       []planmodifier.String{subjectTypeAlias{}, stringplanmodifier.RequiresReplace()},
				Validators:          []validator.String{stringvalidator.OneOf(subjectTypes...)},
			},
			"role_id": schema.Int64Attribute{
				CustomType:          framework.WholeNumber{},
				MarkdownDescription: "ID of the role. At least one of `role_id` and `role_name` is required; the other is computed. If both are set, they must refer to the same role when the rule is created or one of them changes. Changing the role replaces the rule.",
				Optional:            true,
				Computed:            true,
				Validators: []validator.Int64{
					int64validator.AtLeastOneOf(path.MatchRoot("role_id"), path.MatchRoot("role_name")),
					int64validator.AtLeast(0),
				},
			},
			"role_name": schema.StringAttribute{
				MarkdownDescription: "Name of the role, as the user interface shows it: the exact name is preferred, otherwise case is ignored. The provider resolves it while planning and stores the ID: renaming the role later changes nothing. " + runai.RoleNameNote,
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{framework.NotEmpty()},
			},
			"scope_type": schema.StringAttribute{
				MarkdownDescription: "Type of the scope: `tenant`, `cluster`, `department`, `project`, or `system`, the installation above its tenants (not tested on a live control plane). A rule also applies to everything below its scope. Changing it replaces the rule.",
				Required:            true,
				PlanModifiers:       replace,
				Validators:          []validator.String{stringvalidator.OneOf(runai.ScopeTypes...)},
			},
			"scope_id": schema.StringAttribute{
				MarkdownDescription: "ID of the cluster, department or project. Default for `system` and `tenant`: the ID of the caller's tenant. Changing it replaces the rule.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{framework.NotEmpty()},
			},
			"scope_name": schema.StringAttribute{
				MarkdownDescription: "Name of the scope.",
				Computed:            true,
				PlanModifiers:       useState,
			},
			"cluster_id": schema.StringAttribute{
				MarkdownDescription: "UUID of the cluster that the scope belongs to. Default: what the control plane returns for the rule, null if it returns none. Changing it replaces the rule; removing it does not.",
				Optional:            true,
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplaceIfConfigured()},
				Validators:          []validator.String{framework.NotEmpty()},
			},
			"wait_for_ready": schema.BoolAttribute{
				MarkdownDescription: "Whether to wait, up to `timeouts.create`, until a created rule is in force on its clusters. Turning it on later waits in the update; turning it off has no effect on the rule. No effect before 2.22, where the control plane does not report that. " +
					"If a cluster is not connected, the wait ends with a warning. Default `false`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			"timeouts": framework.Timeouts(ctx, timeouts.Opts{Create: true, Read: true, Delete: true}),
		},
	}
}

func resourceIdentitySchema() identityschema.Schema {
	return identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "ID of the rule, a string of digits.",
				RequiredForImport: true,
			},
		},
	}
}

// subjectTypeAlias keeps the subject type of the state if the planned one is an alias
// of it.
type subjectTypeAlias struct{}

func (subjectTypeAlias) Description(context.Context) string {
	return "app and service-account are two names of one type."
}

func (s subjectTypeAlias) MarkdownDescription(ctx context.Context) string { return s.Description(ctx) }

func (subjectTypeAlias) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsUnknown() {
		return
	}
	if runai.SubjectType(req.PlanValue.ValueString()).Canonical() == runai.SubjectType(req.StateValue.ValueString()).Canonical() {
		resp.PlanValue = req.StateValue
	}
}
