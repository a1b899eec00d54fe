package accessrule

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// refuseLockout refuses to remove a rule of the caller whose role may manage
// applications or access rules, unless another such rule at the same or a wider
// scope remains. It reports an error of its own requests as one of operation. verb says
// what the plan does to the rule.
//
// A rule that this run has planned to delete does not remain. It is recorded before
// the other rules are checked, so that of two deletions at most one is permitted
// because the other rule remains.
func (r *Resource) refuseLockout(ctx context.Context, diags *diag.Diagnostics, operation framework.Verb, state resourceModel, verb string) {
	if !r.HasClient() || r.AllowSelfLockout {
		return
	}
	ofCaller, err := r.isCallerRule(ctx, state.key())
	if err != nil {
		framework.AddError(diags, operation, noun, state.wrap(err))
		return
	}
	if !ofCaller {
		return
	}
	role, roleErr := r.Client.Roles.ByID(ctx, state.RoleID.ValueInt64())
	if roleErr == nil && !role.MayManageAccess() {
		return
	}
	r.Deletions.Add(noun, state.ID.ValueString())
	remains, err := r.remains(ctx, state)
	if remains {
		return
	}
	detail := fmt.Sprintf("This plan would %s %s, which permits the provider itself to manage applications or access rules on %s. "+
		"No remaining rule is known to permit that at the same or a wider scope, so Terraform would lock itself out. "+
		"If that is intended, set allow_self_lockout = true in the provider configuration.", verb, state, r.Client.BaseURL())
	if roleErr != nil {
		detail += "\n\nThat the rule permits this is assumed, since its role could not be read: " + framework.Sentence(roleErr)
	}
	if err != nil {
		detail += "\n\nThe other rules of the provider could not be read: " + framework.Sentence(err)
	}
	diags.AddError("Provider Would Lock Itself Out", detail)
}

// uuidLike matches strings that can be the ID of an application.
var uuidLike = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// isCallerRule reports whether the subject of a rule is the caller. The ID of the
// caller's application counts as well, since it is not proven on a live system which
// spelling of a subject takes effect (API.md section 5).
func (r *Resource) isCallerRule(ctx context.Context, key runai.RuleKey) (bool, error) {
	caller, _ := r.Client.Caller(ctx) // only its tenant can fail, which is not needed
	switch {
	case key.SubjectType == runai.SubjectGroup:
		return false, nil
	case caller.Is(key.SubjectID):
		return true, nil
	case key.SubjectType.Canonical() == runai.SubjectApp && uuidLike.MatchString(key.SubjectID) && caller.ClientID != "":
		same, err := r.Client.AccessRules.SameSubject(ctx, key.SubjectType, caller.ClientID, key.SubjectID)
		if errors.Is(err, runai.ErrForbidden) {
			err = nil
		}
		return same, err
	default:
		return false, nil
	}
}

// remains reports whether the caller keeps another rule at the same or a wider scope: of
// the same role, or of one that is known to manage applications or access rules.
func (r *Resource) remains(ctx context.Context, state resourceModel) (bool, error) {
	rules, err := r.Client.AccessRules.ListOwn(ctx)
	if err != nil {
		return false, err
	}
	for _, other := range rules {
		if other.Key().Equal(state.key()) || !other.Active() || r.Deletions.Has(noun, idString(other)) {
			continue
		}
		if other.RoleID != state.RoleID.ValueInt64() {
			if role, err := r.Client.Roles.ByID(ctx, other.RoleID); err != nil || !role.Enabled || !role.MayManageAccess() {
				continue
			}
		}
		if r.scopeIncludes(ctx, other.Key(), state.key()) {
			return true, nil
		}
	}
	return false, nil
}
