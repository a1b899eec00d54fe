package runai

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Application is a tenant's API credential, called a service account from 2.24 on. Its
// secret is not part of it: the API returns it once.
type Application struct {
	// ID is the key in the API's paths. Up to 2.17 it is the UUID that the API calls
	// clientId.
	ID string
	// Name is unique in the tenant and cannot be changed.
	Name string
	// ClientID is the ID with which it signs in, and the subject of its access rules.
	// It equals the name, also if the API returns none (API.md section 5).
	ClientID string
	Enabled  bool
	// CreatedBy is the e-mail or the client ID of its creator.
	CreatedBy string
	TenantID  string
	// Times are UTC, zero if the control plane returns none.
	CreatedAt, UpdatedAt, LastLogin time.Time
	// LastLoginReported: the control plane reports last logins, so that a zero
	// LastLogin means never. 2.17 does not.
	LastLoginReported bool

	clientIDServed bool // the control plane serves the client ID
}

// Aliases returns the possible subject IDs of the application in a rule. Only the
// client ID is documented, which is not proven on a live system (API.md section 5).
func (app Application) Aliases() []string {
	aliases := []string{app.ClientID}
	for _, s := range []string{app.Name, app.ID} {
		if s != "" && !slices.Contains(aliases, s) {
			aliases = append(aliases, s)
		}
	}
	return aliases
}

// hasAlias reports whether a is one of the application's aliases.
func (app Application) hasAlias(a string) bool {
	return a != "" && slices.Contains(app.Aliases(), a)
}

// ApplicationRef identifies an application to read. ID suffices. Name and CreatedAt
// identify it if an upgrade of the control plane changed its ID.
type ApplicationRef struct {
	ID        string
	Name      string
	CreatedAt time.Time
	// Approximate: CreatedAt is the Date of the response to the create.
	Approximate bool
}

// createdAtTolerance bounds the error of an approximate CreatedAt, which comes from
// another clock than the application's.
const createdAtTolerance = time.Minute

// matches reports whether an application with another ID is the same. An equal name
// does not suffice: another principal may have deleted and created it.
func (ref ApplicationRef) matches(app Application) bool {
	if app.Name != ref.Name || app.CreatedAt.IsZero() {
		return false
	}
	if ref.Approximate {
		return app.CreatedAt.Sub(ref.CreatedAt).Abs() <= createdAtTolerance
	}
	return app.CreatedAt.Truncate(time.Second).Equal(ref.CreatedAt.Truncate(time.Second))
}

// CreatedApplication is an application with its secret. Members other than ID, Name and
// ClientID may be unset: the response to a create has a subset.
type CreatedApplication struct {
	Application
	Secret Secret
	// Recovered: the response to the create was lost, a lookup found the application,
	// and its secret was regenerated.
	Recovered bool
	// RespondedAt is the control plane's time at the response to the create, zero if it
	// is unknown.
	RespondedAt time.Time
	// Warnings are sentences about what could not be proven.
	Warnings []string
}

// ApplicationNamePattern is the pattern of names from 2.20 on (the OpenAPI documents),
// ApplicationNameMaxLength their length (the 3.0 reference).
const (
	ApplicationNamePattern   = `^[a-z][-_a-z0-9]*[a-z0-9]$`
	ApplicationNameMaxLength = 255
)

var namePattern = regexp.MustCompile(ApplicationNamePattern)

// InvalidNameError reports that a name is not valid for a new application.
type InvalidNameError struct{ Name string }

func (e *InvalidNameError) Error() string {
	return fmt.Sprintf("%q is not a valid application name: 2 to %d lower-case letters, digits, hyphens and underscores, "+
		"beginning with a letter and ending with a letter or a digit", e.Name, ApplicationNameMaxLength)
}
