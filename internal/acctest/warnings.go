package acctest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// warnings collects the warnings of the providers of a control plane, since the testing
// module gives tests only errors.
type warnings struct {
	mu    sync.Mutex
	given []string
}

func (w *warnings) add(diags []*tfprotov6.Diagnostic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			w.given = append(w.given, d.Summary+": "+d.Detail)
		}
	}
}

// count returns the number of warnings that contain a text.
func (w *warnings) count(text string) (n int, all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, warning := range w.given {
		if strings.Contains(warning, text) {
			n++
		}
	}
	return n, w.given
}

// ForgetWarnings discards the warnings so far.
func (c *ControlPlane) ForgetWarnings() {
	c.warnings.mu.Lock()
	defer c.warnings.mu.Unlock()
	c.warnings.given = nil
}

// Warned checks that a warning with a text was given since ForgetWarnings.
func (c *ControlPlane) Warned(text string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if n, all := c.warnings.count(text); n == 0 {
			return fmt.Errorf("no warning contains %q; all warnings: %q", text, all)
		}
		return nil
	}
}

// NotWarned checks that no warning with a text was given since ForgetWarnings. Every
// warning contains the empty text.
func (c *ControlPlane) NotWarned(text string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if n, all := c.warnings.count(text); n > 0 {
			return fmt.Errorf("%d warnings say %q; all warnings: %q", n, text, all)
		}
		return nil
	}
}

// providerServer is the interface of the framework's server.
type providerServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// listener records the warnings of a provider.
type listener struct {
	providerServer
	to *warnings
}

func (w *warnings) listen(server tfprotov6.ProviderServer) (tfprotov6.ProviderServer, error) {
	whole, ok := server.(providerServer)
	if !ok {
		return nil, fmt.Errorf("%T cannot do all of the protocol", server)
	}
	return listener{whole, w}, nil
}

func (l listener) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := l.providerServer.ConfigureProvider(ctx, req)
	l.to.add(resp.Diagnostics)
	return resp, err
}

func (l listener) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := l.providerServer.ReadResource(ctx, req)
	l.to.add(resp.Diagnostics)
	return resp, err
}

func (l listener) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := l.providerServer.PlanResourceChange(ctx, req)
	l.to.add(resp.Diagnostics)
	return resp, err
}

func (l listener) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := l.providerServer.ApplyResourceChange(ctx, req)
	l.to.add(resp.Diagnostics)
	return resp, err
}
