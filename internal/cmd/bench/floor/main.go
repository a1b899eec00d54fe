// Command floor is a provider with the schema of this one that sends no requests. It
// measures what Terraform and the plugin framework cost, a lower bound for any provider
// with this schema, which is the schema of the provider itself.
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
