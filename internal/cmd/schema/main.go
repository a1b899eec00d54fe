// Command schema prints the provider's schema as `terraform providers schema
// -json` would.
//
// It runs the provider in process. A CLI omits the kinds of objects that it does not
// support: Terraform before 1.14 and OpenTofu have no list resources, and Terraform
// before 1.12 has no identities. The documentation generator would silently omit them.
// This way docs/ is the same on every machine, and needs no CLI.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/runai-community/terraform-provider-runai/internal/provider"
)

func main() {
	// A CLI uses the address; tfplugindocs looks for the bare name.
	name := flag.String("name", provider.Address, "print the schema as that of the provider `NAME`")
	flag.Parse()

	server := providerserver.NewProtocol6(provider.New("dev")())()
	if err := run(context.Background(), server, *name, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

// run writes the schemas of server to w, under the given name.
func run(ctx context.Context, server tfprotov6.ProviderServer, name string, w io.Writer) error {
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}
	if err := errors.Join(asError(schema.Diagnostics), asError(identities.Diagnostics)); err != nil {
		return err
	}

	schemas, err := convert(name, schema, identities)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(schemas)
}

func asError(diagnostics []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}
