package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// band is a rule that begins above 90 % and goes on until 80 %. A scheduler that
// only knows of 86 % cannot tell whether it fires.
const (
	band       = "metric: memory, above: 90%, clear: 80%"
	hotMemory  = "60Gi" // 95 %, with the agent of the node
	bandMemory = "54Gi" // 86 %
)

func TestAHotNodeIsSparedThroughACrash(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "crash")
	nodes := r.addNodes(2)
	hot := nodes.Name(0)
	r.write("rules", map[string]string{"band.yaml": document(r.blocking("band", band))})
	r.start(quick)
	r.judged("band", 2)
	r.use(hotMemory, hot)
	r.firing("band", 1)
	r.withDamagedState(hot)
	r.use(bandMemory, hot)
	r.uses(hot, 54<<30, 56<<30)
	r.Kill()
	pods := r.addMany("while-down", 8)
	r.restart()
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hot] != 0 {
		t.Errorf("after the crash the pods went to %v; %s had been above the line and is not below clear", landed, hot)
	}
	r.withoutState(hot)
}

// withDamagedState has a scheduler that can read none of its state: it says so, lets
// nobody on a node that is above the line, and stores anew what the next one needs.
func (r *release) withDamagedState(hot string) {
	r.t.Helper()
	r.Kill()
	damaged := r.damageState()
	pods := r.addMany("damaged", 8)
	r.restart()
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hot] != 0 {
		r.t.Errorf("without a state that can be read the pods went to %v; %s is above the line", landed, hot)
	}
	for _, name := range damaged {
		r.t.Log(name + ": " + r.event(name, "StateDamaged", "could not be read and will be written anew").Note)
	}
	r.metric(float64(len(damaged)), "telemetry_scheduler_state_damaged_total")
	r.eventually(r.stateIsSound)
}

// nonsense is what stands in damaged ConfigMaps.
const nonsense = "this is no state"

// damageState spoils each ConfigMap of the state, and returns their names.
func (r *release) damageState() (names []string) {
	r.t.Helper()
	list, err := r.storedState(r.t.Context())
	r.must(err)
	for _, cm := range list.Items {
		if cm.BinaryData["state.json.gz"] == nil { // it says who may write the others
			continue
		}
		cm.BinaryData["state.json.gz"] = []byte(nonsense)
		_, err := r.bed.Client.CoreV1().ConfigMaps(r.name).Update(r.t.Context(), &cm, metav1.UpdateOptions{})
		r.must(err)
		names = append(names, cm.Name)
	}
	for _, section := range []string{"texts", "phases"} {
		if name := "telemetry-scheduler-state-" + section + "-0"; !slices.Contains(names, name) {
			r.t.Errorf("the state has no %s, only %v", name, names)
		}
	}
	return names
}

// storedState are the ConfigMaps of the state.
func (r *release) storedState(ctx context.Context) (*corev1.ConfigMapList, error) {
	return r.bed.Client.CoreV1().ConfigMaps(r.name).List(ctx, metav1.ListOptions{LabelSelector: "telemetry-scheduler.io/state"})
}

// stateIsSound returns nil once no ConfigMap of the state is damaged.
func (r *release) stateIsSound(ctx context.Context) error {
	list, err := r.storedState(ctx)
	if err != nil {
		return err
	}
	for _, cm := range list.Items {
		if string(cm.BinaryData["state.json.gz"]) == nonsense {
			return fmt.Errorf("%s is still damaged", cm.Name)
		}
	}
	return nil
}

// withoutState shows that the stored state made the difference.
func (r *release) withoutState(hot string) {
	r.t.Helper()
	r.Kill()
	r.must(r.bed.Client.CoreV1().ConfigMaps(r.name).DeleteCollection(r.t.Context(), metav1.DeleteOptions{},
		metav1.ListOptions{LabelSelector: "telemetry-scheduler.io/state"}))
	pods := r.addMany("without-state", 8)
	r.restart()
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hot] == 0 {
		r.t.Errorf("without its state the scheduler put pods on %v: the test above proves nothing", landed)
	}
}

func TestALeaderThatDiesWhileANodeIsHotIsFollowedByOneThatKnows(t *testing.T) {
	t.Parallel()
	newRelease(t, shared(t), "failover").failOver((*testbed.RunningScheduler).Kill)
}

func TestALeaderThatFreezesWhileANodeIsHotIsFollowedAndEndsWhenItThaws(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "freeze")
	former := r.failOver((*testbed.RunningScheduler).Pause)
	former.Resume()
	r.eventually(func(context.Context) error {
		if former.Running() {
			return errors.New("the former leader still runs, without its lease")
		}
		return nil
	})
	pods := r.addMany("thawed", 10)
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[r.nodes(3).Name(1)] != 0 {
		t.Errorf("the pods went to %v", landed)
	}
}

// failOver ends the leader of two replicas while a node is hot and pods keep
// coming, and makes sure that none of them lands there. It returns the former
// leader.
func (r *release) failOver(end func(*testbed.RunningScheduler)) *testbed.RunningScheduler {
	r.t.Helper()
	hot := r.addNodes(3).Name(1)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	leader, other := r.replicas(quick)
	r.judged("line", 3)
	r.use(hotMemory, hot)
	r.firing("line", 1)
	pods := r.addMany("before", 10)
	r.bound(pods...)
	end(leader)
	ended := time.Now()
	r.RunningScheduler = other
	pods = append(pods, r.addUntilLeading(other)...)
	r.t.Logf("the other replica led %s after the end of the first", since(ended))
	pods = append(pods, r.addMany("after", 20)...)
	r.bound(pods...)
	landed := r.nodesOf(pods...)
	r.t.Logf("%d pods went to %v; %s is hot", len(pods), landed, hot)
	if landed[hot] != 0 || len(landed) != 2 {
		r.t.Errorf("pods landed on the hot node, or not on both others")
	}
	return leader
}

// replicas starts two schedulers.
func (r *release) replicas(changes ...replacement) (leader, other *testbed.RunningScheduler) {
	r.t.Helper()
	r.start(changes...)
	second := r.replica(r.name+"-second", changes...)
	r.t.Cleanup(second.Kill)
	r.t.Cleanup(r.RunningScheduler.Kill)
	leader, other = r.RunningScheduler, second
	r.eventually(func(ctx context.Context) error {
		if leads(ctx, other) {
			leader, other = other, leader
		}
		if !leads(ctx, leader) {
			return errors.New("neither replica leads")
		}
		return nil
	})
	return leader, other
}

// mostDuring is what the nodes of these tests have room for beside the others.
const mostDuring = 60

// addUntilLeading makes a pod every moment until a replica leads.
func (r *release) addUntilLeading(replica *testbed.RunningScheduler) []string {
	r.t.Helper()
	var pods []string
	r.eventually(func(ctx context.Context) error {
		if len(pods) < mostDuring {
			pods = append(pods, r.add(r.pod(fmt.Sprintf("during-%03d", len(pods))))...)
		}
		if !leads(ctx, replica) {
			return errors.New("the replica does not lead")
		}
		return nil
	})
	return pods
}

func leads(ctx context.Context, s *testbed.RunningScheduler) bool {
	m, err := s.Metrics(ctx)
	return err == nil && m.Sum("leader_election_master_status") == 1
}
