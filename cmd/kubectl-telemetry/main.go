// Command kubectl-telemetry is the plugin "kubectl telemetry".
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl"
)

func main() {
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	os.Exit(kubectl.Run(streams, os.Args[1:]))
}
