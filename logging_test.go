package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

func TestQuietLogging(t *testing.T) {
	t.Parallel()
	off := []string{"TF_LOG_PROVIDER_RUNAI", "TF_LOG_PROVIDER_RUNAI_API", "TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO"}
	for _, c := range []struct {
		environ []string
		quiet   bool
	}{
		{nil, true},
		{[]string{"HOME=/home/jane", "TF_IN_AUTOMATION=1", "RUNAI_BASE_URL=https://acme.run.ai"}, true},

		// What the CLI reads.
		{[]string{"TF_LOG=TRACE"}, false},
		{[]string{"TF_LOG=error"}, false},
		{[]string{"TF_LOG=JSON"}, false},
		{[]string{"TF_LOG="}, true},
		{[]string{"TF_LOG=OFF"}, true},
		{[]string{"TF_LOG=off", "TF_LOG_SDK=OFF"}, true},
		{[]string{"TF_LOG=OFF", "TF_LOG_PROVIDER=INFO"}, false},
		{[]string{"TF_LOG=TRACE", "TF_LOG_SDK=OFF"}, false},
		{[]string{"TF_LOG_PROVIDER=DEBUG"}, false},
		{[]string{"TF_LOG_PROVIDER="}, true},
		{[]string{"TF_TEMP_LOG_PATH=/tmp/crash.log"}, false},
		{[]string{"TF_LOG_CORE=TRACE"}, true},
		{[]string{"TF_LOG_CLOUD=TRACE"}, true},
		{[]string{"TF_LOG_PATH=/tmp/terraform.log"}, true},
		{[]string{"TF_LOG_CORE=TRACE", "TF_LOG_PROVIDER=INFO"}, false},
		{[]string{"TF_LOG_PATH=/tmp/terraform.log", "TF_LOG=INFO"}, false},

		// What the SDK reads.
		{[]string{"TF_LOG_SDK=WARN"}, false},
		{[]string{"TF_LOG_SDK_PROTO=TRACE"}, false},
		{[]string{"TF_LOG_SDK_PROTO_DATA_DIR=/tmp/data"}, false},
		{[]string{"TF_LOG_SDK_FRAMEWORK=TRACE"}, false},
		{[]string{"TF_LOG_PROVIDER_RUNAI=TRACE"}, false},
		{[]string{"TF_LOG_PROVIDER_RUNAI_API=DEBUG"}, false},
		{[]string{"TF_LOG_PATH_MASK=/tmp/%s.log"}, true},

		// What neither reads today.
		{[]string{"TF_LOG_SDK_MUX=TRACE"}, false},
		{[]string{"TF_LOG_STACKS=TRACE"}, false},
		{[]string{"TF_LOGO=acme"}, true},
	} {
		t.Run(fmt.Sprint(c.environ), func(t *testing.T) {
			t.Parallel()
			set := quietLogging(c.environ)
			if !c.quiet {
				if set != nil {
					t.Errorf("the logging changes: %v", set)
				}
				return
			}
			if names := slices.Sorted(maps.Keys(set)); !slices.Equal(names, off) {
				t.Errorf("set: %v, want %v", names, off)
			}
			for name, level := range set {
				if level != "OFF" {
					t.Errorf("%s=%s", name, level)
				}
			}
		})
	}
}
