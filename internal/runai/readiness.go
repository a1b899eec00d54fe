package runai

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// notReadyGrace is the time for which NotReady is tolerated, since it can be a
// temporary phase before Ready.
const notReadyGrace = 10 * time.Second

// NotReadyError reports that a rule did not become ready.
type NotReadyError struct {
	Rule AccessRule
	// TimedOut: the context ended before the rule was ready.
	TimedOut bool
	// Disconnected names the clusters to which the rule cannot be rolled out, because
	// they are not connected.
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
		s += " The operation timed out (see timeouts.create)."
	}
	if len(e.Disconnected) > 0 {
		s += " Not connected to the control plane: cluster " + strings.Join(e.Disconnected, ", ") + "."
	}
	return s
}

// WaitReady waits until a rule is in force on its clusters or ctx ends, and returns the
// rule as last read. It does not wait if the control plane reports no status (before
// 2.22). The error is a NotReadyError if the rule did not become ready.
func (r *AccessRules) WaitReady(ctx context.Context, rule AccessRule) (AccessRule, error) {
	var notReadySince time.Time
	cluster := ""
	for attempt := 0; ; attempt++ {
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
				notReadySince = r.session.Config.Now()
			}
		default:
			notReadySince = time.Time{}
		}
		if cluster == "" {
			cluster = r.cluster(ctx, rule)
		}
		disconnected := r.disconnectedClusters(ctx, cluster)
		overdue := !notReadySince.IsZero() && r.session.Config.Now().Sub(notReadySince) >= notReadyGrace
		if len(disconnected) > 0 && cluster != "" || overdue {
			return rule, &NotReadyError{Rule: rule, Disconnected: disconnected}
		}
		if r.session.Wait(ctx, min(attempt, 3), nil) != nil {
			return rule, &NotReadyError{Rule: rule, TimedOut: true, Disconnected: disconnected}
		}
	}
}

// cluster returns the ID of the one cluster of a rule's scope, empty if the scope has
// several clusters or is unknown.
func (r *AccessRules) cluster(ctx context.Context, rule AccessRule) string {
	if rule.ClusterID != "" {
		return rule.ClusterID
	}
	switch rule.ScopeType {
	case "cluster":
		return rule.ScopeID
	case "department":
		d, _ := r.departments.ByID(ctx, rule.ScopeID)
		return d.ClusterID
	case "project":
		p, _ := r.projects.ByID(ctx, rule.ScopeID)
		return p.ClusterID
	default:
		return ""
	}
}

// disconnectedClusters lists the disconnected clusters: of all, or only the one with an
// ID.
func (r *AccessRules) disconnectedClusters(ctx context.Context, id string) []string {
	ctx, cancel := r.session.Detach(ctx)
	defer cancel()
	clusters, err := r.clusters.Reload(ctx)
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
