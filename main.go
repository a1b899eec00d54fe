// Command terraform-provider-runai is the Terraform provider for NVIDIA Run:ai.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"runtime/debug"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/runai-community/terraform-provider-runai/internal/provider"
)

// version is set by the release build.
var version = "dev"

// gcPercent lets the heap grow to five times what is in use, instead of twice,
// before it is collected. A provider uses some 10 MB and allocates that much for
// every ten objects: collecting was a quarter of its CPU time in a plan of 100
// applications and 100 access rules.
const gcPercent = 400

func main() {
	debugger := flag.Bool("debug", false, "serve for a debugger such as delve, and print how to attach Terraform")
	flag.Parse()
	if !*debugger { // in a debugger, standard error is for a person and not for a CLI
		if err := setenv(quietLogging(os.Environ())); err != nil {
			log.Fatal(err)
		}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: provider.Address,
		Debug:   *debugger,
	})
	if err != nil {
		log.Fatal(err)
	}
}
