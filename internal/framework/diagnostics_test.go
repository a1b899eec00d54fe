package framework_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	apiError := func(operation string) *runai.Error {
		return &runai.Error{Operation: operation, Method: "PATCH", URL: "https://acme.run.ai/api/v1/apps/7", Status: 403}
	}
	const task = `disable service account "ci" (ID 7)`
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"the task itself":      {apiError(`disable application "7"`), `could not disable service account "ci" (ID 7): PATCH https://acme.run.ai/api/v1/apps/7 responded with 403 Forbidden.`},
		"a sign-in on the way": {apiError(`sign in as "terraform"`), `could not sign in as "terraform": PATCH https://acme.run.ai/api/v1/apps/7 responded with 403 Forbidden.`},
		"wrapped with words":   {fmt.Errorf("no list: %w", apiError("list")), "no list: could not list: PATCH https://acme.run.ai/api/v1/apps/7 responded with 403 Forbidden."},
		"another error":        {errors.New("some words"), "some words"},
		"an unknown outcome": {
			&runai.UnknownOutcomeError{Object: `application "ci"`, Create: apiError(`create application "ci"`), LookupErr: apiError("list the applications")},
			`the outcome of creating service account "ci" is unknown: a request was sent and may have taken effect: ` +
				`could not create service account "ci": PATCH https://acme.run.ai/api/v1/apps/7 responded with 403 Forbidden. ` +
				`The lookup failed as well: could not look it up: PATCH https://acme.run.ai/api/v1/apps/7 responded with 403 Forbidden.`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := task
			if name == "an unknown outcome" {
				task = `create service account "ci"`
			}
			got := framework.Describe(c.err, task)
			if got.Error() != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if api, ok := errors.AsType[*runai.Error](c.err); ok && !errors.Is(got, runai.ErrForbidden) {
				t.Errorf("the result does not wrap %v", api)
			}
		})
	}
}

func TestSentence_EndsWithPeriod_UnlessPunctuated(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"no such host":           "No such host.",
		"is it on?":              "Is it on?",
		"shortened text…":        "Shortened text…",
		"https://acme.run.ai/ x": "https://acme.run.ai/ x.",
	} {
		if got := framework.Sentence(errors.New(text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
