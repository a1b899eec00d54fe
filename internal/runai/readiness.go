package runai

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// notReadyGrace is how long a rule may say NotReady before it is believed: on
// its way to Ready it may say so in passing.
const notReadyGrace = 10 * time.Second

// NotReadyError says that a rule did not become ready.
type NotReadyError struct {
	Rule AccessRule
	// TimedOut: the time was over before it was ready.
	TimedOut bool
	// Disconnected names the clusters that are not connected, so that the rule cannot
	// get there.
	Disconnected []string
}

func (e *NotReadyError) Error() string {
	s := fmt.Sprintf("access rule %d is not ready: its status is %s", e.Rule.ID, e.Rule.Status.Phase)
	for _, words := range []string{e.Rule.Status.Message, e.Rule.Status.Details} {
		if words != "" {
			s += ": " + strings.TrimRight(rest.Sanitize(words), ". ")
		}
	}
	s += "."
	if e.TimedOut {
		s += " The time for creating it (timeouts.create) is over."
	}
	if len(e.Disconnected) > 0 {
		s += " Not connected to the control plane: cluster " + strings.Join(e.Disconnected, ", ") + "."
	}
	return s
}

// WaitReady waits until a rule is in force on its clusters, for as long as ctx
// lasts, and returns it as last read. A control plane that reports no status
// (before 2.22) has nothing to wait for. Otherwise the error is a NotReadyError.
func (r *AccessRules) WaitReady(ctx context.Context, rule AccessRule) (AccessRule, error) {
	var notReadySince time.Time
	cluster := ""
	for try := 0; ; try++ {
		read, err := r.readOwned(ctx, formatRuleID(rule.ID))
		if err != nil && ctx.Err() == nil {
			return rule, err
		}
		if err == nil {
			rule = read
		}
		switch rule.Status.Phase {
		case "", PhaseReady:
			return rule, nil
		case PhaseNotReady:
			if notReadySince.IsZero() {
				notReadySince = r.client.rest.Config.Now()
			}
		default:
			notReadySince = time.Time{}
		}
		if cluster == "" {
			cluster = r.cluster(ctx, rule)
		}
		away := r.away(ctx, cluster)
		patient := notReadySince.IsZero() || r.client.rest.Config.Now().Sub(notReadySince) < notReadyGrace
		if len(away) > 0 && cluster != "" || !patient {
			return rule, &NotReadyError{Rule: rule, Disconnected: away}
		}
		if r.client.rest.Wait(ctx, min(try, 3), nil) != nil {
			return rule, &NotReadyError{Rule: rule, TimedOut: true, Disconnected: away}
		}
	}
}

// cluster is the id of the one cluster that a rule is for; empty where it is for
// all of them, or where that cannot be found out.
func (r *AccessRules) cluster(ctx context.Context, rule AccessRule) string {
	if rule.ClusterID != "" {
		return rule.ClusterID
	}
	switch rule.ScopeType {
	case "cluster":
		return rule.ScopeID
	case "department":
		d, _ := r.client.Departments.ByID(ctx, rule.ScopeID)
		return d.ClusterID
	case "project":
		p, _ := r.client.Projects.ByID(ctx, rule.ScopeID)
		return p.ClusterID
	default:
		return ""
	}
}

// away lists the clusters that are not connected: of all, or the one of an id.
func (r *AccessRules) away(ctx context.Context, id string) []string {
	ctx, cancel := r.client.rest.Detach(ctx)
	defer cancel()
	clusters, err := r.client.Clusters.Reload(ctx)
	if err != nil {
		return nil
	}
	var names []string
	for _, c := range clusters {
		if c.State != "" && c.State != ClusterConnected && (id == "" || id == c.ID) {
			names = append(names, fmt.Sprintf("%s (%s)", c.Name, c.State))
		}
	}
	slices.Sort(names)
	return names
}
