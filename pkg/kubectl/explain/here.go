package explain

import (
	"context"
	"fmt"

	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/standin"
)

// fromHere asks who stands in for the scheduler.
func (o *options) fromHere(ctx context.Context, config *rest.Config, q *question) (*answer, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	s, err := o.settings(ctx, client.CoreV1())
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server, err := standin.Start(ctx, standin.Options{
		Client: client, Config: config, Settings: s, Release: o.asking.Release, URLs: o.urls, Warn: o.warn,
	})
	if err != nil {
		return nil, err
	}
	inside, err := ask.Inside(server.Handler())
	if err != nil {
		return nil, err
	}
	return o.collect(ctx, inside, q)
}

func (o *options) warn(text string) { fmt.Fprintln(o.env.ErrOut, text+".") }

// settings are those of --config, else those in the cluster.
func (o *options) settings(ctx context.Context, core corev1client.CoreV1Interface) (s *settings.Settings, err error) {
	found := true
	if o.config != "" {
		s, err = read(o.config)
	} else {
		s, found, err = settings.In(ctx, core, o.asking.Namespace)
	}
	if err != nil {
		return nil, err
	}
	if !found {
		s = settings.Default()
		o.warn(fmt.Sprintf("The scheduler's configuration cannot be read from the ConfigMap %s/%s, and the defaults are taken: --config names a file", o.asking.Namespace, settings.ConfigMap))
	}
	s.Namespace = o.asking.Namespace
	return s, nil
}

func read(file string) (*settings.Settings, error) {
	data, err := cli.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return settings.Read(file, data)
}
