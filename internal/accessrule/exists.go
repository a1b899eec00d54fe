package accessrule

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func idString(rule runai.AccessRule) string { return strconv.FormatInt(rule.ID, 10) }

// existing returns the rule that has the key of a planned one, as far as a recent
// list shows it. It ignores a rule that this run has planned to delete. If the list
// cannot be read, it returns none: the apply decides.
func (r *Resource) existing(ctx context.Context, plan resourceModel) (runai.AccessRule, bool) {
	if !r.HasClient() || !plan.hasKey() {
		return runai.AccessRule{}, false
	}
	rule, found, err := r.Client.AccessRules.FindRecent(ctx, plan.key())
	return rule, found && err == nil && !r.Deletions.Has(noun, idString(rule))
}

// warnExists warns in the plan that the create will fail. It is no error: the plan
// may remove the other rule first, which a provider cannot see.
func (r *Resource) warnExists(diags *diag.Diagnostics, existing runai.AccessRule) {
	diags.AddWarning("Access Rule Is Taken", fmt.Sprintf(
		"Access rule %s (ID %d) already exists on %s, and no resource that this run has read manages it. "+
			"A rule is unique, so a create of the same rule fails until the existing one is deleted.\n\n%s",
		existing.Key(), existing.ID, r.Client.BaseURL(), framework.ImportBlock("To manage the existing rule instead, import it", typeName, idString(existing))))
}

// refuseBlocked refuses to delete a rule whose replacement cannot be created: the
// plan found another rule with its values, and that rule still exists.
func (r *Resource) refuseBlocked(ctx context.Context, diags *diag.Diagnostics, rec record, state resourceModel) {
	if rec.ReplacedBy == nil || rec.ReplacedBy.BlockedBy == 0 {
		return
	}
	blocker := rec.ReplacedBy.BlockedBy
	if _, err := r.Client.AccessRules.Get(ctx, blocker); errors.Is(err, runai.ErrNotFound) {
		return
	}
	diags.AddError("Unable to Replace "+noun, fmt.Sprintf(
		"%s cannot be replaced: access rule %s already exists (ID %d) on %s. Nothing was deleted.\n\n"+
			"Delete the existing rule and plan again, or remove this resource. %s",
		framework.Capital(state.String()), rec.ReplacedBy.Key, blocker, r.Client.BaseURL(),
		framework.ImportBlock("To manage the existing rule with Terraform, add a resource block for it and import it", typeName, strconv.FormatInt(blocker, 10))))
}

// addCreateError reports a create that has created nothing. If this run has deleted
// the rule that was to be replaced, the error names it.
func (r *Resource) addCreateError(ctx context.Context, diags *diag.Diagnostics, plan resourceModel, err error) {
	exists, ok := errors.AsType[*runai.ExistsError](err)
	var advice []string
	if ok {
		text := fmt.Sprintf("%s already exists%s on %s.", plan, withID(exists), r.Client.BaseURL())
		if exists.Cause != nil {
			text += " " + framework.Sentence(exists.Cause)
		}
		err = errors.New(text)
		advice = r.existsAdvice(exists, plan)
	}
	framework.AddOperationError(ctx, diags, framework.Create, noun, err, append(advice, r.deletedHint(plan)...)...)
}

// deletedHint names the rule that this run has deleted to replace it by a planned
// one. The plan may not have known all values of the new rule, so there may be several.
func (r *Resource) deletedHint(plan resourceModel) []string {
	for _, key := range plan.possibleKeys() {
		if old := r.Replaced.Get(key); len(old) > 0 {
			return []string{fmt.Sprintf("This apply has already deleted the rule that it replaces: %s. "+
				"Correct the cause and apply again to create the new rule. To restore the old one, apply the previous configuration.", strings.Join(old, " and "))}
		}
	}
	return nil
}

func withID(exists *runai.ExistsError) string {
	if exists.ID == "" {
		return ""
	}
	return fmt.Sprintf(" (ID %s)", exists.ID)
}

// existsAdvice lists the possible causes of a rule that already exists. In an apply
// the provider knows only what its own process has created or deleted.
func (r *Resource) existsAdvice(exists *runai.ExistsError, plan resourceModel) []string {
	switch exists.Origin {
	case runai.CreatedByThisRun:
		return []string{"Another resource of this configuration has created it in this run. Remove one of the two."}
	case runai.DeletedByThisRun:
		return []string{"This run has deleted it, but the control plane still returns it, or another principal has created it again. Run terraform apply again."}
	case runai.OriginUnknown:
	}
	id := exists.ID
	if id == "" {
		id = plan.key().String()
	}
	return []string{"A rule is unique. The possible causes, and what to do:\n\n" +
		"- The resource block was renamed or moved: this apply deletes the rule under its old address. Add a moved block from the old address to the new one, and apply again.\n" +
		"- The resource has lifecycle { create_before_destroy = true } and is replaced by a rule with the same values, as -replace does: " +
		"the old rule must be deleted first. Remove create_before_destroy, which works only if the values change.\n" +
		"- Another resource of this configuration has the same values. Remove one of the two.\n" +
		"- The rule was created outside of this configuration. " + framework.ImportBlock("To manage it here, import it", typeName, id)}
}
