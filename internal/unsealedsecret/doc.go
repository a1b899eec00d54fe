// Package unsealedsecret is the provider's ephemeral resource that opens what the
// resource runai_application has sealed.
package unsealedsecret
