package mockserver

import (
	"fmt"
	"slices"
	"time"
)

// The methods in this file change data like another principal: immediately, and without a request. They panic if the
// object to change does not exist, which is a mistake in a test.

// Role is a copy of a role, with its name in the version.
type Role struct {
	ID                          int
	Name                        string
	Custom, Enabled, Deprecated bool
}

// Cluster is a copy of a cluster; the API calls its ID uuid.
type Cluster struct{ ID, Name, State string }

// Department is a copy of a department.
type Department struct{ ID, Name, ClusterID string }

// Project is a copy of a project.
type Project struct{ ID, Name, ClusterID, DepartmentID, Phase string }

// mutate changes the data under the lock, and saves it.
func (s *Server) mutate(change func(d *store, now time.Time)) {
	s.lock()
	defer s.mu.Unlock()
	change(s.data, s.now())
	if err := s.save(); err != nil {
		panic(fmt.Sprintf("mockserver: %v", err))
	}
}

// TenantID returns the tenant's ID, the scope ID of rules on the tenant.
func (s *Server) TenantID() string {
	s.lock()
	defer s.mu.Unlock()
	return s.data.tenant()
}

// CreateApplication creates an enabled application with an unknown secret. Its creator may be any text, also empty.
func (s *Server) CreateApplication(name, createdBy string) (created Application) {
	s.mutate(func(d *store, now time.Time) {
		if d.applicationByName(name) != nil {
			panic(fmt.Sprintf("mockserver: application %q already exists", name))
		}
		app := d.addApplication(name, createdBy, newSecret(), now)
		s.issued = append(s.issued, app.Secret)
		created = d.snapshot(app)
	})
	return created
}

// SetApplicationEnabled enables or disables the application of a name.
func (s *Server) SetApplicationEnabled(name string, enabled bool) {
	s.mutate(func(d *store, now time.Time) {
		app := d.mustApplication(name)
		app.Enabled, app.UpdatedAt = enabled, now
	})
}

// RenumberApplication gives the application of a name another ID, as an upgrade of the control plane may, and returns the
// ID. All other members stay the same.
func (s *Server) RenumberApplication(name string) (id string) {
	s.mutate(func(d *store, _ time.Time) {
		id = newUUID()
		d.mustApplication(name).ID = id
	})
	return id
}

// DeleteApplication deletes the application of a name, and keeps its access rules.
func (s *Server) DeleteApplication(name string) {
	s.mutate(func(d *store, _ time.Time) { d.removeApplication(d.mustApplication(name)) })
}

// RegenerateSecret gives the application of a name a new secret, and returns it.
func (s *Server) RegenerateSecret(name string) (secret string) {
	s.mutate(func(d *store, now time.Time) {
		app := d.mustApplication(name)
		s.regenerate(app, now)
		secret = app.Secret
	})
	return secret
}

// SetLastLogin sets the last login of the application of a name; the zero time means never.
func (s *Server) SetLastLogin(name string, at time.Time) {
	s.mutate(func(d *store, _ time.Time) {
		app := d.mustApplication(name)
		app.LastLogin = nil
		if !at.IsZero() {
			at = at.UTC().Truncate(time.Millisecond)
			app.LastLogin = &at
		}
	})
}

// RefuseSignIns makes the token endpoints refuse all credentials, like a broken identity provider, or accept them again.
// Access tokens that were issued before stay valid.
func (s *Server) RefuseSignIns(refuse bool) {
	s.mutate(func(*store, time.Time) { s.signInsRefused = refuse })
}

// TouchApplications advances lastLogin and updatedAt of all applications by at least a second, like changes by use.
func (s *Server) TouchApplications() {
	s.mutate(func(d *store, now time.Time) {
		for _, app := range d.Applications {
			moved := now
			if earliest := app.UpdatedAt.Add(time.Second); moved.Before(earliest) {
				moved = earliest
			}
			app.UpdatedAt, app.LastLogin = moved, &moved
		}
	})
}

