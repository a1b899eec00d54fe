package runai_test

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

func TestSignInAsCaller(t *testing.T) {
	t.Parallel()
	mock, err := mockserver.New(mockserver.Options{Version: "2.24"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mock)
	defer server.Close()
	mock.CreateApplication("ci", anotherPrincipal)
	client, err := runai.New(runai.Config{BaseURL: server.URL, ClientID: "ci", ClientSecret: runai.NewSecret(mock.RegenerateSecret("ci"))})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}

	first, err := client.SignInAsCaller(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if second, err := client.SignInAsCaller(t.Context()); err != nil || second.Value == first.Value {
		t.Errorf("the same token twice, or %v", err)
	}
	// After a regeneration in this run, the new secret is used.
	secret := runai.NewSecret(mock.RegenerateSecret("ci"))
	if _, err := client.SignInAsCaller(t.Context()); !errors.Is(err, runai.ErrUnauthorized) {
		t.Errorf("with the old secret: %v", err)
	}
	client.UseSecret(secret)
	if _, err := client.SignInAsCaller(t.Context()); err != nil {
		t.Errorf("with the new secret: %v", err)
	}

	withToken, err := runai.New(runai.Config{BaseURL: server.URL, AccessToken: first.Value})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := withToken.SignInAsCaller(t.Context()); !errors.Is(err, runai.ErrNoCredentials) {
		t.Errorf("with a token: %v", err)
	}
}
