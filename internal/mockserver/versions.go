package mockserver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// feature is one thing in which control planes of different versions differ. A version has a set of them; a route that
// names one is served where the version has it.
type feature uint32

const (
	serviceAccounts feature = 1 << iota // /api/v1/service-accounts
	apps                                // /api/v1/apps
	k8sApps                             // /v1/k8s/apps; its ids sign in as well
	installer                           // /api/v1/apps/installer
	clientIDMember                      // applications have clientId
	boundedLists                        // lists of applications may be bounded, see Options.ListLimit

	tokenV2       // /api/v2/token, the OAuth 2 form
	tokenK8s      // /v1/k8s/auth/oauth/apptoken
	expiresIn     // /api/v1/token tells the lifetime
	externalToken // /api/v1/token knows the member externalToken

	accountSubjects // subjectType service-account beside app
	ruleStatus      // access rules have a status
	ruleSearch      // access rules can be searched
	oldRuleFilters  // subjectIdFilter, scopeType, roleId narrow the list of access rules
	batchDelete     // access-rules/batch
	batchValidate   // … with the action validate_delete
	batchCreate     // access-rules/batch-create
	me              // me/access-rules

	rolesV1      // /api/v1/authorization/roles
	rolesV2      // /api/v2/authorization/roles
	roleCustom   // roles have custom, enabled, effectiveEnabled
	roleTenant   // roles have tenantId
	rolesRenamed // the predefined roles have the names of 2.25

	orgUnitsV218  // org units as 2.18 lists them: few filters, no verbosity
	projectPhase  // projects have their phase on the top level as well
	orgUnitMemory // org units can be filtered by GPU memory utilisation
	projectSearch // projects can be searched
)

// The grants of /api/v1/token that sign an application in.
const (
	grantAppToken          = "app_token"
	grantClientCredentials = "client_credentials"
)

// namePattern is what the documents of 2.20 and later demand of the name of a new application.
var namePattern = regexp.MustCompile(`^[a-z][-_a-z0-9]*[a-z0-9]$`)

// version describes one control plane.
type version struct {
	name string
	has  feature

	// grants of /api/v1/token that sign an application in.
	grants []string

	// names is the pattern of a new application's name under /api/v1, nil for any; maxName its greatest length, 0 for
	// any.
	names   *regexp.Regexp
	maxName int

	// schedulerFlag is the name of a project's member that tells whether the scheduler is enforced. The document of
	// 2.21 has a slip in it, and requires the member by that name.
	schedulerFlag string
}

// versions is the table of all control planes that can be imitated, in ascending order. What 2.17 served besides
// applications, access rules and tokens is not known: it gets what 2.18 has.
var versions = []version{
	{
		name: "2.17",
		has: k8sApps | tokenK8s |
			oldRuleFilters |
			rolesV1 | roleTenant | orgUnitsV218 | projectPhase,
		grants: []string{grantAppToken},
	},
	{
		name: "2.18",
		has: apps | k8sApps | installer | tokenK8s |
			oldRuleFilters |
			rolesV1 | roleTenant | orgUnitsV218 | projectPhase,
		grants: []string{grantAppToken},
	},
	{
		name: "2.19",
		has: apps | k8sApps | installer | tokenK8s |
			oldRuleFilters |
			rolesV1 | roleTenant | projectPhase,
		grants: []string{grantAppToken},
	},
	{
		name: "2.20",
		has: apps | k8sApps | installer | clientIDMember | tokenK8s |
			ruleSearch | oldRuleFilters |
			rolesV1 | roleTenant | projectSearch,
		grants: []string{grantAppToken, grantClientCredentials},
		names:  namePattern,
	},
	{
		name: "2.21",
		has: apps | k8sApps | installer | clientIDMember | tokenK8s |
			ruleSearch | oldRuleFilters | batchDelete | me |
			rolesV1 | roleCustom | projectSearch,
		grants:        []string{grantAppToken, grantClientCredentials},
		names:         namePattern,
		schedulerFlag: "enforceRun:aiScheduler",
	},
	{
		name: "2.22",
		has: apps | k8sApps | installer | clientIDMember | tokenK8s | externalToken |
			ruleStatus | ruleSearch | oldRuleFilters | batchDelete | batchValidate | batchCreate | me |
			rolesV1 | roleCustom | projectSearch | orgUnitMemory,
		grants:        []string{grantAppToken, grantClientCredentials},
		names:         namePattern,
		schedulerFlag: "enforceRunaiScheduler",
	},
	{
		name: "2.23",
		has: apps | clientIDMember | tokenK8s | externalToken |
			ruleStatus | ruleSearch | oldRuleFilters | batchDelete | batchValidate | batchCreate | me |
			rolesV1 | roleCustom | projectSearch | orgUnitMemory,
		grants:        []string{grantAppToken, grantClientCredentials},
		names:         namePattern,
		schedulerFlag: "enforceRunaiScheduler",
	},
	{
		name: "2.24",
		has: serviceAccounts | apps | clientIDMember | boundedLists | tokenV2 | tokenK8s | expiresIn | externalToken |
			accountSubjects | ruleStatus | ruleSearch | oldRuleFilters | batchDelete | batchValidate | batchCreate | me |
			rolesV1 | roleCustom | projectSearch | orgUnitMemory,
		grants:        []string{grantAppToken, grantClientCredentials},
		names:         namePattern,
		schedulerFlag: "enforceRunaiScheduler",
	},
	{
		name: "3.0",
		has: serviceAccounts | clientIDMember | boundedLists | tokenV2 | expiresIn | externalToken |
			accountSubjects | ruleStatus | ruleSearch | batchDelete | batchValidate | batchCreate | me |
			rolesV2 | roleCustom | rolesRenamed | projectSearch | orgUnitMemory,
		grants:        []string{grantClientCredentials},
		names:         namePattern,
		maxName:       255,
		schedulerFlag: "enforceRunaiScheduler",
	},
}

// Versions returns the versions that [Options].Version may have, in ascending order.
func Versions() []string {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = v.name
	}
	return names
}

// ErrUnknownVersion is wrapped by the error of [New] if there is no such version.
var ErrUnknownVersion = errors.New("unknown version")

// findVersion returns the entry of the table for a name such as "2.24".
func findVersion(name string) (*version, error) {
	i := slices.IndexFunc(versions, func(v version) bool { return v.name == name })
	if i < 0 {
		return nil, fmt.Errorf("%w %q; valid are %s", ErrUnknownVersion, name, strings.Join(Versions(), ", "))
	}
	return &versions[i], nil
}

// serves reports whether the version has all of the features; no feature is had by all.
func (v *version) serves(f feature) bool { return v.has&f == f }

// subjectTypes returns the subject types that a new access rule may have.
func (v *version) subjectTypes() []string {
	if v.serves(accountSubjects) {
		return []string{"user", subjectApp, subjectServiceAccount, "group"}
	}
	return []string{"user", subjectApp, "group"}
}

// spellSubjectType returns the spelling in which the version answers a stored subject type. Applications are stored as
// app, and answered as service-account as soon as a version has that word (a choice: nobody has seen an answer).
func (v *version) spellSubjectType(stored string) string {
	if stored == subjectApp && v.serves(accountSubjects) {
		return subjectServiceAccount
	}
	return stored
}