// CreateAccessRule creates a rule with the given subject, role, scope, cluster and creator without checking them, and
// returns it with its ID. The subject type may be all-authenticated-users where the version has such rules.
func (s *Server) CreateAccessRule(rule AccessRule) (created AccessRule) {
	if rule.SubjectType == subjectAllUsers && !s.version.serves(allUsersSubject) {
		panic(fmt.Sprintf("mockserver: %s has no rules of %s", s.version.name, subjectAllUsers))
	}
	s.mutate(func(d *store, now time.Time) {
		created = d.addRule(accessRule{
			SubjectID: rule.SubjectID, SubjectType: storeSubjectType(rule.SubjectType), RoleID: int32(rule.RoleID),
			ScopeType: rule.ScopeType, ScopeID: rule.ScopeID, ClusterID: rule.ClusterID,
			CreatedBy: rule.CreatedBy, Status: s.newRules,
		}, now).snapshot(s.version)
	})
	return created
}

// DeleteAccessRule deletes an active rule.
func (s *Server) DeleteAccessRule(id int) {
	s.mutate(func(d *store, now time.Time) { d.mustRule(id).delete(now) })
}

// SetAccessRuleStatus sets the phase (Creating, Ready, NotReady, Deleting) and the message of a rule's status.
func (s *Server) SetAccessRuleStatus(id int, phase, message string) {
	s.mutate(func(d *store, now time.Time) {
		rule := d.mustRule(id)
		rule.Status, rule.UpdatedAt = mustStatus(phase, message), now
	})
}

// SpellAccessRuleSubject changes the subject ID of a rule, for example to the ID of an application.
func (s *Server) SpellAccessRuleSubject(id int, subjectID string) {
	s.mutate(func(d *store, now time.Time) {
		rule := d.mustRule(id)
		rule.SubjectID, rule.UpdatedAt = subjectID, now
	})
}

// SetNewAccessRuleStatus sets the status of new rules, initially Ready.
func (s *Server) SetNewAccessRuleStatus(phase, message string) {
	s.mutate(func(*store, time.Time) { s.newRules = mustStatus(phase, message) })
}

// AddRole creates a custom role that manages these resource types.
func (s *Server) AddRole(name string, enabled bool, manages ...string) (added Role) {
	s.mutate(func(d *store, now time.Time) {
		d.LastRole++
		r := &role{
			sequence: d.nextSeq(), ID: d.LastRole, Name: name, Custom: true, Enabled: enabled, Manages: manages,
			CreatedBy: seedCreator, CreatedAt: now,
		}
		d.CustomRoles = append(d.CustomRoles, r)
		added = r.snapshot()
	})
	return added
}

// RenameRole renames a role, predefined ones included.
func (s *Server) RenameRole(id int, name string) {
	s.mutate(func(d *store, _ time.Time) {
		if custom := find(d.CustomRoles, func(r *role) bool { return int(r.ID) == id }); custom != nil {
			custom.Name = name
			return
		}
		if !slices.ContainsFunc(d.roles(s.version), func(r *role) bool { return int(r.ID) == id }) {
			panic(fmt.Sprintf("mockserver: there is no role %d", id))
		}
		d.RoleNames[int32(id)] = name
	})
}

// AddCluster creates a connected cluster without departments.
func (s *Server) AddCluster(name string) (added Cluster) {
	s.mutate(func(d *store, now time.Time) {
		c := &cluster{
			sequence: d.nextSeq(), ID: newUUID(), Name: name, Domain: name + ".acme.example", Version: seedClusterVersion,
			State: clusterConnected, CreatedAt: now,
		}
		d.Clusters = append(d.Clusters, c)
		added = Cluster{c.ID, c.Name, c.State}
	})
	return added
}

