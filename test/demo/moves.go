package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// Shop and mail are Deployments whose pods may go to the nodes of no pool. Each pod uses
// 5 GiB, so that one less brings a node from 91 % of its memory under 85 %.
const (
	shop   = "shop"
	mail   = "mail"
	appUse = "5Gi"
	hotUse = 117 << 29 // bytes: 58.5 GiB
	// clearLine is that of relievingRule, in percent.
	clearLine = 85
)

const relievingRule = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
rules:
- name: memory-line
  when: {metric: memory, above: 90%, clear: 85%}
  actions: {block: {}, evict: {after: 5s}}
`

// enforcing is what the operator says of evictions here: the defaults, but for people who
// want to see a pod move at once, and break all nodes at a time.
const enforcing = "eviction: {mode: Enforce, minPodAge: 0s, breaker: {firing: 100%}}"

// deploy makes a Deployment.
func (s *stage) deploy(ctx context.Context, app string) error {
	labels := map[string]string{"app": app}
	outside := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "pool", Operator: corev1.NodeSelectorOpDoesNotExist}}}
	_, err := s.bed.Client.AppsV1().Deployments(metav1.NamespaceDefault).Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: app},
		Spec: appsv1.DeploymentSpec{Replicas: new(int32(2)), Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{"kwok.x-k8s.io/usage-memory": appUse}},
			Spec: corev1.PodSpec{
				SchedulerName: testbed.SchedulerName,
				Affinity:      &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{outside}}}},
				Containers:    []corev1.Container{{Name: "main", Image: "none", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}}}},
			},
		}},
	}, metav1.CreateOptions{})
	return err
}

// others are the nodes of no pool but the hot one.
func (s *stage) others() (names []string) {
	for i := range s.nodes.Count {
		if name := s.nodes.Name(s.nodes.First + i); name != s.hot {
			names = append(names, name)
		}
	}
	return names
}

// podsOf returns the pods of a Deployment, each on its node.
func (s *stage) podsOf(ctx context.Context, app string) (pods []corev1.Pod, err error) {
	err = testbed.Within(ctx, patience, func(ctx context.Context) error {
		list, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
		if err != nil {
			return err
		}
		pods = list.Items
		if len(pods) != 2 || pods[0].Spec.NodeName == "" || pods[1].Spec.NodeName == "" {
			return fmt.Errorf("the Deployment %s has %d pods, or one without a node", app, len(pods))
		}
		return nil
	})
	return pods, err
}

// fill has a pod on each node use what is missing to a hot one.
func (s *stage) fill(ctx context.Context, nodes ...string) error {
	used, err := s.bed.MemoryInUse(ctx)
	if err != nil {
		return err
	}
	for _, node := range nodes {
		load := testbed.Pod{Name: "load-" + node, Node: node, UsesMemory: fmt.Sprint(hotUse - used[node])}
		if _, err := s.bed.AddPod(ctx, load); err != nil {
			return err
		}
	}
	return nil
}

// podMoves makes the node of one pod hot.
func (s *stage) podMoves(ctx context.Context, c *claim) error {
	pods, err := s.podsOf(ctx, shop)
	if err != nil {
		return err
	}
	s.hot, s.before = pods[0].Spec.NodeName, pods
	s.screen.say("   the rule may evict now; %s fills up", s.hot)
	if err := s.bed.AddRules(ctx, "memory-rules", map[string]string{"memory.yaml": relievingRule}); err != nil {
		return err
	}
	if err := s.fill(ctx, s.hot); err != nil {
		return err
	}
	note, err := s.eventOf(ctx, s.hot, "TelemetryEvicted", "is proved to be a home")
	if err != nil {
		return err
	}
	s.screen.say("   %s", note)
	if err := s.cools(ctx); err != nil {
		return err
	}
	return s.oneMoved(ctx, c, note)
}

// oneMoved looks at where all pods of the shop are.
func (s *stage) oneMoved(ctx context.Context, c *claim, note string) error {
	pods, err := s.podsOf(ctx, shop)
	if err != nil {
		return err
	}
	home, stayed := "", 0
	for _, pod := range pods {
		if slices.ContainsFunc(s.before, func(b corev1.Pod) bool { return b.UID == pod.UID }) {
			stayed++
		} else {
			home = pod.Spec.NodeName
		}
	}
	evicted, err := s.evicted(ctx)
	if err != nil {
		return err
	}
	uses, err := s.hotUses(ctx)
	c.keep(err == nil && evicted == 1 && stayed == 1 && strings.Contains(note, "node "+home+" is proved to be a home"),
		"moved to %s as proved; %s is at %.1f %%; %d eviction in all", home, s.hot, uses, evicted)
	return err
}

// nothingMoves makes all nodes hot where the pods may be.
func (s *stage) nothingMoves(ctx context.Context, c *claim) error {
	node, err := s.nodeOfMail(ctx)
	if err != nil {
		return err
	}
	s.screen.say("   %s gets hot, and so does every other node where its pods may go", node)
	if err := s.fill(ctx, s.others()...); err != nil {
		return err
	}
	note, err := s.eventOf(ctx, node, "TelemetryEvictionHeld", "no other node could take the pod")
	if err != nil {
		return err
	}
	s.screen.say("   %s", note)
	evicted, err := s.evicted(ctx)
	said, _, _ := strings.Cut(part(note, "nothing is moved"), " (")
	c.keep(err == nil && evicted == 1, "%s; still %d eviction in all", said, evicted)
	return err
}

// nodeOfMail is one with a pod of the mail, and none of the shop, which rests after its move.
func (s *stage) nodeOfMail(ctx context.Context) (string, error) {
	shops, err := s.podsOf(ctx, shop)
	if err != nil {
		return "", err
	}
	mails, err := s.podsOf(ctx, mail)
	if err != nil {
		return "", err
	}
	for _, pod := range mails {
		beside := func(b corev1.Pod) bool { return b.Spec.NodeName == pod.Spec.NodeName }
		if pod.Spec.NodeName != s.hot && !slices.ContainsFunc(shops, beside) {
			return pod.Spec.NodeName, nil
		}
	}
	return "", fmt.Errorf("each pod of the Deployment %s is beside one of %s, or on %s", mail, shop, s.hot)
}

// cools waits until the hot node is under the rule's clear level.
func (s *stage) cools(ctx context.Context) error {
	return testbed.Within(ctx, patience, func(ctx context.Context) error {
		uses, err := s.hotUses(ctx)
		if err == nil && uses >= clearLine {
			err = fmt.Errorf("%s uses %.1f %% of its memory", s.hot, uses)
		}
		return err
	})
}

// hotUses is what the hot node uses, in percent.
func (s *stage) hotUses(ctx context.Context) (float64, error) {
	used, err := s.usedMemory(ctx)
	return percent(used[s.hot], *resource.NewQuantity(nodeMemory, resource.BinarySI)), err
}

// evicted counts the calls of the Eviction API.
func (s *stage) evicted(ctx context.Context) (int, error) {
	m, err := s.scheduler.Metrics(ctx)
	return int(m.Sum("telemetry_scheduler_eviction_calls_total")), err
}
