package guarantees_test

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/runai-community/terraform-provider-runai/internal/acctest"
)

// fullDisk runs a command in a copy of the working directory on a disk that has room
// for the lock of the state only. The mount is in its own namespace and ends with the
// command.
const fullDisk = `
mount -t tmpfs -o size=1m tmpfs "$1"
cp main.tf versions.tf cli.tfrc "$1"
cd "$1"
shift
dd if=/dev/zero of=filler bs=4096 status=none 2>/dev/null || true
dd if=/dev/null of=filler bs=4096 seek=$(($(stat -c %s filler) / 4096 - 1)) status=none
exec "$@"`

// TestAccDiskFull_StateIsPrinted applies on a full disk. The CLI cannot save the state
// and prints it, so the output is the only copy of the secret. Pushed back, the state
// is complete. With recipients the output has no secret.
func TestAccDiskFull_StateIsPrinted(t *testing.T) {
	t.Parallel()
	acctest.SkipUnlessAcceptance(t)
	acctest.SkipOnOpenTofu(t, "it prints the state in one line")
	for name, sealed := range map[string]bool{"plain": false, "sealed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cp := acctest.New(t)
			cli := cp.CLI(t)
			cli.Configure(cp.Config(config(creation, sealed)))
			if out, err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).CombinedOutput(); err != nil {
				t.Skipf("a disk that is full needs user namespaces: %s %s", err, out)
			}

			apply := cli.Command(context.Background(), "apply", "-auto-approve", "-input=false", "-no-color")
			args := append([]string{"-rm", "sh", "-ec", fullDisk, "sh", t.TempDir(), apply.Path}, apply.Args[1:]...)
			full := exec.Command("unshare", args...)
			full.Dir, full.Env = apply.Dir, apply.Env
			var output bytes.Buffer
			full.Stdout, full.Stderr = &output, &output
			if err := full.Run(); err == nil || !strings.Contains(output.String(), "no space left on device") {
				t.Fatalf("want an apply that cannot save its state, got %v: %s", err, output.String())
			}

			_, printed, found := strings.Cut(output.String(), "\n{\n")
			printed, _, ended := strings.Cut(printed, "\n}\n")
			if !found || !ended {
				t.Fatalf("the state was not printed: %s", output.String())
			}
			cli.Write("printed.tfstate", fmt.Sprintf("{\n%s\n}\n", printed))
			cli.Run("state", "push", filepath.Join(cli.Dir, "printed.tfstate")).Expect(t, 0)
			secret := secretOf(t, cli.State()["runai_application.mine"], sealed)
			if !cp.IsSecretOf(mine, secret) {
				t.Error("the secret in the state that was printed is not the current one")
			}
			if strings.Contains(output.String(), secret) == sealed {
				t.Errorf("the output has the secret in plain text: %t", !sealed)
			}
			if apply := cli.Apply(); apply.Code != 0 { // what the full disk has stopped
				t.Error(apply.Output)
			}
			if cp.Calls(acctest.CreateApplication) != 1 || cp.Calls(acctest.CreateAccessRule) != 1 {
				t.Error("an object was created twice")
			}
		})
	}
}
