package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// subsystem is the name under which TF_LOG_PROVIDER_RUNAI_API turns the client's
// log on by itself.
const subsystem = "runai_api"

// secretLooking is a second line of defence: the client logs neither headers nor
// bodies, and takes every secret it knows out of what it logs.
var secretLooking = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*|(?i:bearer|basic)\s+\S+`)

var secretFields = []string{
	"secret", "clientSecret", "client_secret", "appSecret", "accessToken", "access_token",
	"refreshToken", "refresh_token", "idToken", "id_token", "password", "Authorization", "authorization",
}

// log passes what the client logs on to Terraform's log, at debug level.
func log(ctx context.Context, message string, fields map[string]any) {
	ctx = tflog.NewSubsystem(ctx, subsystem, tflog.WithLevelFromEnv("TF_LOG_PROVIDER_RUNAI_API"))
	ctx = tflog.SubsystemMaskFieldValuesWithFieldKeys(ctx, subsystem, secretFields...)
	ctx = tflog.SubsystemMaskAllFieldValuesRegexes(ctx, subsystem, secretLooking)
	ctx = tflog.SubsystemMaskMessageRegexes(ctx, subsystem, secretLooking)
	tflog.SubsystemDebug(ctx, subsystem, message, fields)
}
