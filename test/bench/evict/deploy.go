package main

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// Labels of all pods that fill slots.
const (
	labelApp = "app"
	labelOf  = "bench"
)

func labelsOf(app int) map[string]string {
	return map[string]string{labelApp: appName(app), labelOf: "evict"}
}

// deploy makes all pods where the load wants them, and then ReplicaSets that adopt them, so
// that each contender begins with the same cluster.
func (s *stage) deploy(ctx context.Context) error {
	for team := range teams {
		if err := s.addTeam(ctx, teamOf(team)); err != nil {
			return err
		}
	}
	for slot, node := range s.Start {
		pod := s.pod(s.App(slot), fmt.Sprintf("%s-%d", appName(s.App(slot)), slot%s.Replicas), bytesOf(s.Uses(slot, 0)))
		pod.Node = s.nodes.Name(node)
		if _, err := s.bed.AddPod(ctx, pod); err != nil {
			return err
		}
	}
	for app := range s.Apps {
		if _, err := s.bed.Client.AppsV1().ReplicaSets(teamOf(app)).Create(ctx, s.replicaSet(app), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return testbed.Within(ctx, time.Minute, s.adopted)
}

// addTeam makes a namespace, and waits for the account that pods need there.
func (s *stage) addTeam(ctx context.Context, name string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := s.bed.Client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	return testbed.Within(ctx, time.Minute, func(ctx context.Context) error {
		_, err := s.bed.Client.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

func (s *stage) pod(app int, name, uses string) testbed.Pod {
	return testbed.Pod{
		Name: name, Namespace: teamOf(app), Scheduler: s.profile, CPU: "50m", Memory: s.request(app), UsesCPU: "50m", UsesMemory: uses, Labels: labelsOf(app),
	}
}

// replicaSet makes pods that use what the app's do on the average until their slot is known.
func (s *stage) replicaSet(app int) *appsv1.ReplicaSet {
	replicas, template := int32(s.Replicas), s.pod(app, "", s.request(app)).Object()
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: appName(app), Namespace: teamOf(app)},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labelsOf(app)},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: template.Labels, Annotations: template.Annotations}, Spec: template.Spec},
		},
	}
}

// adopted returns nil once all pods are Ready and have their ReplicaSet, which made none of
// its own.
func (s *stage) adopted(ctx context.Context) error {
	list, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{LabelSelector: labelOf})
	if err != nil {
		return err
	}
	ready := 0
	for i := range list.Items {
		if pod := &list.Items[i]; metav1.GetControllerOfNoCopy(pod) != nil && pod.Status.Phase == corev1.PodRunning {
			ready++
		}
	}
	if ready != s.Slots() || len(list.Items) != ready {
		return fmt.Errorf("%d of %d pods run and have an owner, and there are %d", ready, s.Slots(), len(list.Items))
	}
	return nil
}
