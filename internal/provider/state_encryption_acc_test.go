package provider_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// The backend of the guide asks for encryption with the key, here of a bucket that is
// empty.
func TestAccGuides_HandingOver_Backend(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	var mu sync.Mutex
	stored := map[string]http.Header{}
	bucket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && r.URL.Query().Has("list-type"):
			_, _ = io.WriteString(w, "<ListBucketResult></ListBucketResult>")
		case r.Method == http.MethodPut:
			mu.Lock()
			stored[r.URL.Path] = r.Header
			mu.Unlock()
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>")
		}
	}))
	t.Cleanup(bucket.Close)
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	cli.Needs("use_lockfile", "1.10.0", "1.10.0")
	cli.Env = append(cli.Env, "AWS_ENDPOINT_URL_S3="+bucket.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true")
	if err := os.Remove(cli.Dir + "/versions.tf"); err != nil { // no provider is part of this
		t.Fatal(err)
	}
	backend, _ := read(t, filepath.Join(guides, "handing-over-secrets", "backend.tf"))
	cli.Configure(backend + "output \"stored\" {\n  value = true\n}\n")
	cli.Run("init", "-no-color", "-backend-config=use_path_style=true", "-backend-config=skip_credentials_validation=true",
		"-backend-config=skip_requesting_account_id=true").Expect(t, 0)
	cli.MustApply("-lock=false") // the bucket returns no lock file
	mu.Lock()
	defer mu.Unlock()
	state := stored["/acme-terraform-state/runai.tfstate"]
	if got, key := state.Get("X-Amz-Server-Side-Encryption"), state.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"); got != "aws:kms" || key != "alias/terraform-state" {
		t.Errorf("the state is stored with the encryption %q and the key %q", got, key)
	}
}

// OpenTofu encrypts the state and the plan file with the block of the guide.
func TestAccGuides_HandingOver_StateEncryption(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	cp := exampleControlPlane(t, "")
	cli := acctest.BinaryCLI(t, acctest.ProviderBinary(t))
	cli.Needs("state encryption in a file of its own", "", "1.8.0")
	cli.Env = append(cli.Env, environment(cp)...)
	cli.Env = append(cli.Env, "TF_VAR_state_passphrase=correct horse battery staple")
	encryption, _ := read(t, filepath.Join(guides, "handing-over-secrets", "encryption.tofu"))
	cli.Write("encryption.tofu", encryption)
	cli.Configure(`resource "runai_application" "ci" {
  name = "ci-pipeline"
}
`)
	cli.MustApply()
	cli.Plan("-out=plan.bin").Expect(t, 0)
	for _, file := range []string{"terraform.tfstate", "plan.bin"} {
		if text, _ := read(t, filepath.Join(cli.Dir, file)); !strings.Contains(text, "encrypted_data") || strings.Contains(text, "ci-pipeline") {
			t.Errorf("%s is not encrypted", file)
		}
	}
}
