package runai

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a control plane's version. The zero value means that it is to be detected.
type Version struct{ major, minor int }

// ParseVersion parses "2.22", "v2.22", "2.22.14" and "3", the string of an unquoted
// 3.0. An empty string is the zero Version. A version before 2.17 is an error.
func ParseVersion(s string) (Version, error) {
	if s == "" {
		return Version{}, nil
	}
	parts := strings.SplitN(strings.TrimPrefix(s, "v")+".0", ".", 3)
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	v := Version{major, minor}
	switch {
	case err1 != nil || err2 != nil || major < 0 || minor < 0:
		return Version{}, fmt.Errorf("%q is not a control plane version such as 2.22 or 3.0", s)
	case !v.atLeast(2, 17):
		return Version{}, fmt.Errorf(`%q is below 2.17, the oldest version that is supported. Quote the value, as in "2.20": a number without quotes loses its trailing zero`, s)
	}
	return v, nil
}

// IsZero reports whether the version is to be detected.
func (v Version) IsZero() bool { return v == Version{} }

func (v Version) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

func (v Version) atLeast(major, minor int) bool {
	return v.major > major || v.major == major && v.minor >= minor
}
