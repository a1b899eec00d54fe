package runai

import (
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/leaktest"
)

const planted = "geheim-0815-planted"

// The tests of package rest show that a Secret is never printed. This one covers the
// structs of this package that contain one.
func TestSecret_InsideStruct_IsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := NewSecret(planted)
	c, err := New(Config{BaseURL: "https://acme.example", ClientID: "ci", ClientSecret: s})
	if err != nil {
		t.Fatal(err)
	}
	c.session.AddSecrets(NewSecret(planted + "-token"))
	for _, leak := range leaktest.Leaks(planted, map[string]any{
		"the configuration":     Config{ClientSecret: s, AccessToken: s},
		"the client":            c,
		"the token store":       *&c.session.tokens.current, //nolint:staticcheck // a copy without its lock
		"a token":               token{value: s},
		"a response":            wireApplication{Secret: s, ClientSecret: s},
		"a created application": CreatedApplication{Secret: s},
		"a signed-in token":     Token{Value: s},
	}) {
		t.Error(leak)
	}
	if len(leaktest.Leaks(planted, map[string]any{"text": planted})) == 0 {
		t.Error("the search does not find a secret that is printed")
	}
}
