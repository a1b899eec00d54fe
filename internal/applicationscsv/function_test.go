package applicationscsv_test

import (
	"encoding/csv"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

const name = "applications_csv"

// elementType returns the type of the function's applications.
func elementType(t *testing.T, p *acctest.Protocol) tftypes.Object {
	t.Helper()
	return listElementType(t, p.Schemas().Functions[name].Parameters[0].Type)
}

// listElementType returns the type of the elements of a list of objects.
func listElementType(t *testing.T, listType tftypes.Type) tftypes.Object {
	t.Helper()
	if list, ok := listType.(tftypes.List); ok {
		if object, ok := list.ElementType.(tftypes.Object); ok {
			return object
		}
	}
	t.Fatalf("%s is not a list of objects", listType)
	return tftypes.Object{}
}

// The data source has each attribute that the function uses, with the same type.
// Terraform can convert a list of objects only to one with fewer attributes.
func TestApplicationsCSV_AcceptsTheDataSource(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Protocol(t)
	var compare func(path string, parameter, result tftypes.Object)
	compare = func(path string, parameter, result tftypes.Object) {
		for _, attribute := range slices.Sorted(maps.Keys(parameter.AttributeTypes)) {
			want, got := parameter.AttributeTypes[attribute], result.AttributeTypes[attribute]
			switch {
			case got == nil:
				t.Errorf("%s.%s is missing", path, attribute)
			case want.Is(tftypes.List{}) && got.Is(tftypes.List{}):
				compare(path+"."+attribute, listElementType(t, want), listElementType(t, got))
			case !want.Equal(got):
				t.Errorf("%s.%s is %s, want %s", path, attribute, got, want)
			}
		}
	}
	for _, a := range p.Schemas().DataSourceSchemas["runai_applications"].Block.Attributes {
		if a.Name == "applications" {
			compare("applications", elementType(t, p), listElementType(t, a.ValueType()))
			return
		}
	}
	t.Fatal("the data source has no applications")
}

func TestApplicationsCSV_Errors(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Protocol(t)
	object := elementType(t, p)
	_, err := p.Call(name, tftypes.NewValue(tftypes.List{ElementType: object}, []tftypes.Value{tftypes.NewValue(object, nil)}))
	if err == nil || err.Text != "The application at index 0 is null." || err.FunctionArgument == nil || *err.FunctionArgument != 0 {
		t.Errorf("%+v", err)
	}
}

func TestApplicationsCSV_Empty_IsHeader(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Protocol(t)
	result, failure := p.Call(name, tftypes.NewValue(tftypes.List{ElementType: elementType(t, p)}, []tftypes.Value{}))
	if failure != nil {
		t.Fatal(failure.Text)
	}
	var text string
	if err := result.As(&text); err != nil || text != "Application,Client ID,Access rules,Last login,Created by,Creation time,Last updated\r\n" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAccApplicationsCSV_OfTheDataSource(t *testing.T) {
	t.Parallel()
	cp := acctest.New(t)
	cli := cp.CLI(t)
	cli.Needs("functions of providers", "1.8.0", "1.7.0")

	app := cp.CreateApplication("usage-dashboard", "jane@acme.example")
	cp.CreateApplication("ci-pipeline", "joe@acme.example")
	role := cp.Roles()[0]
	cp.CreateAccessRule(mockserver.AccessRule{
		SubjectID: app.ClientID, SubjectType: "app", RoleID: role.ID, ScopeType: "tenant", ScopeID: cp.TenantID(), CreatedBy: "jane@acme.example",
	})
	cli.Configure(cp.Config(`
data "runai_applications" "all" {
  sort_by = "name"
}

output "all" {
  value = provider::runai::applications_csv(data.runai_applications.all.applications)
}

output "filtered" {
  value = provider::runai::applications_csv([for a in data.runai_applications.all.applications : a if a.name == "ci-pipeline"])
}

data "runai_application" "one" {
  name = "ci-pipeline"
}

output "one" {
  value = provider::runai::applications_csv([data.runai_application.one])
}
`))
	cli.MustApply()
	table := func(output string) [][]string {
		r := cli.Run("output", "-raw", output)
		rows, err := csv.NewReader(strings.NewReader(r.Stdout)).ReadAll()
		if r.Code != 0 || err != nil {
			t.Fatalf("%v: %s", err, r.Output)
		}
		return rows
	}
	rows := table("all")
	i := slices.IndexFunc(rows, func(row []string) bool { return row[0] == "usage-dashboard" })
	if i < 0 {
		t.Fatalf("the application is not in %q", rows)
	}
	row, createdBy := rows[i], "jane@acme.example"
	if cp.Version == "2.17" { // does not report the creator
		createdBy = ""
	}
	if row[1] != app.ClientID || !strings.HasPrefix(row[2], role.Name+" (") || row[3] != "" || row[4] != createdBy || row[5] == "" {
		t.Errorf("%q", row)
	}
	for _, output := range []string{"filtered", "one"} {
		if rows := table(output); len(rows) != 2 || rows[1][0] != "ci-pipeline" || rows[1][2] != "" {
			t.Errorf("%s: %q", output, rows)
		}
	}
}
