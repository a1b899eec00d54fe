package application

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestDecideRotation(t *testing.T) {
	t.Parallel()
	null, unknownMap := types.MapNull(types.StringType), types.MapUnknown(types.StringType)
	m := func(pairs ...attr.Value) types.Map {
		elements := map[string]attr.Value{}
		for i := 0; i < len(pairs); i += 2 {
			elements[pairs[i].(types.String).ValueString()] = pairs[i+1]
		}
		return types.MapValueMust(types.StringType, elements)
	}
	s := func(v string) attr.Value { return types.StringValue(v) }
	a, b, one, two, nothing, later := s("a"), s("b"), s("1"), s("2"), attr.Value(types.StringNull()), attr.Value(types.StringUnknown())

	for name, c := range map[string]struct {
		state, plan types.Map
		want        rotation
	}{
		"null to null":                             {null, null, keep},
		"null to empty":                            {null, m(), keep},
		"empty to null":                            {m(), null, keep},
		"null to a null key":                       {null, m(a, nothing), keep},
		"a null key to null":                       {m(a, nothing), null, keep},
		"null to a value":                          {null, m(a, one), rotate},
		"empty to a value":                         {m(), m(a, one), rotate},
		"a null key to a value":                    {m(a, nothing), m(a, one), rotate},
		"a value to the same":                      {m(a, one), m(a, one), keep},
		"a value to another":                       {m(a, one), m(a, two), rotate},
		"a key added":                              {m(a, one), m(a, one, b, one), rotate},
		"a null key added":                         {m(a, one), m(a, one, b, nothing), keep},
		"a key removed":                            {m(a, one, b, one), m(a, one), rotate},
		"a key set to null beside another":         {m(a, one, b, one), m(a, one, b, nothing), rotate},
		"a key renamed":                            {m(a, one), m(b, one), rotate},
		"a value to null":                          {m(a, one), null, keep},
		"a value to empty":                         {m(a, one), m(), keep},
		"a value to a null key":                    {m(a, one), m(a, nothing), keep},
		"to unknown":                               {m(a, one), unknownMap, unknown},
		"null to unknown":                          {null, unknownMap, unknown},
		"a value to an unknown one":                {m(a, one), m(a, later), unknown},
		"null to an unknown value":                 {null, m(a, later), unknown},
		"an unknown value beside the same":         {m(a, one), m(a, one, b, later), unknown},
		"an unknown value beside a change":         {m(a, one), m(a, two, b, later), rotate},
		"all that is left may turn out to be null": {m(a, one), m(b, later), unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := decideRotation(c.state, c.plan); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}
