package api

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// The verdicts of nodes that take the pod: by what is measured, and where a rule that
// governs it knows nothing and lets it in. The others are those of the engine.
const (
	takes      = "Takes"
	unmeasured = "Unmeasured"
)

func (s *Server) existingPod(r *request) (any, error) {
	namespace, name := r.PathValue("namespace"), r.PathValue("name")
	pod, err := s.opts.Oracle.Pod(namespace, name)
	if apierrors.IsNotFound(err) {
		return nil, failure(http.StatusNotFound, metav1.StatusReasonNotFound,
			fmt.Sprintf("there is no pod %q in the namespace %q", name, namespace)+r.gone(namespace, name))
	} else if err != nil {
		return nil, err
	}
	return s.verdict(r, pod, append(s.placed(r, pod), r.past(pod)...))
}

// placed says of a pod that has its node, or will in a moment, that it counts there.
func (s *Server) placed(r *request, pod *v1.Pod) []string {
	const another = ": this is what telemetry would say of another one like it"
	if pod.Spec.NodeName != "" {
		return []string{"the pod has its node, and counts there by what is measured or in flight" + another}
	}
	if known, flies := s.opts.Oracle.InFlight().Pod(pod.UID, r.now); flies {
		return []string{"the pod is about to be bound to " + known.Node + ", and counts there" + another}
	}
	return nil
}

func (s *Server) postedPod(r *request) (any, error) {
	pod, notes, err := s.decodePod(r.body)
	if err != nil {
		return nil, err
	}
	return s.verdict(r, pod, notes)
}

// verdict asks every node.
func (s *Server) verdict(r *request, pod *v1.Pod, notes []string) (any, error) {
	asks, note := s.asks(pod)
	q := s.opts.Oracle.Ask(asks)
	if q == nil {
		return nil, errNoBoard
	}
	r.board = q.Board // the newest one, whatever was the newest a moment ago
	if err := r.checkNodes(); err != nil {
		return nil, err
	}
	out := v1alpha1.PodVerdict{Header: r.header("PodVerdict"), Pod: describe(pod, q), Notes: append(note, notes...), Need: amounts(q.Need), Firm: q.Firm()}
	out.Estimate = estimate(&q.Estimate)
	out.Estimate.Complaints = q.Complaints
	out.Governing, out.GivingWay, out.Exempt = governance(q)
	out.Evictable = r.evictable(pod)
	answers := slices.AppendSeq(make([]inquiry.NodeAnswer, 0, r.board.Size()), q.Answers())
	out.LeastViolating = violation(q, answers)
	out.Groups = r.groups(answers)
	out.Notes = append(out.Notes, unfit(answers)...)
	if r.Has(paramNode) || r.Has(paramNodes) {
		leaves := r.leaves()
		out.Nodes, out.Page = part(&r.params, only(pointers(answers), r.wantsNode),
			func(a *inquiry.NodeAnswer) []string { return []string{a.Node} },
			func(a *inquiry.NodeAnswer) v1alpha1.NodeVerdict { return r.node(q, a, leaves) })
	}
	return out, nil
}

func (r *request) checkNodes() error {
	if err := r.oneOf(paramNodes, "all"); err != nil {
		return err
	}
	if r.Has(paramVerdict) && !r.Has(paramNode) && !r.Has(paramNodes) {
		return apierrors.NewBadRequest("verdict chooses among the nodes that are listed, and none are; add nodes=all")
	}
	return cmp.Or(r.oneOf(paramVerdict, takes, unmeasured, string(engine.Broke), string(engine.WouldBreak), string(engine.UnknownTelemetry)), r.nodesExist())
}

func (r *request) wantsNode(a *inquiry.NodeAnswer) bool {
	verdict, _, _ := r.kind(a)
	return r.wants(paramNode, a.Node) && r.wants(paramVerdict, verdict)
}

func describe(pod *v1.Pod, q *inquiry.Inquiry) v1alpha1.Pod {
	return v1alpha1.Pod{
		Namespace: pod.Namespace, Name: pod.Name, UID: string(pod.UID), Node: pod.Spec.NodeName,
		Scheduler: pod.Spec.SchedulerName, Priority: q.Facts.Priority,
	}
}

// kind returns the words for what a node says; rule and reason are empty where it takes
// the pod.
func (r *request) kind(a *inquiry.NodeAnswer) (verdict string, rule rules.Key, reason string) {
	switch {
	case len(a.Unknown) > 0:
		return unmeasured, rules.Key{}, ""
	case !a.Kept:
		return takes, rules.Key{}, ""
	}
	rule, kind := r.board.About(a.Reason)
	return string(kind), rule, r.board.Reason(a.Reason)
}

// firstNamed is how many nodes of a group are named.
const firstNamed = 3

