// Package unsealedsecret is the provider's ephemeral resource that opens the sealed
// secrets of the resource runai_application.
package unsealedsecret
