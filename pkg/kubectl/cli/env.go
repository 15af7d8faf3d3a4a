// Package cli is what the commands of the plugin share: streams, the connection,
// exit codes, formats of output and colours.
package cli

import (
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// Name is how the plugin is called.
const Name = "kubectl telemetry"

// Env is what a command has of the world. Nothing in it has reached for a file or a
// cluster yet.
type Env struct {
	// IOStreams escape what acts upon a terminal.
	genericiooptions.IOStreams
	// Config holds kubectl's own flags: kubeconfig, context, namespace and the others.
	Config *genericclioptions.ConfigFlags
	// Paint colours Out.
	Paint Paint
	// Now is the time by which ages are told.
	Now func() time.Time

	begun  bool
	output *outlet
}

// NewEnv returns the world of one call.
func NewEnv(streams genericiooptions.IOStreams) *Env {
	paint, output := paintFor(streams.Out), &outlet{to: streams.Out}
	streams.Out, streams.ErrOut = &safe{Writer: output, painted: paint.on}, &safe{Writer: streams.ErrOut, painted: paint.on}
	return &Env{
		IOStreams: streams,
		Config:    genericclioptions.NewConfigFlags(true),
		Paint:     paint,
		Now:       time.Now,
		output:    output,
	}
}
