// Command floor is a provider with the schema of this one that talks to nobody.
// It costs what Terraform and the plugin framework cost, and no provider with
// that schema can cost less. Where the schema comes from the provider itself, the
// two cannot differ.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	product "github.com/runai-community/terraform-provider-runai/internal/provider"
)

func main() {
	err := providerserver.Serve(context.Background(), newFloor, providerserver.ServeOpts{Address: product.Address})
	if err != nil {
		log.Fatal(err)
	}
}
