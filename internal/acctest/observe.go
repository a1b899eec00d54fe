package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// ErrorContains matches a text in what Terraform prints, wherever its lines are broken.
func ErrorContains(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return regexp.MustCompile(strings.Join(words, `\s+`))
}

// ErrorAtAttribute is ErrorContains for an error on an argument of a block, such as
// ErrorAtAttribute(`data "runai_role" "test"`, "name", "There is no role").
func ErrorAtAttribute(block, argument, text string) *regexp.Regexp {
	return regexp.MustCompile(`in ` + regexp.QuoteMeta(block) + `:\s+\d+:\s+` + regexp.QuoteMeta(argument) + `\s+=(?s:.*)` + ErrorContains(text).String())
}

// ErrorAtBlock is ErrorContains for an error on a block as a whole, on none of its arguments.
func ErrorAtBlock(block, text string) *regexp.Regexp {
	return regexp.MustCompile(`in ` + regexp.QuoteMeta(block) + `:\s+\d+:\s+` + regexp.QuoteMeta(block) + ` \{(?s:.*)` + ErrorContains(text).String())
}

// PerRun is how many requests for a route each run of Terraform made that made
// any. A run begins when the provider signs in.
func (c *ControlPlane) PerRun(method, route string) []int {
	var runs []int
	signingIn, fresh := false, true
	for _, r := range c.Log() {
		token := strings.HasSuffix(r.Route, "/token") || strings.HasSuffix(r.Route, "/apptoken")
		fresh = fresh || token && !signingIn
		signingIn = token
		if r.Method != method || r.Route != route {
			continue
		}
		if fresh {
			runs, fresh = append(runs, 0), false
		}
		runs[len(runs)-1]++
	}
	return runs
}

// ExpectCallsPerRun checks that there were runs with requests for a route, and
// that each made exactly so many.
func (c *ControlPlane) ExpectCallsPerRun(method, route string, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		runs := c.PerRun(method, route)
		if len(runs) == 0 || slices.ContainsFunc(runs, func(got int) bool { return got != want }) {
			return fmt.Errorf("runs requested %s %s %v times, want %d in each; all requests: %v", method, route, runs, want, c.Requests())
		}
		return nil
	}
}

// ExpectCallsPerRunOf is ExpectCallsPerRun for a call.
func (c *ControlPlane) ExpectCallsPerRunOf(call Call, want int) resource.TestCheckFunc {
	method, route := c.route(call)
	return c.ExpectCallsPerRun(method, route, want)
}

// HoldsNoSecret checks that no secret or token that this control plane ever
// issued is in the state.
func (c *ControlPlane) HoldsNoSecret() statecheck.StateCheck { return secretCheck{c, false} }

// HoldsSecret checks that some secret is, which shows that the search finds one.
func (c *ControlPlane) HoldsSecret() statecheck.StateCheck { return secretCheck{c, true} }

type secretCheck struct {
	cp   *ControlPlane
	want bool
}

// CheckState implements [statecheck.StateCheck].
func (s secretCheck) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	state, err := json.Marshal(req.State)
	if err != nil {
		resp.Error = err
		return
	}
	found := slices.ContainsFunc(s.cp.Issued(), func(secret string) bool { return strings.Contains(string(state), secret) })
	if found != s.want {
		resp.Error = fmt.Errorf("a secret is in the state: %t, want %t", found, s.want)
	}
}
