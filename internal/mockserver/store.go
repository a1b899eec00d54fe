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

// The subject types of an application. The store has app only; version.spellSubjectType returns the other spelling.
const (
	subjectApp            = "app"
	subjectServiceAccount = "service-account"
)

// subjectAllUsers is the subject type of a rule of all authenticated users, which has no subject. The path that creates
// it is not published.
const subjectAllUsers = "all-authenticated-users"

// store is all data of a control plane. As JSON it is the state file, which any version can load: nothing in it depends
// on how a version presents it.
type store struct {
	TenantID   int32
	SigningKey []byte // of the tokens, so that they outlive a restart

	LastSeq  int // the newest object's place in the order of creation
	LastRule int32
	LastRole int32
	LastUnit int

	Installer    *application // served by its own route only, and in no list
	Applications []*application
	AccessRules  []*accessRule
	CustomRoles  []*role
	RoleNames    map[int32]string // predefined roles that were renamed
	Clusters     []*cluster
	Departments  []*department
	Projects     []*project
}

// sequence is the position of an object in the order of creation. It orders objects without a clock.
type sequence struct{ Seq int }

func (s sequence) seq() int { return s.Seq }

// application is an application, alias service account. Its client ID is its name.
type application struct {
	sequence
	ID, Name, Secret     string
	SecretsIssued        int
	Enabled              bool
	CreatedBy            string
	CreatedAt, UpdatedAt time.Time
	LastLogin            *time.Time
	Legacy               legacyPermissions
	Malformed            malformed
}

// legacyPermissions are the permissions that the API under /v1/k8s keeps in the application itself.
type legacyPermissions struct {
	Roles             []string
	PermitAllClusters bool
	PermittedClusters []string
}

type accessRule struct {
	sequence
	ID                     int32
	SubjectID, SubjectType string
	RoleID                 int32
	ScopeType, ScopeID     string
	ClusterID              string
	CreatedBy              string
	CreatedAt, UpdatedAt   time.Time
	DeletedAt              *time.Time // deletion is soft
	Status                 ruleState
	Malformed              malformed
}

type ruleState struct{ Phase, Message string }

type role struct {
	sequence
	ID         int32
	Name       string
	Custom     bool
	Enabled    bool
	Deprecated bool
	Manages    []string // resource types on which it allows all actions
	CreatedBy  string
	CreatedAt  time.Time
}

type cluster struct {
	sequence
	ID, Name, Domain, Version, State string
	CreatedAt                        time.Time
}

type department struct {
	sequence
	ID, Name, ClusterID string
	CreatedAt           time.Time
}

type project struct {
	sequence
	ID, Name, ClusterID, DepartmentID, Phase string
	CreatedAt                                time.Time
}

// tenant returns the tenant's ID as applications and scopes have it; rules, clusters and roles have the number.
func (d *store) tenant() string { return strconv.Itoa(int(d.TenantID)) }

func (d *store) nextSeq() sequence {
	d.LastSeq++
	return sequence{d.LastSeq}
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

// rule returns the active rule with an ID.
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
		sequence: d.nextSeq(), ID: newUUID(), Name: name, Secret: secret, SecretsIssued: 1, Enabled: true,
		CreatedBy: createdBy, CreatedAt: at, UpdatedAt: at,
		Legacy: legacyPermissions{Roles: []string{}, PermittedClusters: []string{}},
	}
	d.Applications = append(d.Applications, app)
	return app
}

func (d *store) addRule(rule accessRule, at time.Time) *accessRule {
	d.LastRule++
	rule.sequence, rule.ID, rule.CreatedAt, rule.UpdatedAt = d.nextSeq(), d.LastRule, at, at
	d.AccessRules = append(d.AccessRules, &rule)
	return &rule
}

// loadStore reads a state file. It returns nil if there is no such file.
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

// save writes the state file atomically: a reader finds the old or the new state and never half of one. The file holds
// secrets, so only its owner can read it.
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
		err = os.Rename(file.Name(), path) //nolint:gosec // the user names the file
	}
	if err != nil {
		return fmt.Errorf("cannot save the state: %w", errors.Join(err, os.Remove(file.Name()))) //nolint:gosec // as above
	}
	return nil
}
