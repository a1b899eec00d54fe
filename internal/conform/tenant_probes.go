package conform

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func roleMembers(ctx context.Context, s *session) (string, error) {
	roles, err := s.roles(ctx)
	switch {
	case err != nil:
		return "", err
	case len(roles) == 0:
		return "", notTested("no role is visible")
	}
	return members(roles[0], "deletedAt"), nil
}

// predefined returns the roles whose names are known to be predefined, and whether the control plane has other ones.
func (s *session) predefined(ctx context.Context) (known []map[string]any, others bool, err error) {
	names, err := predefinedRoles()
	if err != nil {
		return nil, false, err
	}
	roles, err := s.roles(ctx)
	for _, role := range roles {
		custom := role["custom"]
		switch {
		case custom != true && slices.Contains(names, text(role["name"])):
			known = append(known, role)
		case custom == false:
			others = true
		}
	}
	return known, others, err
}

func roleNames(ctx context.Context, s *session) (string, error) {
	roles, others, err := s.predefined(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, role := range roles {
		name := text(role["name"])
		if role["deprecated"] == true {
			name += " [deprecated]"
		}
		names = append(names, name)
	}
	answer := joinSet(names)
	if others {
		answer += ", and others"
	}
	return answer, nil
}

func roleIDs(ctx context.Context, s *session) (string, error) {
	roles, _, err := s.predefined(ctx)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, role := range roles {
		if id, err := strconv.ParseInt(text(role["id"]), 10, 32); err == nil {
			ids = append(ids, fmt.Sprintf("%s = %d", text(role["name"]), id))
		}
	}
	return joinSet(ids), nil
}

// permissions lists the resource types of access management.
func permissions(ctx context.Context, s *session) (string, error) {
	resp, err := s.read(ctx, "/api/v1/authorization/permissions")
	if err != nil {
		return "", err
	}
	var found []string
	for _, permission := range objects(resp.json) {
		if name := text(permission["resourceType"]); slices.Contains([]string{"apps", "service-account", "access_rules", "roles"}, name) {
			found = append(found, name)
		}
	}
	return resp.kind() + ": " + joinSet(found), nil
}

func clusterMembers(ctx context.Context, s *session) (string, error) {
	resp, err := s.read(ctx, "/api/v1/clusters?"+url.Values{"verbosity": {"metadata"}}.Encode())
	if err != nil {
		return "", err
	}
	clusters := objects(resp.json)
	if len(clusters) == 0 {
		return "", notTested("no cluster is visible")
	}
	var found []string
	for _, member := range []string{"uuid", "id", "name", "status"} {
		if _, ok := clusters[0][member]; ok {
			found = append(found, member)
		}
	}
	return resp.kind() + ": " + strings.Join(found, ", "), nil
}
