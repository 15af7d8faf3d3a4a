package facts

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	policylisters "k8s.io/client-go/listers/policy/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

const relieve = "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + `
rules:
- name: relieve
  when: {metric: memory, above: 90%, clear: 85%}
  maxPodPriority: 1000
  namespaces: {matchLabels: {governed: "yes"}}
  actions: {block: {}}
`

var relieveKey = rules.Key{Name: "relieve"}

// world has a Deployment "shop" of three replicas that are all there, and what else a test
// adds or changes.
type world struct {
	deployment  *appsv1.Deployment
	replicaSet  *appsv1.ReplicaSet
	statefulSet *appsv1.StatefulSet
	job         *batchv1.Job
	budgets     []*policyv1.PodDisruptionBudget
	used        time.Time // when the pod was measured
	policy      Policy
	namespace   *v1.Namespace
	paused      bool // the rule's file is annotated so
}

func newWorld() *world {
	three := int32(3)
	yes := true
	by := func(kind, uid string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: "shop", UID: types.UID(uid), Controller: &yes}}
	}
	return &world{
		deployment: &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "shop", UID: "deployment"},
			Spec:       appsv1.DeploymentSpec{Replicas: &three},
			Status:     appsv1.DeploymentStatus{Replicas: 3, UpdatedReplicas: 3, AvailableReplicas: 3},
		},
		replicaSet: &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "shop", UID: "replicaset", OwnerReferences: by("Deployment", "deployment")},
			Spec:       appsv1.ReplicaSetSpec{Replicas: &three},
			Status:     appsv1.ReplicaSetStatus{Replicas: 3, AvailableReplicas: 3},
		},
		statefulSet: &appsv1.StatefulSet{
			ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "shop", UID: "statefulset"},
			Spec:       appsv1.StatefulSetSpec{Replicas: &three},
			Status:     appsv1.StatefulSetStatus{Replicas: 3, AvailableReplicas: 3},
		},
		job:       &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "shop", UID: "job"}},
		used:      noon.Add(-time.Minute),
		policy:    Policy{MinPodAge: 5 * time.Minute, MinReplicas: 2},
		namespace: &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"governed": "yes"}}},
	}
}

// cluster reads the world through informers.
func (w *world) cluster(t testing.TB) *Cluster {
	t.Helper()
	client := fake.NewClientset(w.deployment, w.replicaSet, w.statefulSet, w.job, w.namespace)
	for _, b := range w.budgets {
		if err := client.Tracker().Add(b); err != nil {
			t.Fatal(err)
		}
	}
	f := informers.NewSharedInformerFactory(client, 0)
	c := &Cluster{
		Namespaces: f.Core().V1().Namespaces().Lister(), Controllers: f.Core().V1().ReplicationControllers().Lister(),
		ReplicaSets: f.Apps().V1().ReplicaSets().Lister(), Deployments: f.Apps().V1().Deployments().Lister(),
		StatefulSets: f.Apps().V1().StatefulSets().Lister(), Jobs: f.Batch().V1().Jobs().Lister(),
		Budgets: f.Policy().V1().PodDisruptionBudgets().Lister(),
		Owner:   func(pod *v1.Pod) inflight.Owner { return inflight.Owner(inquiry.ControllerOf(pod).UID) },
		Ours:    func(name string) bool { return name == "telemetry-scheduler" },
		Use: func(types.UID) (telemetry.PodUse, bool) {
			return telemetry.PodUse{CPU: 0.5, Memory: 1 << 30, Time: w.used}, !w.used.IsZero()
		},
		Protected: map[string]bool{"kube-system": true},
	}
	c.Facts = inquiry.Reader{Namespaces: c.Namespaces, Exemptions: true}.Facts
	f.Start(t.Context().Done())
	f.WaitForCacheSync(t.Context().Done())
	return c
}

// pod is one of the Deployment, which has run for an hour.
func newPod(change ...func(*v1.Pod)) *v1.Pod {
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "shop", UID: "uid", Labels: map[string]string{"app": "shop", "pod-template-hash": "abc"}},
		Spec:       v1.PodSpec{NodeName: "hot", SchedulerName: "telemetry-scheduler", RestartPolicy: v1.RestartPolicyAlways},
		Status:     v1.PodStatus{Phase: v1.PodRunning, StartTime: &metav1.Time{Time: noon.Add(-time.Hour)}},
	}
	madeBy("apps/v1", "ReplicaSet", "replicaset")(pod)
	for _, c := range change {
		c(pod)
	}
	return pod
}

func madeBy(version, kind, uid string) func(*v1.Pod) {
	yes := true
	return func(pod *v1.Pod) {
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: version, Kind: kind, Name: "shop", UID: types.UID(uid), Controller: &yes}}
	}
}

func annotated(key, value string) func(*v1.Pod) {
	return func(pod *v1.Pod) { metav1.SetMetaDataAnnotation(&pod.ObjectMeta, key, value) }
}

func withPriority(p int32) func(*v1.Pod) { return func(pod *v1.Pod) { pod.Spec.Priority = &p } }

func withVolume(v v1.VolumeSource) func(*v1.Pod) {
	return func(pod *v1.Pod) { pod.Spec.Volumes = append(pod.Spec.Volumes, v1.Volume{VolumeSource: v}) }
}

func budget(name string, allowed int32) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "shop"}}},
		Status:     policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: allowed},
	}
}

func board(t testing.TB, paused bool) *engine.Board {
	t.Helper()
	builtins := rules.Builtins(15*time.Second, time.Minute)
	document, mistakes := rules.Parse("test", []byte(relieve), rules.Options{Metrics: builtins})
	if document == nil {
		t.Fatal(mistakes)
	}
	document.Rules[0].Paused = paused
	made, _ := engine.New(engine.Options{}, nil).Advance(noon, rules.Merge(builtins, []*rules.Document{document}, rules.Pause{}), nil, nil)
	return made
}

// gone is what a rule says of a pod that it does not govern.
const gone plan.Reason = "-"

func TestWhichPodsMayLeave(t *testing.T) {
	allow := func(kind string) func(*world) { return func(w *world) { w.policy.Allow = []string{kind} } }
	claim := withVolume(v1.VolumeSource{PersistentVolumeClaim: &v1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}})
	emptyDir := withVolume(v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{}})
	for name, tc := range map[string]struct {
		pod     *v1.Pod
		change  func(*world)
		refusal plan.Reason // whatever rules say
		rule    plan.Reason // what the rule says
	}{
		"a plain pod":                            {newPod(), nil, "", ""},
		"one that terminates":                    {newPod(func(p *v1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: noon} }), nil, plan.Terminating, ""},
		"a mirror":                               {newPod(annotated(v1.MirrorPodAnnotationKey, "x")), nil, plan.Mirror, ""},
		"a static one":                           {newPod(annotated("kubernetes.io/config.source", "file")), nil, plan.Static, ""},
		"one that a node owns":                   {newPod(madeBy("v1", "Node", "node")), nil, plan.Static, ""},
		"one of a DaemonSet":                     {newPod(madeBy("apps/v1", "DaemonSet", "ds")), nil, plan.DaemonSet, ""},
		"one that nobody made":                   {newPod(func(p *v1.Pod) { p.OwnerReferences = nil }), nil, plan.Bare, ""},
		"one that is critical to the system":     {newPod(withPriority(2_000_000_000)), nil, plan.Critical, ""},
		"one of a namespace that is protected":   {newPod(func(p *v1.Pod) { p.Namespace = "kube-system" }), nil, plan.Protected, gone},
		"one of a namespace that keeps its pods": {newPod(), func(w *world) { w.namespace.Labels["telemetry-scheduler.io/evict"] = "false" }, plan.Protected, ""},
		"one of a namespace that is gone":        {newPod(func(p *v1.Pod) { p.Namespace = "gone" }), nil, plan.Protected, gone},
		"one that is not to be evicted":          {newPod(annotated(annotationEvict, "false")), nil, plan.EvictFalse, ""},
		"one that says so in other letters":      {newPod(annotated(annotationEvict, "False")), nil, plan.EvictFalse, ""},
		"one that says neither yes nor no":       {newPod(annotated(annotationEvict, "never")), nil, plan.EvictFalse, ""},
		"one that was bound, and has not begun": {newPod(func(p *v1.Pod) {
			p.CreationTimestamp, p.Status.StartTime = metav1.NewTime(noon.Add(-time.Hour)), nil
		}), nil, "", plan.Young},
		"one that Karpenter is not to disrupt":         {newPod(annotated(annotationKarpenter, "true")), nil, plan.DoNotDisrupt, ""},
		"one that Karpenter may disrupt":               {newPod(annotated(annotationKarpenter, "false")), nil, "", ""},
		"one that an autoscaler is not to evict":       {newPod(annotated(annotationAutoscaler, "false")), nil, plan.DoNotDisrupt, ""},
		"one that an autoscaler may evict":             {newPod(annotated(annotationAutoscaler, "true")), nil, "", ""},
		"one of which the rule is paused":              {newPod(), func(w *world) { w.paused = true }, "", ""},
		"one above the rule's priority":                {newPod(withPriority(1001)), nil, "", plan.Priority},
		"one that ignores the rule":                    {newPod(annotated(rules.AnnotationIgnore, "relieve")), nil, "", plan.Ignored},
		"one of a namespace that the rule passes over": {newPod(), func(w *world) { w.namespace.Labels = nil }, "", gone},
		"one that is being resized": {newPod(func(p *v1.Pod) {
			p.Status.Conditions = []v1.PodCondition{{Type: v1.PodResizeInProgress, Status: v1.ConditionTrue}}
		}), nil, plan.Resizing, ""},
		"a rollout":                          {newPod(), func(w *world) { w.deployment.Status.UpdatedReplicas = 1 }, plan.Rollout, ""},
		"a rollout that nobody has seen yet": {newPod(), func(w *world) { w.deployment.Generation = 2 }, plan.Rollout, ""},
		"replicas that are not there":        {newPod(), func(w *world) { w.deployment.Status.AvailableReplicas = 2 }, plan.Unready, ""},
		"replicas too many":                  {newPod(), func(w *world) { w.deployment.Spec.Replicas = new(int32(2)) }, plan.ScalingDown, ""},
		"a single replica":                   {newPod(), one, "", plan.SingleReplica},
		"a single replica that asks for it":  {newPod(annotated(annotationEvict, "true")), one, "", ""},
		"a young one":                        {newPod(func(p *v1.Pod) { p.Status.StartTime.Time = noon.Add(-time.Minute) }), nil, "", plan.Young},
		"a young one that asks for it":       {newPod(annotated(annotationEvict, "true"), func(p *v1.Pod) { p.Status.StartTime.Time = noon.Add(-time.Minute) }), nil, "", plan.Young},
		"a ReplicaSet of its own":            {newPod(), func(w *world) { w.replicaSet.OwnerReferences = nil }, "", ""},
		"a ReplicaSet of somebody unknown":   {newPod(), func(w *world) { w.replicaSet.OwnerReferences[0].Kind = "Rollout" }, "", plan.UnknownOwner},
		"a ReplicaSet of another one's name": {newPod(), func(w *world) { w.replicaSet.UID = "other" }, "", plan.UnknownOwner},
		"an unknown owner that is allowed":   {newPod(madeBy("example.com/v1", "Thing", "x")), allow("unknownOwners"), "", ""},
		"an unknown owner":                   {newPod(madeBy("example.com/v1", "Thing", "x")), nil, "", plan.UnknownOwner},
		"a StatefulSet":                      {newPod(madeBy("apps/v1", "StatefulSet", "statefulset")), nil, "", ""},
		"a StatefulSet that rolls":           {newPod(madeBy("apps/v1", "StatefulSet", "statefulset")), func(w *world) { w.statefulSet.Status.UpdateRevision = "new" }, plan.Rollout, ""},
		"one that updates what is deleted":   {newPod(madeBy("apps/v1", "StatefulSet", "statefulset")), onDelete, plan.Rollout, ""},
		"a pod of it that is new": {newPod(madeBy("apps/v1", "StatefulSet", "statefulset"), func(p *v1.Pod) {
			p.Labels[appsv1.StatefulSetRevisionLabel] = "new"
		}), onDelete, "", ""},
		"a StatefulSet that lacks one":           {newPod(madeBy("apps/v1", "StatefulSet", "statefulset")), func(w *world) { w.statefulSet.Status.AvailableReplicas = 2 }, plan.Unready, ""},
		"a pod of a Job":                         {newPod(madeBy("batch/v1", "Job", "job")), nil, "", plan.Job},
		"a pod of a Job that is allowed":         {newPod(madeBy("batch/v1", "Job", "job")), allow("jobs"), "", ""},
		"a pod that does not restart":            {newPod(func(p *v1.Pod) { p.Spec.RestartPolicy = v1.RestartPolicyNever }), nil, "", plan.Job},
		"local storage":                          {newPod(emptyDir), nil, "", plan.LocalStorage},
		"local storage that is allowed":          {newPod(emptyDir), allow("localStorage"), "", ""},
		"local storage of one that asks":         {newPod(emptyDir, annotated(annotationEvict, "true")), nil, "", ""},
		"a folder in memory":                     {newPod(withVolume(v1.VolumeSource{EmptyDir: &v1.EmptyDirVolumeSource{Medium: v1.StorageMediumMemory}})), nil, "", ""},
		"a claim":                                {newPod(claim), nil, "", plan.PersistentVolume},
		"a claim that is allowed":                {newPod(claim), allow("persistentVolumes"), "", ""},
		"a claim and a local folder, one missed": {newPod(claim, emptyDir), allow("persistentVolumes"), "", plan.LocalStorage},
		"a ResourceClaim":                        {newPod(func(p *v1.Pod) { p.Spec.ResourceClaims = []v1.PodResourceClaim{{Name: "gpu"}} }), nil, "", plan.ResourceClaim},
		"one of a scheduling group":              {newPod(func(p *v1.Pod) { p.Spec.SchedulingGroup = &v1.PodSchedulingGroup{} }), nil, "", plan.SchedulingGroup},
		"one of another scheduler":               {newPod(func(p *v1.Pod) { p.Spec.SchedulerName = "default-scheduler" }), nil, "", plan.OtherScheduler},
		"one of another scheduler that asks":     {newPod(annotated(annotationEvict, "true"), func(p *v1.Pod) { p.Spec.SchedulerName = "default-scheduler" }), nil, "", ""},
		"two budgets":                            {newPod(), func(w *world) { w.budgets = append(w.budgets, budget("a", 1), budget("b", 1)) }, plan.BudgetConflict, ""},
		"never comes before what waits":          {newPod(annotated(annotationEvict, "false")), func(w *world) { w.deployment.Status.UpdatedReplicas = 1 }, plan.EvictFalse, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			if tc.change != nil {
				tc.change(w)
			}
			got := w.cluster(t).Pods(noon, board(t, w.paused), []*v1.Pod{tc.pod}, map[rules.Key]Policy{relieveKey: w.policy})[0]
			rule, governed := got.Governed[relieveKey]
			if !governed {
				rule = gone
			}
			if got.Refusal != tc.refusal || rule != tc.rule {
				t.Errorf("refused because %q, and by the rule because %q; want %q and %q", got.Refusal, rule, tc.refusal, tc.rule)
			}
		})
	}
}

func one(w *world) {
	w.deployment.Spec.Replicas = new(int32(1))
	w.deployment.Status = appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1}
}

// onDelete has a StatefulSet with a revision that pods take when they are deleted.
func onDelete(w *world) {
	w.statefulSet.Spec.UpdateStrategy.Type = appsv1.OnDeleteStatefulSetStrategyType
	w.statefulSet.Status.CurrentRevision, w.statefulSet.Status.UpdateRevision = "old", "new"
}

func TestWhatAPodIs(t *testing.T) {
	w := newWorld()
	w.budgets = append(w.budgets, budget("shop", 1))
	pod := newPod(withPriority(7), annotated(v1.PodDeletionCost, "-5"), annotated(annotationPrefer, "true"))
	c := w.cluster(t)
	got := c.Pods(noon, board(t, false), []*v1.Pod{pod, newPod(func(p *v1.Pod) { p.Status.Phase = v1.PodSucceeded })}, map[rules.Key]Policy{relieveKey: w.policy})
	want := []plan.Pod{{
		UID: "uid", Namespace: "shop", Name: "p", Node: "hot", Owner: "replicaset", OwnerKind: "Deployment", OwnerName: "shop", OwnerRead: true,
		Shape: "deployment/abc", Budget: "shop/shop", Priority: 7, Use: engine.Amounts{CPU: 0.5, Memory: 1 << 30, Pods: 1}, Measured: true,
		DeletionCost: -5, PrefersToStay: true, Governed: map[rules.Key]plan.Reason{relieveKey: ""},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the pods are (-want +got):\n%s", diff)
	}
	if got := c.Template(pod); got != &w.deployment.Spec.Template && got == nil {
		t.Error("the pod has no template")
	}
}

func TestBudgetsAreParsedOnce(t *testing.T) {
	w := newWorld()
	w.budgets = append(w.budgets, budget("b", 1), budget("a", 1))
	c := w.cluster(t)
	counting := &countingBudgets{PodDisruptionBudgetLister: c.Budgets}
	c.Budgets = counting
	pods := []*v1.Pod{newPod(), newPod(), newPod(func(p *v1.Pod) { p.Namespace = "other" }), newPod()}
	got := c.Pods(noon, board(t, false), pods, nil)
	if counting.lists != 2 {
		t.Errorf("four pods of two namespaces read budgets %d times", counting.lists)
	}
	if diff := cmp.Diff([]string{"shop/a", "shop/b"}, got[3].Budgets); diff != "" || got[2].Budget != "" {
		t.Errorf("budgets: %v, and of another namespace %v", got[3].Budgets, got[2].Budgets)
	}
}

type countingBudgets struct {
	policylisters.PodDisruptionBudgetLister
	lists int
}

func (c *countingBudgets) PodDisruptionBudgets(namespace string) policylisters.PodDisruptionBudgetNamespaceLister {
	c.lists++
	return c.PodDisruptionBudgetLister.PodDisruptionBudgets(namespace)
}

func BenchmarkPodsAmongManyBudgets(b *testing.B) {
	w := newWorld()
	for i := range 1000 {
		other := budget(fmt.Sprintf("b%d", i), 1)
		other.Spec.Selector.MatchLabels = map[string]string{"app": fmt.Sprintf("other-%d", i), "tier": "x"}
		w.budgets = append(w.budgets, other)
	}
	c, made := w.cluster(b), board(b, false)
	pods := slices.Repeat([]*v1.Pod{newPod()}, 110)
	for b.Loop() {
		c.budgets = nil
		c.Pods(noon, made, pods, map[rules.Key]Policy{relieveKey: w.policy})
	}
}

func TestUseThatIsOldIsNone(t *testing.T) {
	for name, tc := range map[string]struct {
		at   time.Time
		want bool
	}{
		"a minute ago":     {noon.Add(-time.Minute), true},
		"six minutes ago":  {noon.Add(-6 * time.Minute), false},
		"it never was one": {time.Time{}, false},
	} {
		w := newWorld()
		w.used = tc.at
		if got := w.cluster(t).Pods(noon, board(t, false), []*v1.Pod{newPod()}, nil)[0]; got.Measured != tc.want {
			t.Errorf("%s: measured %v", name, got.Measured)
		}
	}
}

func TestHowManyABudgetLetsGo(t *testing.T) {
	w := newWorld()
	unseen := budget("unseen", 3)
	unseen.Generation = 2
	w.budgets = append(w.budgets, budget("none", 0), budget("two", 2), unseen)
	want := map[string]int32{"shop/none": 0, "shop/two": 2, "shop/unseen": 0}
	if diff := cmp.Diff(want, w.cluster(t).Disruptions()); diff != "" {
		t.Errorf("the budgets let go (-want +got):\n%s", diff)
	}
}
