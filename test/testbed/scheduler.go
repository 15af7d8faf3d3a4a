package testbed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// Names of the shipped manifest.
const (
	Namespace      = "telemetry-scheduler"
	ServiceAccount = "telemetry-scheduler"
	SchedulerName  = "telemetry-scheduler"
)

// Scheduler says how to start a scheduler.
type Scheduler struct {
	// Name is that of the process; "scheduler" by default. Replicas need different
	// ones.
	Name string
	// Program is the file in bin/; our own by default.
	Program string
	// Config is a KubeSchedulerConfiguration without a kubeconfig; that of the
	// shipped manifest by default.
	Config string
	// Kubeconfig is that of the shipped ServiceAccount by default. It also asks who
	// may read the scheduler's metrics, as in a pod.
	Kubeconfig string
	Args       []string
}

// RunningScheduler is a scheduler that was started.
type RunningScheduler struct {
	*Process
	URL    string // of its secure port
	api    string
	client *http.Client
}

// Install applies the shipped manifest but for the objects that need an image:
// here the scheduler is a process, with the account and the role of its pods.
func (b *Bed) Install(ctx context.Context) error {
	b.progress("our account, role and configuration")
	root, err := Root()
	if err != nil {
		return err
	}
	return b.ApplyFile(ctx, filepath.Join(root, "manifests", "install.yaml"), func(o *unstructured.Unstructured) bool {
		return o.GetKind() != "Deployment"
	})
}

// ShippedConfig returns the configuration in the shipped manifest.
func (b *Bed) ShippedConfig(ctx context.Context) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	var config string
	err = eachObject(filepath.Join(root, "manifests", "install.yaml"), func(o *unstructured.Unstructured) {
		if o.GetKind() == "ConfigMap" {
			config, _, _ = unstructured.NestedString(o.Object, "data", "config.yaml")
		}
	})
	if err == nil && config == "" {
		err = errors.New("manifests/install.yaml has no config.yaml")
	}
	return config, err
}

// PlainProfile is the name of a profile without our plugin; see WithPlainProfile.
const PlainProfile = "plain"

// WithPlainProfile adds a profile without our plugin to a configuration, which
// schedules as kube-scheduler does.
func WithPlainProfile(config string) (string, error) {
	return Edited(config, "profiles:\n", "profiles:\n- schedulerName: "+PlainProfile+"\n")
}

// Edited replaces texts of a configuration, given as old and new in turn, each of
// which has to be there.
func Edited(config string, pairs ...string) (string, error) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(config, pairs[i]) {
			return "", fmt.Errorf("the configuration has no %q", pairs[i])
		}
		config = strings.Replace(config, pairs[i], pairs[i+1], 1)
	}
	return config, nil
}

// StartScheduler starts a scheduler and returns once it is healthy. It may not
// lead yet.
func (b *Bed) StartScheduler(ctx context.Context, s Scheduler) (*RunningScheduler, error) {
	s.Name, s.Program = orDefault(s.Name, "scheduler"), orDefault(s.Program, "telemetry-scheduler")
	b.progress(s.Name)
	if s.Kubeconfig == "" {
		var err error
		if s.Kubeconfig, err = b.ServiceAccountKubeconfig(ctx, Namespace, ServiceAccount); err != nil {
			return nil, err
		}
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	config, err := b.schedulerConfig(ctx, s, ports[1])
	if err != nil {
		return nil, err
	}
	args := append([]string{
		"--config=" + config, "--authentication-kubeconfig=" + s.Kubeconfig, "--authorization-kubeconfig=" + s.Kubeconfig,
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(ports[0]), "--cert-dir=" + filepath.Join(b.Dir, s.Name),
	}, s.Args...)
	process, err := b.run(s.Name, s.Program, args...)
	if err != nil {
		return nil, err
	}
	running := &RunningScheduler{Process: process, URL: fmt.Sprintf("https://127.0.0.1:%d", ports[0]), api: fmt.Sprintf("https://127.0.0.1:%d/telemetry-scheduler/v1alpha1", ports[1])}
	if running.client, err = b.schedulerClient(); err != nil {
		return nil, err
	}
	return running, process.untilReady(ctx, readyWithin, func(ctx context.Context) error {
		_, err := running.get(ctx, "/livez")
		return err
	})
}

// schedulerConfig writes the configuration with its kubeconfig and the port of its API.
func (b *Bed) schedulerConfig(ctx context.Context, s Scheduler, api int) (string, error) {
	var err error
	if s.Config == "" {
		if s.Config, err = b.ShippedConfig(ctx); err != nil {
			return "", err
		}
	}
	var config map[string]any
	if err := yaml.Unmarshal([]byte(s.Config), &config); err != nil {
		return "", err
	}
	config["clientConnection"] = map[string]any{"kubeconfig": s.Kubeconfig, "qps": 50, "burst": 100}
	setAPIPort(config, api)
	text, err := yaml.Marshal(config)
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.Dir, s.Name+".config.yaml")
	return path, os.WriteFile(path, text, 0o600)
}

// setAPIPort gives every profile with arguments of our plugin a port: several schedulers
// run on one machine here. Who says nothing of the plugin gets the default.
func setAPIPort(config map[string]any, port int) {
	profiles, _ := config["profiles"].([]any)
	for _, p := range profiles {
		profile, _ := p.(map[string]any)
		configs, _ := profile["pluginConfig"].([]any)
		for _, c := range configs {
			entry, _ := c.(map[string]any)
			if args, ok := entry["args"].(map[string]any); ok && entry["name"] == "Telemetry" {
				args["api"] = map[string]any{"port": port}
			}
		}
	}
}

// schedulerClient is the administrator, who does not ask for the certificate of a
// scheduler that signs its own.
func (b *Bed) schedulerClient() (*http.Client, error) {
	config := rest.CopyConfig(b.Admin)
	config.Insecure, config.CAFile, config.CAData = true, "", nil
	config.Timeout = 30 * time.Second
	return rest.HTTPClientFor(config)
}

// AddRules applies a ConfigMap of rules.
func (b *Bed) AddRules(ctx context.Context, name string, keys map[string]string) error {
	object := &corev1.ConfigMap{}
	object.APIVersion, object.Kind = "v1", "ConfigMap"
	object.Name, object.Namespace = name, Namespace
	object.Labels = map[string]string{"telemetry-scheduler.io/rules": "true"}
	object.Data = keys
	text, err := yaml.Marshal(object)
	if err != nil {
		return err
	}
	return b.Apply(ctx, text, nil)
}
