package unsealedsecret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/runai-community/terraform-provider-runai/internal/seal"
)

const (
	identityVariable     = "RUNAI_AGE_IDENTITY"
	identityFileVariable = "RUNAI_AGE_IDENTITY_FILE"
)

// findIdentity returns the private key of the argument, otherwise of the environment, and
// its origin. An empty variable counts as unset.
//
// No error shows a value: the variable for the path of a file may have the key itself by
// mistake.
func findIdentity(argument types.String, getenv func(name string) string) (identity seal.Identity, source string, err error) {
	text, source := argument.ValueString(), "the argument identity"
	if argument.IsNull() {
		text, source = getenv(identityVariable), "the environment variable "+identityVariable
	}
	if argument.IsNull() && strings.TrimSpace(text) == "" {
		name := strings.TrimSpace(getenv(identityFileVariable))
		if name == "" {
			return seal.Identity{}, "", fmt.Errorf("there is no private key to open the secret with; set the argument identity, "+
				"or one of the environment variables %s and %s", identityVariable, identityFileVariable)
		}
		source = "the file that " + identityFileVariable + " names"
		data, err := os.ReadFile(name)
		if err != nil {
			return seal.Identity{}, "", fmt.Errorf("%s cannot be read: %w", source, withoutPath(err))
		}
		text = string(data)
	}
	if identity, err = seal.ParseIdentity(text); err != nil {
		return seal.Identity{}, "", fmt.Errorf("%s: %w", source, err)
	}
	return identity, source, nil
}

// withoutPath returns an error about a file without its path.
func withoutPath(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}