// SetClusterState sets the state of the cluster of a name, such as Disconnected.
func (s *Server) SetClusterState(name, state string) {
	s.mutate(func(d *store, _ time.Time) {
		c := find(d.Clusters, func(c *cluster) bool { return c.Name == name })
		if c == nil {
			panic(fmt.Sprintf("mockserver: there is no cluster %q", name))
		}
		c.State = state
	})
}

// AddDepartment creates a department without projects in a cluster.
func (s *Server) AddDepartment(name, clusterID string) (added Department) {
	s.mutate(func(d *store, now time.Time) {
		if d.cluster(clusterID) == nil {
			panic(fmt.Sprintf("mockserver: there is no cluster %s", clusterID))
		}
		u := &department{sequence: d.nextSeq(), ID: newUUID(), Name: name, ClusterID: clusterID, CreatedAt: now}
		d.Departments = append(d.Departments, u)
		added = Department{u.ID, u.Name, u.ClusterID}
	})
	return added
}

// AddProject creates a project in a department.
func (s *Server) AddProject(name, departmentID string) (added Project) {
	s.mutate(func(d *store, now time.Time) {
		parent := d.department(departmentID)
		if parent == nil {
			panic(fmt.Sprintf("mockserver: there is no department %s", departmentID))
		}
		d.LastUnit++
		u := &project{
			sequence: d.nextSeq(), ID: fmt.Sprint(d.LastUnit), Name: name, ClusterID: parent.ClusterID,
			DepartmentID: departmentID, Phase: projectReady, CreatedAt: now,
		}
		d.Projects = append(d.Projects, u)
		added = u.snapshot()
	})
	return added
}

// DeleteProject deletes a project, and keeps the rules on it.
func (s *Server) DeleteProject(id string) {
	s.mutate(func(d *store, _ time.Time) {
		if d.project(id) == nil {
			panic(fmt.Sprintf("mockserver: there is no project %s", id))
		}
		d.Projects = slices.DeleteFunc(d.Projects, func(u *project) bool { return u.ID == id })
	})
}

// Roles returns the roles of the version.
func (s *Server) Roles() (list []Role) {
	s.lock()
	defer s.mu.Unlock()
	for _, r := range s.data.roles(s.version) {
		list = append(list, r.snapshot())
	}
	return list
}

// Clusters returns the clusters, cluster-a and cluster-b first.
func (s *Server) Clusters() (list []Cluster) {
	s.lock()
	defer s.mu.Unlock()
	for _, c := range s.data.Clusters {
		list = append(list, Cluster{c.ID, c.Name, c.State})
	}
	return list
}

// Departments returns the departments of all clusters.
func (s *Server) Departments() (list []Department) {
	s.lock()
	defer s.mu.Unlock()
	for _, u := range s.data.Departments {
		list = append(list, Department{u.ID, u.Name, u.ClusterID})
	}
	return list
}

// Projects returns the projects of all departments.
func (s *Server) Projects() (list []Project) {
	s.lock()
	defer s.mu.Unlock()
	for _, u := range s.data.Projects {
		list = append(list, u.snapshot())
	}
	return list
}

func (r *role) snapshot() Role { return Role{int(r.ID), r.Name, r.Custom, r.Enabled, r.Deprecated} }

func (u *project) snapshot() Project {
	return Project{u.ID, u.Name, u.ClusterID, u.DepartmentID, u.Phase}
}

func (d *store) mustApplication(name string) *application {
	app := d.applicationByName(name)
	if app == nil {
		panic(fmt.Sprintf("mockserver: there is no application %q", name))
	}
	return app
}

func (d *store) mustRule(id int) *accessRule {
	rule := d.rule(int32(id))
	if rule == nil {
		panic(fmt.Sprintf("mockserver: there is no access rule %d", id))
	}
	return rule
}

func mustStatus(phase, message string) ruleState {
	if !slices.Contains(rulePhases, phase) {
		panic(fmt.Sprintf("mockserver: there is no phase %q", phase))
	}
	return ruleState{phase, message}
}
