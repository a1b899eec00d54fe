package main

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"text/template"
)

// The programs that are built.
const (
	programRunai = "terraform-provider-runai"
	programFloor = "floor"
	programTimed = "timed"
	programMock  = "runai-mock"
)

// The names of the contestants in the results. The plugin floor is a provider with the
// same schema that does nothing.
const (
	nameRunai          = "runai"
	nameFloor          = "plugin floor"
	nameQuietFloor     = "plugin floor, no logging"
	nameData           = "terraform_data"
	nameLowParallelism = "runai, -parallelism=5"
)

//go:embed configuration
var configurations embed.FS

// contestant is a provider and a configuration that bench measures.
type contestant struct {
	name string
	// program is the provider's binary, empty for the built-in provider of the CLI.
	program string
	// source is the provider's address without the host.
	source string
	config *template.Template
	// env is added to the environment of the CLI, and so of the provider.
	env []string
	// idle contestants send no requests and create no objects on the control plane.
	idle bool
}

// values are the parameters of a configuration template.
type values struct {
	Objects      int
	URL          string
	ClientID     string
	ClientSecret string
	// Token and TenantID are for providers that cannot obtain them themselves.
	Token    string
	TenantID string
}

func (c contestant) configuration(v values) ([]byte, error) {
	var text bytes.Buffer
	err := c.config.Execute(&text, v)
	return text.Bytes(), err
}

// contestants returns all contestants, and this provider with a configuration of only
// applications. programs is the directory of the built programs.
func contestants(o options, programs string) (list []contestant, applications contestant, err error) {
	templates, err := template.ParseFS(configurations, "configuration/*.tmpl")
	if err != nil {
		return nil, contestant{}, err
	}
	runai, floor := filepath.Join(programs, programRunai), filepath.Join(programs, programFloor)
	const source = "runai-community/runai"
	applications = contestant{name: nameRunai, program: runai, source: source, config: templates.Lookup("applications.tf.tmpl")}
	list = []contestant{
		{name: nameData, config: templates.Lookup("terraform_data.tf.tmpl"), idle: true},
		{name: nameFloor, program: floor, source: source, config: templates.Lookup("runai.tf.tmpl"), idle: true},
		{
			name: nameQuietFloor, program: floor, source: source, config: templates.Lookup("runai.tf.tmpl"), idle: true,
			env: []string{"TF_LOG_SDK=OFF", "TF_LOG_SDK_PROTO=OFF", "TF_LOG_SDK_FRAMEWORK=OFF", "TF_LOG_PROVIDER_RUNAI=OFF"},
		},
		{name: nameRunai, program: runai, source: source, config: templates.Lookup("runai.tf.tmpl")},
	}
	if o.peer == "" {
		return list, applications, nil
	}
	program, err := filepath.Abs(o.peer)
	if err != nil {
		return nil, contestant{}, err
	}
	peer := contestant{name: path.Base(o.peerSource), program: program, source: o.peerSource, config: templates.Lookup("restapi.tf.tmpl")}
	if slices.ContainsFunc(list, func(c contestant) bool { return c.name == peer.name }) {
		return nil, contestant{}, fmt.Errorf("-peer-source: the name %q is already in the results", peer.name)
	}
	if o.peerConfig != "" {
		text, err := os.ReadFile(o.peerConfig)
		if err != nil {
			return nil, contestant{}, err
		}
		if peer.config, err = template.New("peer").Parse(string(text)); err != nil {
			return nil, contestant{}, err
		}
	}
	return append(list, peer), applications, nil
}
