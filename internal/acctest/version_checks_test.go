package acctest

import "testing"

// The output of the CLI has its product and version. Version numbers of OpenTofu and
// Terraform are not comparable.
func TestSince_ComparesVersionsOfTheSameProduct(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		output  string
		feature since
		missing string
	}{
		{"Terraform v1.12.0\non linux_amd64\n", since{"1.12.0", ""}, ""},
		{"Terraform v1.16.0-rc2\non linux_amd64\n", since{"1.16.0", ""}, ""},
		{"Terraform v1.9.8\non linux_amd64\n\nYour version of Terraform is out of date!\n", since{"1.10", "1.7"}, "needs Terraform 1.10, and this is 1.9.8"},
		{"OpenTofu v1.12.6\non linux_amd64\n", since{"1.12.0", ""}, "OpenTofu does not have it"},
		{"OpenTofu v1.10.0\non linux_amd64\n", since{"1.10.0", "1.11.0"}, "needs OpenTofu 1.11.0, and this is 1.10.0"},
		{"OpenTofu v1.7.0\non linux_amd64\n", since{"1.8.0", "1.7.0"}, ""},
	} {
		cli, err := parseCLIVersion(c.output)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.feature.missing(cli); got != c.missing {
			t.Errorf("%q: %q, want %q", c.output, got, c.missing)
		}
	}
	for _, output := range []string{"", "Packer v1.12.0", "Terraform v"} {
		if cli, err := parseCLIVersion(output); err == nil {
			t.Errorf("%q is %v", output, cli)
		}
	}
}
