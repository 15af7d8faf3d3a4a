package integration

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

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
	leader, other := r.replicas()
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
func (r *release) replicas() (leader, other *testbed.RunningScheduler) {
	r.t.Helper()
	r.start(quick)
	second := r.replica(r.name+"-second", quick)
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
