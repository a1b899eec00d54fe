package mockserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// controlPrefix is the path of the control endpoints. They need no token, and no fault, latency or count applies to them.
const controlPrefix = "/_mock/"

// State is the data of the control plane as GET /_mock/state returns it: the applications without their secrets, and all
// access rules, including the deleted ones.
type State struct {
	Applications []Application `json:"applications"`
	AccessRules  []AccessRule  `json:"access_rules"`
}

// Application is a copy of an application. Its ClientID is its name in every version.
type Application struct {
	ID            string     `json:"id"`
	Name          string     `json:"name"`
	ClientID      string     `json:"client_id"`
	Enabled       bool       `json:"enabled"`
	CreatedBy     string     `json:"created_by"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	LastLogin     *time.Time `json:"last_login"`
	TenantID      string     `json:"tenant_id"`
	SecretsIssued int        `json:"secrets_issued"` // including the first one
}

// AccessRule is a copy of an access rule, with the version's alias of the subject type.
type AccessRule struct {
	ID          int        `json:"id"`
	SubjectID   string     `json:"subject_id"`
	SubjectType string     `json:"subject_type"`
	RoleID      int        `json:"role_id"`
	ScopeType   string     `json:"scope_type"`
	ScopeID     string     `json:"scope_id"`
	ClusterID   string     `json:"cluster_id"`
	CreatedAt   time.Time  `json:"created_at"`
	CreatedBy   string     `json:"created_by"`
	DeletedAt   *time.Time `json:"deleted_at"`
}

// State returns a copy of the applications and the access rules, in order of creation.
func (s *Server) State() State {
	s.lock()
	defer s.mu.Unlock()
	state := State{Applications: []Application{}, AccessRules: []AccessRule{}}
	for _, app := range s.data.Applications {
		state.Applications = append(state.Applications, s.data.snapshot(app))
	}
	for _, rule := range s.data.AccessRules {
		state.AccessRules = append(state.AccessRules, rule.snapshot(s.version))
	}
	return state
}

func (d *store) snapshot(app *application) Application {
	return Application{
		ID: app.ID, Name: app.Name, ClientID: app.Name, Enabled: app.Enabled, CreatedBy: app.CreatedBy,
		CreatedAt: app.CreatedAt, UpdatedAt: app.UpdatedAt, LastLogin: copyTime(app.LastLogin),
		TenantID: d.tenant(), SecretsIssued: app.SecretsIssued,
	}
}

func (r *accessRule) snapshot(v *version) AccessRule {
	return AccessRule{
		ID: int(r.ID), SubjectID: r.SubjectID, SubjectType: v.spellSubjectType(r.SubjectType), RoleID: int(r.RoleID),
		ScopeType: r.ScopeType, ScopeID: r.ScopeID, ClusterID: r.ClusterID,
		CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy, DeletedAt: copyTime(r.DeletedAt),
	}
}

func copyTime(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	copied := *t
	return &copied
}

// serveControl serves the control endpoints.
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, s.control(w, r), nil)
}

func (s *Server) control(w http.ResponseWriter, r *http.Request) response {
	switch r.Method + " " + r.URL.Path {
	case "GET /_mock/requests":
		return jsonResponse(http.StatusOK, s.Requests())
	case "DELETE /_mock/requests":
		s.ResetRequests()
		return emptyResponse(http.StatusNoContent)
	case "GET /_mock/state":
		return jsonResponse(http.StatusOK, s.State())
	case "GET /_mock/faults":
		return jsonResponse(http.StatusOK, s.armed())
	case "DELETE /_mock/faults":
		s.ClearFaults()
		return emptyResponse(http.StatusNoContent)
	case "POST /_mock/faults":
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = s.armAll(body)
		}
		if err != nil {
			return errorResponse(badRequest("%v", err))
		}
		return jsonResponse(http.StatusCreated, s.armed())
	}
	return errorResponse(errNoRoute)
}

// armAll arms the fault or the array of faults in a body. On an error it arms none.
func (s *Server) armAll(body []byte) error {
	var faults []Fault
	body = bytes.TrimSpace(body)
	if !bytes.HasPrefix(body, []byte("[")) {
		body = append(append([]byte("["), body...), ']')
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&faults); err != nil {
		return err
	}
	if len(faults) == 0 {
		return errors.New("no fault in the body")
	}
	for _, f := range faults {
		if _, err := f.normalized(); err != nil {
			return err
		}
	}
	for _, f := range faults {
		if err := s.Arm(f); err != nil {
			return err
		}
	}
	return nil
}
