package integration

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// slowMove is a pool of three nodes: one with a pod of a StatefulSet that takes long to
// leave, its home, and one that is cordoned.
type slowMove struct {
	*release
	set, hot, home string
	*course
}

// course is what changes from chapter to chapter: which replica leads, the pod that leaves,
// and those that want the room which is held.
type course struct {
	leader, standby        *testbed.RunningScheduler
	victim, waiting, thief string
}

func (s *slowMove) in(t *testing.T) *slowMove {
	part := *s
	part.release = s.release.in(t)
	part.RunningScheduler = s.leader
	return &part
}

func TestAMoveThatTakesLongStaysTheOnlyOne(t *testing.T) {
	t.Parallel()
	s := &slowMove{release: newRelease(t, shared(t), "slow-move"), course: &course{}}
	s.must(s.bed.AddNodes(t.Context(), s.nodes(3)))
	s.refuse("kill-"+s.name, "DELETE", "pods", fmt.Sprintf("!(request.name.startsWith('%s-db-') && request.userInfo.username == 'kwok')", s.name))
	s.write("rules", map[string]string{"relieve.yaml": s.relieving()})
	s.leader, s.standby = s.replicas(s.enforcing("Enforce"))
	s.RunningScheduler = s.leader
	s.judged("relieve", 3)
	s.set = s.statefulSet("db")
	s.choose()
	tell(t, s,
		chapter[*slowMove]{"while the victim terminates the room is held against other owners", (*slowMove).roomIsHeld},
		chapter[*slowMove]{"the leader is killed and the next one goes on with the same move", (*slowMove).leaderDies},
		chapter[*slowMove]{"so it does when it is restarted again and again", (*slowMove).restarts},
		chapter[*slowMove]{"a pod of another scheduler takes the room and the replacement waits", (*slowMove).roomIsStolen},
		chapter[*slowMove]{"all telemetry is lost and nothing is done before it is back", (*slowMove).telemetryIsLost},
		chapter[*slowMove]{"the replacement came to the held room and the move has helped", (*slowMove).helped},
		chapter[*slowMove]{"a process that never lives for as long as the rule waits moves a pod all the same", (*slowMove).shortLives},
	)
}

// choose makes the node of one pod the hot one, and leaves one home with room for one more
// pod. It is cores that are lacking there: a pod that requests memory is expected to use it,
// and ever less of that in its first five minutes.
func (s *slowMove) choose() {
	pods := s.replicasRun(s.set)
	s.hot = pods[0].Spec.NodeName
	nodes, there := s.nodes(3), map[string]int{}
	for i := range pods {
		there[pods[i].Spec.NodeName]++
	}
	for i := range nodes.Count {
		switch name := nodes.Name(i); {
		case name == s.hot:
		case s.home == "":
			s.home = name
			s.add(testbed.Pod{Name: s.name + "-filler", Node: name, CPU: fmt.Sprint(15 - there[name])})
		default:
			s.patchNode(name, map[string]any{"spec": map[string]any{"unschedulable": true}})
		}
	}
}

func (s *slowMove) roomIsHeld() {
	s.heat(s.hot)
	note := s.event(s.set, "TelemetryEvicted", "for rule relieve").Note
	s.t.Log(note)
	_, err := fmt.Sscanf(note, "Pod default/%s leaves", &s.victim)
	s.must(err)
	if home := homeIn(note); home != s.home {
		s.t.Errorf("the home is %q, and should be %s", home, s.home)
	}
	s.withheld("WaitingForGone")
	stranger := s.pod("stranger")
	stranger.CPU = "1"
	s.waiting = s.add(on(stranger, s.home))[0]
	s.t.Log(s.waits(s.waiting, "node(s) kept room for pods that are being moved there").Note)
	s.undecided("WaitingForGone")
}

// undecided makes sure that nothing more than the one move is done, and why.
func (s *slowMove) undecided(why string) {
	s.t.Helper()
	s.withheld(why)
	s.metric(1, "telemetry_scheduler_moves_under_way")
	s.readAgain()
	s.withheld(why)
	s.wantEvictions(1)
	if node, err := s.bed.NodeOf(s.t.Context(), s.waiting); err != nil || node != "" {
		s.t.Errorf("the pod %s is on node %q, %v", s.waiting, node, err)
	}
}

