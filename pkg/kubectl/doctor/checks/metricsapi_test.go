package checks

import (
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
)

// apiService is served by the Service of its API's name.
func apiService(name, service, available string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"service": map[string]any{"namespace": "kube-system", "name": service}},
		"status": map[string]any{"conditions": []any{map[string]any{
			"type": "Available", "status": available, "reason": "MissingEndpoints", "message": "nobody is there",
		}}},
	}}
}

func serving(c *Cluster, services ...runtime.Object) *Cluster {
	c.Dynamic = dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{apiServices: "APIServiceList"}, services...)
	return c
}

func TestMetricsAPIsAreServed(t *testing.T) {
	const metrics, custom = "v1beta1.metrics.k8s.io", "v1beta1.custom.metrics.k8s.io"
	server := func(replicas int32) *appsv1.Deployment {
		return &appsv1.Deployment{ObjectMeta: meta("kube-system", "metrics-server"), Spec: appsv1.DeploymentSpec{Replicas: &replicas}}
	}
	refused := serving(with(), apiService(metrics, "metrics-server", "True"))
	refused.Sources["metrics"] = answering{err: errors.New("no")}
	const ill = "error: the API is not available: MissingEndpoints: nobody is there\n"
	examine(t, metricsAPI, map[string]patient{
		"it is served":          {cluster: serving(with(), apiService(metrics, "metrics-server", "True"))},
		"nobody installed it":   {cluster: serving(with()), want: []string{"error: there is no such API, and a source reads it\nkubectl get apiservices"}},
		"its server is stuck":   {cluster: serving(with(server(1)), apiService(metrics, "metrics-server", "False")), want: []string{ill + "kubectl rollout restart deployment/metrics-server -n kube-system"}},
		"its server is scaled":  {cluster: serving(with(server(0)), apiService(metrics, "metrics-server", "False")), want: []string{ill + "kubectl scale deployment/metrics-server -n kube-system --replicas=1"}},
		"its server is unknown": {cluster: serving(with(), apiService(metrics, "metrics-server", "False")), want: []string{ill + "kubectl get endpointslices -n kube-system -l kubernetes.io/service-name=metrics-server"}},
		"nobody reads it":       {cluster: serving(configured(t, with(), "{builtin: k, sources: [{name: k, type: Kubelet}]}"))},
		"custom metrics have no adapter": {
			cluster: serving(configured(t, with(), "{builtin: k, sources: [{name: k, type: Kubelet}, {name: c, type: CustomMetrics}]}")),
			want:    []string{"error: there is no such API, and a source reads it\nkubectl get apiservices"},
		},
		"custom metrics are served in either version": {cluster: serving(configured(t, with(), "{builtin: k, sources: [{name: k, type: Kubelet}, {name: c, type: CustomMetrics}]}"), apiService(custom, "adapter", "True"))},
	})
	if _, err := metricsAPI.Look(t.Context(), refused); err == nil {
		t.Error("an API that does not answer is taken for healthy")
	}
}
