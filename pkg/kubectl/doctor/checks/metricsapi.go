package checks

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

var metricsAPI = Check{Name: "metrics-api", About: "whether the metrics APIs that the configuration names are served", Look: lookAtMetricsAPI}

var apiServices = schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}

func lookAtMetricsAPI(ctx context.Context, c *Cluster) ([]Finding, error) {
	var out []Finding
	if uses(c.Settings, args.MetricsAPI) {
		absent := Finding{Advice: "install metrics-server, in a version and with flags that fit this cluster's kubelets, or use a source of type Kubelet", Look: c.command("get apiservices")}
		found, err := c.served(ctx, absent, "v1beta1.metrics.k8s.io")
		if err != nil {
			return out, err
		}
		out = append(out, found...)
		if len(found) == 0 && c.Settings.BuiltinSource().Type == args.MetricsAPI {
			if _, err := c.Measured(ctx); err != nil {
				return out, fmt.Errorf("it is served, and not to you: %w", err)
			}
		}
	}
	if uses(c.Settings, args.CustomMetrics) {
		absent := Finding{
			Advice: "install an adapter, such as prometheus-adapter",
			Look:   c.command("get apiservices"),
		}
		found, err := c.served(ctx, absent, "v1beta2.custom.metrics.k8s.io", "v1beta1.custom.metrics.k8s.io")
		if err != nil {
			return out, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// served reports the first of several versions of an API that is there and not well, or
// absent where none is there.
func (c *Cluster) served(ctx context.Context, absent Finding, names ...string) ([]Finding, error) {
	for _, name := range names {
		found, err := c.Dynamic.Resource(apiServices).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return c.available(ctx, found)
	}
	absent.Severity, absent.Object = Error, "apiservice/"+names[len(names)-1]
	absent.What = "there is no such API, and a source reads it"
	absent.Why = whyNoMetrics
	return []Finding{absent}, nil
}

const whyNoMetrics = "without it nodes are unknown: rules keep pods off none of them, or by onUnknown off all"

func (c *Cluster) available(ctx context.Context, service *unstructured.Unstructured) ([]Finding, error) {
	conditions, _, _ := unstructured.NestedSlice(service.Object, "status", "conditions")
	for _, one := range conditions {
		condition, _ := one.(map[string]any)
		if condition["type"] != "Available" || condition["status"] == "True" {
			continue
		}
		f := Finding{
			Severity: Error, Object: "apiservice/" + service.GetName(),
			What: fmt.Sprintf("the API is not available: %v: %v", condition["reason"], condition["message"]), Why: whyNoMetrics,
		}
		return []Finding{c.behind(ctx, service, f)}, nil
	}
	return nil, nil
}

// behind adds what to do about the Deployment that serves an API, where it has the name of
// its Service.
func (c *Cluster) behind(ctx context.Context, service *unstructured.Unstructured, f Finding) Finding {
	namespace, _, _ := unstructured.NestedString(service.Object, "spec", "service", "namespace")
	name, _, _ := unstructured.NestedString(service.Object, "spec", "service", "name")
	f.Look = c.command("get endpointslices -n %s -l kubernetes.io/service-name=%s", namespace, name)
	all, err := c.Deployments(ctx)
	if err != nil {
		return f
	}
	for i := range all {
		if d := &all[i]; d.Namespace != namespace || d.Name != name {
			continue
		} else if d.Spec.Replicas != nil && *d.Spec.Replicas == 0 {
			f.Mend, f.Look = c.command("scale deployment/%s -n %s --replicas=1", name, namespace), ""
		} else {
			f.Mend, f.Look = c.command("rollout restart deployment/%s -n %s", name, namespace), ""
		}
	}
	return f
}