func (s *slowMove) leaderDies() {
	s.Kill()
	s.leader = s.standby
	s.RunningScheduler = s.leader
	s.leads()
	s.undecided("WaitingForGone")
}

func (s *slowMove) leads() {
	s.t.Helper()
	s.eventually(func(ctx context.Context) error {
		if !leads(ctx, s.RunningScheduler) {
			return errors.New("the replica does not lead")
		}
		return nil
	})
}

func (s *slowMove) restarts() {
	for range 3 {
		s.Stop()
		s.restart()
		s.leads()
	}
	s.undecided("WaitingForGone")
}

// roomIsStolen binds a pod past our scheduler, and then lets the victim go: what the
// StatefulSet makes in its place fits nowhere.
func (s *slowMove) roomIsStolen() {
	s.thief = s.add(testbed.Pod{Name: s.name + "-thief", Node: s.home, CPU: "1"})[0]
	s.bringTo(s.hot, 69) // which stays hot when the 10 of the victim are gone
	pods := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault)
	s.must(pods.Delete(s.t.Context(), s.victim, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}))
	s.waits(s.victim, "Insufficient cpu")
	s.undecided("WaitingForReplacement")
}

// telemetryIsLost is a matter of seconds. That nodes are Unknown after a minute, and what is
// said of them then, is told in virtual time, in pkg/descheduler.
func (s *slowMove) telemetryIsLost() {
	s.report(false)
	s.eventually(func(ctx context.Context) error {
		m, err := s.Metrics(ctx)
		if err == nil && m.Sum(up, "source", "kubelets") == 1 && m.Sum("telemetry_scheduler_source_absent_values") < 3 {
			err = errors.New("the kubelets can be read")
		}
		return err
	})
	s.must(s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).Delete(s.t.Context(), s.thief, metav1.DeleteOptions{}))
	s.bound(s.victim)
	s.withheld("Verifying")
	s.metric(1, "telemetry_scheduler_moves_under_way")
	s.wantEvictions(1)
}

// report lets all kubelets answer, or none.
func (s *slowMove) report(yes bool) {
	s.t.Helper()
	for i := range 3 {
		node, path := s.nodes(3).Name(i), "/nothing/here"
		if yes {
			path = testbed.MetricsPath(node)
		}
		s.patchNode(node, map[string]any{"metadata": map[string]any{"annotations": map[string]any{"metrics.k8s.io/resource-metrics-path": path}}})
	}
}

func (s *slowMove) helped() {
	if landed := s.nodesOf(s.victim); landed[s.home] != 1 {
		s.t.Errorf("the replacement came to %v, and its home is %s", landed, s.home)
	}
	s.use("38Gi", s.hot)
	s.report(true)
	s.ended("Relieved", 1)
	s.firing("relieve", 0)
	s.t.Log(s.event(s.hot, "TelemetryEvictionEnded", "and the node has less").Note)
	s.wantEvictions(1)
}

// shortLives ends each process as soon as it says that the rule has not been firing for
// long enough. Runs of hours are told in virtual time, in test/descheduler.
func (s *slowMove) shortLives() {
	s.write("rules", map[string]string{"relieve.yaml": strings.Replace(s.relieving(), "after: 2s", "after: 15s", 1)})
	s.use("1Gi", s.hot)
	s.heat(s.home)
	s.firing("relieve", 1)
	lives := 1
	for ; s.tooEarly(); lives++ {
		s.Stop()
		s.restart()
		s.leads()
	}
	if lives < 2 {
		s.t.Errorf("the first process lived for as long as the rule waits")
	}
	s.t.Logf("process %d moved the pod", lives)
	s.event(s.set, "TelemetryEvicted", "leaves node "+s.home)
	s.wantEvictions(2)
}

// tooEarly waits until the scheduler says so, and returns false once it moved a pod.
func (s *slowMove) tooEarly() (early bool) {
	s.t.Helper()
	s.eventually(func(ctx context.Context) error {
		m, err := s.Metrics(ctx)
		if err != nil {
			return err
		}
		early = m.Sum("telemetry_scheduler_evictions_withheld", "reason", "NotLongEnough") == 1
		if !early && m.Sum("telemetry_scheduler_moves_under_way") == 0 {
			return errors.New("nothing is moved, and not because it is too early")
		}
		return nil
	})
	return early
}
