package settings

import (
	"context"
	"os"

	"github.com/spf13/cobra"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// Flags say where a command finds the settings of a scheduler.
type Flags struct {
	// Config is a file with the scheduler's configuration; empty for that in the cluster.
	Config string
	// Namespace is the scheduler's own; empty for that of its configuration.
	Namespace string
	// Release is the name of its lease, where several stand in one namespace; mostly empty.
	Release string
}

// AddTo gives a command the flags --config and --scheduler-namespace. config is what the
// configuration is to the command, as the beginning of a sentence.
func (f *Flags) AddTo(command *cobra.Command, config string) {
	command.Flags().StringVar(&f.Config, "config", "", config+": a KubeSchedulerConfiguration, or a manifest that has it in a ConfigMap.")
	command.Flags().StringVar(&f.Namespace, "scheduler-namespace", "", "The scheduler's own namespace; by default that of its configuration, or "+DefaultNamespace+".")
}

// Offline returns the settings in the file, else those of a scheduler of which nothing
// is known.
func (f Flags) Offline() (*Settings, error) {
	if f.Config == "" {
		return f.narrow(Default()), nil
	}
	data, err := os.ReadFile(f.Config)
	if err != nil {
		return nil, err
	}
	s, err := Read(f.Config, data)
	if err != nil {
		return nil, err
	}
	return f.narrow(s), nil
}

// Online is Offline, and where there is no file returns what stands in the cluster. What
// stands nowhere, or may not be read, is not Known.
func (f Flags) Online(ctx context.Context, core corev1client.CoreV1Interface) (*Settings, error) {
	s, err := f.Offline()
	if err != nil || s.Known {
		return s, err
	}
	there, found, err := in(ctx, core, s.Namespace, f.Release)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return s, nil
	}
	return f.narrow(there), nil
}

// narrow gives the word to whoever names the namespace.
func (f Flags) narrow(s *Settings) *Settings {
	if f.Namespace != "" {
		s.Namespace = f.Namespace
	}
	return s
}