// groups counts the nodes by what they say, those that take the pod first.
func (r *request) groups(answers []inquiry.NodeAnswer) []v1alpha1.Group {
	byReason := map[engine.Reason]*v1alpha1.Group{}
	const free, blind engine.Reason = -1, -2
	for a := range pointers(answers) {
		reason := a.Reason
		switch {
		case len(a.Unknown) > 0:
			reason = blind
		case !a.Kept:
			reason = free
		}
		g := byReason[reason]
		if g == nil {
			verdict, rule, words := r.kind(a)
			g = &v1alpha1.Group{Verdict: verdict, Rule: rule.String(), Reason: words}
			byReason[reason] = g
		}
		g.Nodes.Count++
		count(g, a)
		if len(g.Nodes.First) < firstNamed {
			g.Nodes.First = append(g.Nodes.First, a.Node)
		}
	}
	return inOrder(byReason)
}

func count(g *v1alpha1.Group, a *inquiry.NodeAnswer) {
	if a.GivesWay {
		g.GivesWay++
	}
	if a.Unfit {
		g.Unfit++
	}
	if a.Silenced {
		g.Silenced++
	}
	for _, rule := range a.Unknown {
		if name := rule.String(); !slices.Contains(g.Unknown, name) {
			g.Unknown = append(g.Unknown, name)
		}
	}
}

func inOrder(byReason map[engine.Reason]*v1alpha1.Group) []v1alpha1.Group {
	out := []v1alpha1.Group{}
	for _, g := range byReason {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b v1alpha1.Group) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Nodes.Count, a.Nodes.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

func rank(g v1alpha1.Group) int {
	switch g.Verdict {
	case takes:
		return 0
	case unmeasured:
		return 1
	}
	return 2
}

// node is the verdict of one node with its numbers.
func (r *request) node(q *inquiry.Inquiry, a *inquiry.NodeAnswer, leaves func(rules.Key) []*rules.Leaf) v1alpha1.NodeVerdict {
	verdict, rule, reason := r.kind(a)
	out := v1alpha1.NodeVerdict{
		Node: a.Node, Verdict: verdict, Rule: rule.String(), Reason: reason, GivesWay: a.GivesWay, Unfit: a.Unfit, Silenced: silenced(q, a),
		GraceUntil: r.board.GraceUntil(a.Node), Unseen: r.unseen(a.Node), Headroom: headroom(a.Headroom),
	}
	if a.Kept {
		out.Says, out.Comparisons = r.why(q, a, leaves(rule))
	} else if len(a.Unknown) > 0 {
		out.Unknown = names(a.Unknown)
		first, _ := r.board.Explain(a.Unknown[0], a.Node) // the Board has both
		out.Says, out.Comparisons = first.Sentence, r.comparisons(leaves(a.Unknown[0]), first.Leaves)
	}
	if a.Arrived != (engine.Amounts{}) {
		out.Arrived = new(amounts(a.Arrived))
	}
	if a.Requested != nil {
		out.Requested = new(amounts(*a.Requested))
	}
	if a.Worth != nil {
		out.Score, out.Preferences, out.Avoids = worth(a.Worth)
	}
	return out
}

func names(keys []rules.Key) (out []string) {
	for _, key := range keys {
		out = append(out, key.String())
	}
	return out
}

// why says how the rule that is named keeps the pod off.
func (r *request) why(q *inquiry.Inquiry, a *inquiry.NodeAnswer, leaves []*rules.Leaf) (says string, comparisons []v1alpha1.Comparison) {
	why := q.Why(a)
	comparisons = r.comparisons(leaves, why.Verdict.Leaves)
	for i, f := range why.Forecast.Leaves {
		comparisons[i].WithPod = withPod(f, rules.Unit(comparisons[i].Unit))
	}
	return why.Sentence, comparisons
}

func withPod(f *engine.LeafForecast, unit rules.Unit) *v1alpha1.WithPod {
	if f == nil {
		return nil
	}
	out := &v1alpha1.WithPod{
		Value: tidy(f.With, unit), InFlight: tidy(f.InFlight, unit), Pod: tidy(f.Pod, unit), Left: tidy(f.Left, unit), Truth: engine.False.String(),
	}
	if f.ByRequests {
		out.Requested = new(tidy(f.Base, unit))
	}
	if f.Beyond {
		out.Truth = engine.True.String()
	}
	return out
}

// unseen is what the samples of a node do not show.
func (r *request) unseen(node string) (out []v1alpha1.Unseen) {
	for v := range r.board.ValuesOf(node) {
		out = r.addUnseen(out, v.Metric, v.Unseen)
	}
	return out
}

// addUnseen leaves out what is nothing.
func (r *request) addUnseen(list []v1alpha1.Unseen, metric string, adds float64) []v1alpha1.Unseen {
	unit := r.board.RuleSet().Metrics[metric].Unit
	if adds = tidy(adds, unit); adds == 0 {
		return list
	}
	return append(list, v1alpha1.Unseen{Metric: metric, Unit: string(unit), Adds: adds})
}

func worth(w *engine.Worth) (score *int64, preferences []v1alpha1.PreferencePoints, avoids []v1alpha1.AvoidPoints) {
	for _, l := range w.Likes {
		preferences = append(preferences, v1alpha1.PreferencePoints{Preference: l.Preference.String(), Weight: l.Weight, Points: math.Round(l.Points*100) / 100})
	}
	for _, a := range w.Avoids {
		avoids = append(avoids, v1alpha1.AvoidPoints{Rule: a.Rule.String(), Points: a.Points})
	}
	return &w.Score, preferences, avoids
}
