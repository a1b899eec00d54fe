package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// subsystem is the name of the client's log. Its level is that of
// TF_LOG_PROVIDER_RUNAI_API, whatever TF_LOG_PROVIDER_RUNAI is, and that of the
// provider's log without it. What a provider logs is shown at the level of
// TF_LOG_PROVIDER or TF_LOG, since the CLI discards the rest. For the client's log
// and nothing else: TF_LOG_PROVIDER=DEBUG, TF_LOG_SDK=OFF, TF_LOG_PROVIDER_RUNAI=OFF
// and TF_LOG_PROVIDER_RUNAI_API=DEBUG.
const subsystem = "runai_api"

// secretLooking is a second line of defense: the client logs neither headers nor bodies,
// and redacts every secret that it knows.
var secretLooking = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*|(?i:bearer|basic)\s+\S+`)

var secretFields = []string{
	"secret", "clientSecret", "client_secret", "appSecret", "accessToken", "access_token",
	"refreshToken", "refresh_token", "idToken", "id_token", "password", "Authorization", "authorization",
}

// log writes the client's log to Terraform's log, at debug level.
func log(ctx context.Context, message string, fields map[string]any) {
	ctx = tflog.NewSubsystem(ctx, subsystem, tflog.WithLevelFromEnv("TF_LOG_PROVIDER_RUNAI_API"))
	ctx = tflog.SubsystemMaskFieldValuesWithFieldKeys(ctx, subsystem, secretFields...)
	ctx = tflog.SubsystemMaskAllFieldValuesRegexes(ctx, subsystem, secretLooking)
	ctx = tflog.SubsystemMaskMessageRegexes(ctx, subsystem, secretLooking)
	tflog.SubsystemDebug(ctx, subsystem, message, fields)
}
