package mockserver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// feature is a difference between versions. A version has a set of features; a route that needs one is served by the
// versions that have it.
type feature uint32

const (
	serviceAccounts feature = 1 << iota // /api/v1/service-accounts
	apps                                // /api/v1/apps
	k8sApps                             // /v1/k8s/apps; its IDs sign in as well
	installer                           // /api/v1/apps/installer
	clientIDMember                      // applications have clientId
	boundedLists                        // lists of applications may be bounded, see Options.ListLimit

	tokenV2       // /api/v2/token, the OAuth 2 form
	tokenK8s      // /v1/k8s/auth/oauth/apptoken
	expiresIn     // /api/v1/token returns the lifetime
	externalToken // /api/v1/token accepts the member externalToken

	accountSubjects // subjectType service-account beside app
	allUsersSubject // rules of all authenticated users may exist
	ruleStatus      // access rules have a status
	ruleSearch      // access rules can be searched
	oldRuleFilters  // subjectIdFilter, scopeType, roleId narrow the list of access rules
	batchDelete     // access-rules/batch
	batchValidate   // … with the action validate_delete
	batchCreate     // access-rules/batch-create
	me              // me/access-rules

	rolesV1    // /api/v1/authorization/roles
	rolesV2    // /api/v2/authorization/roles
	roleCustom // roles have custom, enabled, effectiveEnabled
	roleTenant // roles have tenantId
	rolesOf225 // the predefined roles of 2.25

	orgUnitsV218  // org units as 2.18 lists them: few filters, no verbosity
	projectPhase  // projects have their phase at the top level as well
	orgUnitMemory // org units can be filtered by GPU memory utilization
	projectSearch // projects can be searched
)

// The grants of /api/v1/token that sign an application in.
const (
	grantAppToken          = "app_token"
	grantClientCredentials = "client_credentials"
)

// namePattern is the pattern of a new application's name in the documents of 2.20 and later.
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

	// schedulerFlag is the name of a project's member that reports whether the scheduler is enforced. The document of
	// 2.21 misspells it, and requires the member by that name.
	schedulerFlag string
}

// featuresOf225 are the features of 2.25 and 2.26, between which no difference is known.
const featuresOf225 = serviceAccounts | apps | clientIDMember | boundedLists | tokenV2 | expiresIn | externalToken |
	accountSubjects | ruleStatus | ruleSearch | oldRuleFilters | batchDelete | batchValidate | batchCreate | me |
	rolesV1 | rolesV2 | roleCustom | rolesOf225 | projectSearch | orgUnitMemory

// versions is the table of all control planes that can be imitated, in ascending order. It is not known what 2.17 served
// besides applications, access rules and tokens: here it serves the same as 2.18.
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
		// As released: the published document is a snapshot from before, without v2 roles and the longest name.
		name: "2.24",
		has: serviceAccounts | apps | clientIDMember | boundedLists | tokenV2 | tokenK8s | expiresIn | externalToken |
			accountSubjects | ruleStatus | ruleSearch | oldRuleFilters | batchDelete | batchValidate | batchCreate | me |
			rolesV1 | rolesV2 | roleCustom | projectSearch | orgUnitMemory,
		grants:        []string{grantAppToken, grantClientCredentials},
		names:         namePattern,
		maxName:       255,
		schedulerFlag: "enforceRunaiScheduler",
	},
	{
		// No document was published after 2.24. The legacy token endpoint is no longer mentioned.
		name:          "2.25",
		has:           featuresOf225,
		grants:        []string{grantAppToken, grantClientCredentials},
		names:         namePattern,
		maxName:       255,
		schedulerFlag: "enforceRunaiScheduler",
	},
	{
		name:          "2.26",
		has:           featuresOf225,
		grants:        []string{grantAppToken, grantClientCredentials},
		names:         namePattern,
		maxName:       255,
		schedulerFlag: "enforceRunaiScheduler",
	},
	{
		name: "3.0",
		has: serviceAccounts | clientIDMember | boundedLists | tokenV2 | expiresIn | externalToken |
			accountSubjects | allUsersSubject | ruleStatus | ruleSearch | batchDelete | batchValidate | batchCreate | me |
			rolesV2 | roleCustom | rolesOf225 | projectSearch | orgUnitMemory,
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

// The errors of [New] wrap ErrUnknownVersion if there is no such version, and ErrInvalidOption if another option is
// invalid.
var (
	ErrUnknownVersion = errors.New("unknown version")
	ErrInvalidOption  = errors.New("invalid option")
)

// findVersion returns the entry of the table for a name such as "2.24".
func findVersion(name string) (*version, error) {
	i := slices.IndexFunc(versions, func(v version) bool { return v.name == name })
	if i < 0 {
		return nil, fmt.Errorf("%w %q; valid are %s", ErrUnknownVersion, name, strings.Join(Versions(), ", "))
	}
	return &versions[i], nil
}

// serves reports whether the version has all of the given features; it is true for none.
func (v *version) serves(f feature) bool { return v.has&f == f }

// subjectTypes returns the subject types that a new access rule may have.
func (v *version) subjectTypes() []string {
	if v.serves(accountSubjects) {
		return []string{"user", subjectApp, subjectServiceAccount, "group"}
	}
	return []string{"user", subjectApp, "group"}
}

// spellSubjectType returns the version's alias of a stored subject type. Applications are stored as app, and served as
// service-account where a version has that type (a choice: no response has been seen).
func (v *version) spellSubjectType(stored string) string {
	if stored == subjectApp && v.serves(accountSubjects) {
		return subjectServiceAccount
	}
	return stored
}
