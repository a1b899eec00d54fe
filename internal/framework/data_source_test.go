package framework_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func TestArgument(t *testing.T) {
	t.Parallel()
	wrongCluster := &runai.NotFoundError{Object: "cluster", Field: runai.FieldClusterID, Value: "x"}
	for _, row := range []struct {
		name string
		err  error
		want string // empty: none
	}{
		{"not found", &runai.NotFoundError{Object: "role", Field: runai.FieldName}, "name"},
		{"ambiguous", &runai.AmbiguousError{Object: "role", Field: runai.FieldName}, "name"},
		{"mismatch", &runai.MismatchError{Object: "project", Field: runai.FieldDepartmentID}, "department_id"},
		{"wrapped", fmt.Errorf("read: %w", wrongCluster), "cluster_id"},
		{"of another object's argument", framework.OnArgumentOf("role", &runai.NotFoundError{Field: runai.FieldID}), "role_id"},
		{"a collection that is missing", &runai.Error{Status: 404}, ""},
		{"forbidden", framework.OnArgumentOf("role", &runai.Error{Status: 403}), ""},
		{"any other", errors.New("broken"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, ok := framework.Argument(row.err)
			if got != row.want || ok != (row.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, row.want)
			}
		})
	}
	if !errors.Is(framework.OnArgumentOf("role", wrongCluster), runai.ErrNotFound) {
		t.Error("the error is lost when its argument is named")
	}
}

func TestLookupHints(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"The data source runai_roles lists all available roles.":               &runai.NotFoundError{Object: "role", Field: runai.FieldName},
		"The data source runai_access_rules lists all available access rules.": &runai.AmbiguousError{Object: "access rule", Field: runai.FieldName},
		"cluster_id is a UUID; data.runai_cluster finds it by name.":           &runai.NotFoundError{Object: "cluster", Field: runai.FieldClusterID, NameOf: "1"},
		"department_id is an ID; data.runai_department finds it by name.":      &runai.NotFoundError{Object: "department", Field: runai.FieldDepartmentID, NameOf: "1"},
		"role_id is an ID; data.runai_role finds it by name.":                  framework.OnArgumentOf("role", &runai.NotFoundError{Object: "role", Field: runai.FieldID, NameOf: "1"}),
		"": &runai.MismatchError{Object: "project", Field: runai.FieldClusterID},
	} {
		if got := strings.Join(framework.LookupHints(err), "\n"); got != want {
			t.Errorf("%T: got %q, want %q", err, got, want)
		}
	}
	if got := framework.LookupHints(&runai.Error{Status: 403}); got != nil {
		t.Errorf("got %q for an error that is not of a lookup", got)
	}
}

func TestFilterSort(t *testing.T) {
	t.Parallel()
	items := []framework.Listed{{"b", "100"}, {"b", "20"}, {"a", "3"}, {"dropped", "1"}, {"b", "9"}}
	original := slices.Clone(items)
	got := framework.FilterSort(items,
		func(l framework.Listed) bool { return l.Name != "dropped" },
		func(l framework.Listed) framework.Listed { return l },
		func(l framework.Listed) string { return l.Name + l.ID })
	if want := []string{"a3", "b9", "b20", "b100"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !slices.Equal(items, original) {
		t.Errorf("the items were modified: %v", items)
	}
	none := framework.FilterSort(nil, func(int) bool { return true }, func(int) framework.Listed { return framework.Listed{} }, func(i int) int { return i })
	if none == nil {
		t.Error("an empty list is nil, which is null in Terraform")
	}
}

func TestNotEmpty(t *testing.T) {
	t.Parallel()
	for value, valid := range map[types.String]bool{
		types.StringNull():       true,
		types.StringUnknown():    true,
		types.StringValue("a"):   true,
		types.StringValue("ä"):   true,
		types.StringValue(""):    false,
		types.StringValue(" \t"): false,
	} {
		var resp validator.StringResponse
		framework.NotEmpty().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("search"), ConfigValue: value}, &resp)
		if resp.Diagnostics.HasError() == valid {
			t.Errorf("%s: %v", value, resp.Diagnostics)
		}
	}
}

// A number with a fraction is one error: the type reports it and becomes unknown, so
// nothing else reports it.
func TestWholeNumber(t *testing.T) {
	t.Parallel()
	huge, _, err := big.ParseFloat("1e30", 10, 128, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		value any
		want  types.Int64
		valid bool
	}{
		{"whole", 5, types.Int64Value(5), true},
		{"null", nil, types.Int64Null(), true},
		{"unknown", tftypes.UnknownValue, types.Int64Unknown(), true},
		{"with a fraction", 1.5, types.Int64Unknown(), false},
		{"of more than 64 bits", huge, types.Int64Unknown(), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := tftypes.NewValue(tftypes.Number, row.value)
			diags := framework.WholeNumber{}.Validate(t.Context(), in, path.Root("role_id"))
			if diags.HasError() == row.valid || len(diags) > 1 {
				t.Errorf("got %v", diags)
			}
			got, err := framework.WholeNumber{}.ValueFromTerraform(t.Context(), in)
			if err != nil || !got.Equal(row.want) {
				t.Errorf("got %v, %v, want %v", got, err, row.want)
			}
		})
	}
}
