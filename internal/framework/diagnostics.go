package framework

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// Verb is the operation in the summary of an error.
type Verb string

// The verbs of summaries: "Unable to Create Application".
const (
	Create Verb = "Create"
	Read   Verb = "Read"
	Update Verb = "Update"
	Delete Verb = "Delete"
	Import Verb = "Import"
	Plan   Verb = "Plan"
	List   Verb = "List"
)

// AddError reports an error of the client: its text, then the advice.
func AddError(diags *diag.Diagnostics, verb Verb, noun string, err error, advice ...string) {
	diags.AddError(fmt.Sprintf("Unable to %s %s", verb, noun), detail(err, advice))
}

// AddAttributeError is AddError for an error at an attribute.
func AddAttributeError(diags *diag.Diagnostics, p path.Path, verb Verb, noun string, err error, advice ...string) {
	diags.AddAttributeError(p, fmt.Sprintf("Unable to %s %s", verb, noun), detail(err, advice))
}

func detail(err error, advice []string) string {
	s := Sentence(err)
	for _, a := range advice {
		s += "\n\n" + a
	}
	return s
}

// Sentence returns the text of a Go error as a sentence: with a capital, unless it
// begins with a URL, and a period.
func Sentence(err error) string {
	s := err.Error()
	if s == "" {
		return s
	}
	if !strings.HasPrefix(s, "http") {
		s = Capital(s)
	}
	if !strings.ContainsAny(s[len(s)-1:], ".:!?") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}

// Capital returns s with its first letter in upper case.
func Capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		s = string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// ImportBlock returns the block that imports an existing object, after an introduction:
// "To manage it here, import it".
func ImportBlock(lead, resourceType, id string) string {
	return fmt.Sprintf("%s:\n\n  import {\n    to = %s.example\n    id = %q\n  }", lead, resourceType, id)
}

// Describe rewords an error of the client for the configuration: task is the operation,
// such as `disable application "ci" (ID 7)`. The client itself names an object by its
// ID and by the control plane's noun.
func Describe(err error, task string) error {
	if unknown, ok := errors.AsType[*runai.UnknownOutcomeError](err); ok {
		described := *unknown
		described.Object = strings.TrimPrefix(task, "create ")
		described.Create = Describe(unknown.Create, task)
		if unknown.LookupErr != nil {
			described.LookupErr = Describe(unknown.LookupErr, "look it up")
		}
		return &described
	}
	e, ok := errors.AsType[*runai.Error](err)
	// An error of the sign-in is not reworded, since that is not the task.
	if ok && strings.HasPrefix(err.Error(), "could not "+e.Operation+":") && !strings.HasPrefix(e.Operation, "sign in") {
		described := *e
		described.Operation = task
		return &described
	}
	return err
}
