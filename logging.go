package main

import (
	"os"
	"slices"
	"strings"
)

// quietLogging returns the environment variables that turn the logging of the SDK and
// of the provider off, or nil if a variable requests any of it. environ is the
// environment in the form of [os.Environ].
//
// The SDK logs at trace level unless a variable sets another level, whatever the CLI
// shows. If no variable requests a log, the CLI parses every line and discards it. In a
// plan of 300 applications this logging was 38 % of the provider's CPU time; without
// it, the plan took 1.43 s instead of 2.19 s. Messages for the user are diagnostics and
// not log entries, so nothing is lost.
//
// A level for each logger is needed: a subsystem without one formats its entries
// before its root logger discards them.
func quietLogging(environ []string) map[string]string {
	if slices.ContainsFunc(environ, requestsLog) {
		return nil
	}
	return map[string]string{
		"TF_LOG_SDK":                "OFF",
		"TF_LOG_SDK_PROTO":          "OFF",
		"TF_LOG_SDK_FRAMEWORK":      "OFF",
		"TF_LOG_PROVIDER_RUNAI":     "OFF",
		"TF_LOG_PROVIDER_RUNAI_API": "OFF",
	}
}

// requestsLog reports whether an entry of the environment, NAME=value, may ask
// for a log of a provider. It errs on the side of logging: each TF_LOG variable
// counts that is not OFF, the ones of modules that this provider does not use and
// those of CLIs to come included. TF_TEMP_LOG_PATH makes the CLI write a copy at trace level.
// The exceptions say where a log goes, or concern the CLI's own log alone.
func requestsLog(entry string) bool {
	name, value, _ := strings.Cut(entry, "=")
	switch name {
	case "TF_LOG_PATH", "TF_LOG_PATH_MASK", "TF_LOG_CORE", "TF_LOG_CLOUD":
		return false
	case "TF_TEMP_LOG_PATH":
		return value != ""
	}
	return (name == "TF_LOG" || strings.HasPrefix(name, "TF_LOG_")) && value != "" && !strings.EqualFold(value, "off")
}

// setenv adds variables to the environment of this process, where the SDK looks
// for the levels at each request.
func setenv(variables map[string]string) error {
	for name, value := range variables {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}
