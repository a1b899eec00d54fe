package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// The subject types of an application. The store knows app alone; version.spellSubjectType makes the other of it.
const (
	subjectApp            = "app"
	subjectServiceAccount = "service-account"
)

// store is everything that a control plane remembers. As JSON it is the state file, which any version can load: it holds
// facts, and no version's way of telling them.
type store struct {
	TenantID   int32
	SigningKey []byte // of the tokens, so that they outlive a restart

	LastSeq  int // the newest object's place in the order of creation
	LastRule int32
	LastRole int32
	LastUnit int

	Installer    *application // served by its own route, and in no list
	Applications []*application
	AccessRules  []*accessRule
	CustomRoles  []*role
	RoleNames    map[int32]string // predefined roles that were renamed
	Clusters     []*cluster
	Departments  []*department
	Projects     []*project
}

// born is the place of an object in the order of creation. It tells what is newest without a clock.
type born struct{ Seq int }

func (b born) seq() int { return b.Seq }

// application is an application, alias service account. What it signs in as is its name.
type application struct {
	born
	ID, Name, Secret     string
	SecretsIssued        int
	Enabled              bool
	CreatedBy            string
	CreatedAt, UpdatedAt time.Time
	LastLogin            *time.Time
	Legacy               legacyPermissions
}

// legacyPermissions are what the API under /v1/k8s keeps in the application itself.
type legacyPermissions struct {
	Roles             []string
	PermitAllClusters bool
	PermittedClusters []string
}

type accessRule struct {
	born
	ID                     int32
	SubjectID, SubjectType string
	RoleID                 int32
	ScopeType, ScopeID     string
	ClusterID              string
	CreatedBy              string
	CreatedAt, UpdatedAt   time.Time
	DeletedAt              *time.Time // deletion is soft
	Status                 ruleState
}

type ruleState struct{ Phase, Message string }

type role struct {
	born
	ID        int32
	Name      string
	Custom    bool
	Enabled   bool
	CreatedBy string
	CreatedAt time.Time
}

type cluster struct {
	born
	ID, Name, Domain, Version, State string
	CreatedAt                        time.Time
}

type department struct {
	born
	ID, Name, ClusterID string
	CreatedAt           time.Time
}

type project struct {
	born
	ID, Name, ClusterID, DepartmentID, Phase string
	CreatedAt                                time.Time
}

// tenant returns the tenant's id as applications and scopes spell it; rules, clusters and roles have the number.
func (d *store) tenant() string { return strconv.Itoa(int(d.TenantID)) }

func (d *store) nextSeq() born {
	d.LastSeq++
	return born{d.LastSeq}
}

func find[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}

func (d *store) applicationByID(id string) *application {
	return find(d.Applications, func(a *application) bool { return a.ID == id })
}

func (d *store) applicationByName(name string) *application {
	return find(d.Applications, func(a *application) bool { return a.Name == name })
}

// rule returns the living rule of an id.
func (d *store) rule(id int32) *accessRule {
	return find(d.AccessRules, func(r *accessRule) bool { return r.ID == id && r.DeletedAt == nil })
}

func (d *store) cluster(id string) *cluster {
	return find(d.Clusters, func(c *cluster) bool { return c.ID == id })
}

func (d *store) department(id string) *department {
	return find(d.Departments, func(u *department) bool { return u.ID == id })
}

func (d *store) project(id string) *project {
	return find(d.Projects, func(u *project) bool { return u.ID == id })
}

func (d *store) addApplication(name, createdBy, secret string, at time.Time) *application {
	app := &application{
		born: d.nextSeq(), ID: newUUID(), Name: name, Secret: secret, SecretsIssued: 1, Enabled: true,
		CreatedBy: createdBy, CreatedAt: at, UpdatedAt: at,
		Legacy: legacyPermissions{Roles: []string{}, PermittedClusters: []string{}},
	}
	d.Applications = append(d.Applications, app)
	return app
}

func (d *store) addRule(rule accessRule, at time.Time) *accessRule {
	d.LastRule++
	rule.born, rule.ID, rule.CreatedAt, rule.UpdatedAt = d.nextSeq(), d.LastRule, at, at
	d.AccessRules = append(d.AccessRules, &rule)
	return &rule
}

// loadStore reads a state file. A file that is not there is no error: the store is nil then.
func loadStore(path string) (*store, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the state: %w", err)
	}
	data := new(store)
	if err := json.Unmarshal(content, data); err != nil {
		return nil, fmt.Errorf("%s is not a state file of the mock: %w", path, err)
	}
	if data.TenantID == 0 || len(data.SigningKey) == 0 {
		return nil, fmt.Errorf("%s is not a state file of the mock", path)
	}
	return data, nil
}

// save writes the state file in one step, so that a reader finds the old or the new state and never half of one. The
// file holds secrets: nobody but its owner can read it.
func (d *store) save(path string) error {
	content, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("cannot encode the state: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("cannot save the state: %w", err)
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("cannot save the state: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}
