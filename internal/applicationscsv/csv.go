package applicationscsv

import (
	"encoding/csv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// header are the headings of the product's table.
var header = []string{"Application", "Client ID", "Access rules", "Last login", "Created by", "Creation time", "Last updated"}

type application struct {
	Name        types.String `tfsdk:"name"`
	ClientID    types.String `tfsdk:"client_id"`
	AccessRules []accessRule `tfsdk:"access_rules"`
	LastLogin   types.String `tfsdk:"last_login"`
	CreatedBy   types.String `tfsdk:"created_by"`
	CreatedAt   types.String `tfsdk:"created_at"`
	UpdatedAt   types.String `tfsdk:"updated_at"`
}

type accessRule struct {
	RoleName  types.String `tfsdk:"role_name"`
	RoleID    types.Int64  `tfsdk:"role_id"`
	ScopeName types.String `tfsdk:"scope_name"`
	ScopeID   types.String `tfsdk:"scope_id"`
}

// write returns the table as CSV.
func write(applications []*application) (string, error) {
	var text strings.Builder
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	if err := w.Write(header); err != nil {
		return "", err
	}
	for _, a := range applications {
		if err := w.Write(a.row()); err != nil {
			return "", err
		}
	}
	w.Flush()
	return text.String(), w.Error()
}

// row returns the values of an application in the order of the header.
func (a *application) row() []string {
	rules := make([]string, 0, len(a.AccessRules))
	for _, rule := range a.AccessRules {
		rules = append(rules, rule.String())
	}
	row := []string{
		a.Name.ValueString(),
		a.ClientID.ValueString(),
		strings.Join(rules, ", "),
		a.LastLogin.ValueString(),
		a.CreatedBy.ValueString(),
		a.CreatedAt.ValueString(),
		a.UpdatedAt.ValueString(),
	}
	for i, value := range row {
		row[i] = defuse(value)
	}
	return row
}

// String returns the rule as `Role (scope)`. It uses the ID of an object whose name the
// control plane omits.
func (r accessRule) String() string {
	role, scope := r.RoleName.ValueString(), r.ScopeName.ValueString()
	if role == "" && !r.RoleID.IsNull() {
		role = r.RoleID.String()
	}
	if scope == "" {
		scope = r.ScopeID.ValueString()
	}
	return role + " (" + scope + ")"
}

// defuse prevents spreadsheets from evaluating a value as a formula. Otherwise anyone
// who can name an application or a role could run a formula on the machine that opens
// the table (https://owasp.org/www-community/attacks/CSV_Injection).
func defuse(value string) string {
	if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
		return "'" + value
	}
	return value
}
