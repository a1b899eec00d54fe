package mockserver

import (
	"fmt"
	"time"
)

const (
	seedTenant         = 1001
	seedTenantName     = "runai"
	seedClusterVersion = "2.17.60"
	seedCreator        = "admin@acme.example"

	// The first IDs of the objects that tests add.
	firstCustomRole = 1000
	firstUnit       = 100
)

// seedClusters are the fixed org units: each cluster has a department "default" with three projects. Both clusters have a
// project "shared", so that a lookup by name finds two. Departments have uuids and projects numbers, since the API is
// known to use both.
var seedClusters = []struct {
	id, name, departmentID string
	projects               [3][2]string // ID, name
}{
	{
		id: "71f69d83-ba66-4822-adf5-55ce55efd210", name: "cluster-a",
		departmentID: "9f55253e-11ed-47c7-acef-fc4054768dbc",
		projects:     [3][2]string{{"11", "vision"}, {"12", "language"}, {"13", "shared"}},
	},
	{
		id: "d73a738f-fab3-430a-8fa3-5241493d7128", name: "cluster-b",
		departmentID: "53a9228e-a722-420d-a102-9dc90da2efca",
		projects:     [3][2]string{{"21", "speech"}, {"22", "robotics"}, {"23", "shared"}},
	},
}

// seed returns the initial data: the org units, the first application with its rule, and more applications and rules up to
// the numbers in the options.
func seed(o Options) *store {
	now := o.Now().UTC().Truncate(time.Millisecond)
	data := &store{
		TenantID: seedTenant, SigningKey: newSigningKey(), RoleNames: map[int32]string{},
		LastRole: firstCustomRole, LastUnit: firstUnit,
	}
	data.seedOrgUnits(now.AddDate(-1, 0, 0))

	data.addApplication("installer", seedCreator, newSecret(), now.AddDate(-1, 0, 0))
	data.Installer, data.Applications = data.Applications[0], nil

	own := data.addApplication(o.ClientID, seedCreator, o.ClientSecret, now.AddDate(0, -6, 0))
	data.addRule(accessRule{
		SubjectID: own.Name, SubjectType: subjectApp, RoleID: systemAdministrator,
		ScopeType: "tenant", ScopeID: data.tenant(), CreatedBy: seedCreator, Status: ruleReady,
	}, own.CreatedAt)

	data.seedApplications(o.Applications, now)
	data.seedRules(o.AccessRules, now)
	return data
}

func (d *store) seedOrgUnits(at time.Time) {
	for _, c := range seedClusters {
		d.Clusters = append(d.Clusters, &cluster{
			sequence: d.nextSeq(), ID: c.id, Name: c.name, Domain: c.name + ".acme.example", Version: seedClusterVersion,
			State: clusterConnected, CreatedAt: at,
		})
		d.Departments = append(d.Departments, &department{
			sequence: d.nextSeq(), ID: c.departmentID, Name: "default", ClusterID: c.id, CreatedAt: at,
		})
		for _, p := range c.projects {
			d.Projects = append(d.Projects, &project{
				sequence: d.nextSeq(), ID: p[0], Name: p[1], ClusterID: c.id, DepartmentID: c.departmentID,
				Phase: projectReady, CreatedAt: at,
			})
		}
	}
}

// seedApplications adds applications up to a total of n. The newest is a minute old.
func (d *store) seedApplications(n int, now time.Time) {
	for i := len(d.Applications) + 1; i <= n; i++ {
		at := now.Add(-time.Duration(n-i+1) * time.Minute)
		app := d.addApplication(fmt.Sprintf("app-%04d", i), seedCreator, newSecret(), at)
		if i%3 == 0 { // some have never signed in
			seen := at.Add(30 * time.Second)
			app.LastLogin = &seen
		}
	}
}

// seedRules adds rules up to a total of n, spread over applications, roles and scopes. The subjects of rules beyond all
// combinations of those are users.
func (d *store) seedRules(n int, now time.Time) {
	subjects := d.Applications[1:]
	scopes := d.scopes()
	roles := seedRoles()
	pairs := len(roles) * len(scopes)
	for i := len(d.AccessRules); i < n; i++ {
		rule := accessRule{CreatedBy: seedCreator, Status: ruleReady}
		pair := i
		if i < len(subjects)*pairs {
			rule.SubjectID, rule.SubjectType = subjects[i%len(subjects)].Name, subjectApp
			pair = i%len(subjects) + i/len(subjects)
		} else {
			rule.SubjectID, rule.SubjectType = fmt.Sprintf("user-%04d@acme.example", i), "user"
		}
		rule.RoleID = roles[pair%len(roles)]
		scope := scopes[(pair%len(roles)+pair/len(roles))%len(scopes)] // all scopes before a pair is repeated
		rule.ScopeType, rule.ScopeID = scope[0], scope[1]
		d.addRule(rule, now.Add(-time.Duration(n-i)*time.Minute))
	}
}

// scopes returns the type and the ID of each scope that a rule can have.
func (d *store) scopes() [][2]string {
	scopes := [][2]string{{"tenant", d.tenant()}}
	for _, u := range d.Clusters {
		scopes = append(scopes, [2]string{"cluster", u.ID})
	}
	for _, u := range d.Departments {
		scopes = append(scopes, [2]string{"department", u.ID})
	}
	for _, u := range d.Projects {
		scopes = append(scopes, [2]string{"project", u.ID})
	}
	return scopes
}
