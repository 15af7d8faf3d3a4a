package button

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/former"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// mostNamed is how many names a sentence lists.
const mostNamed = 10

// exist refuses a silence of a rule that is not in force, or of a node that there is
// not. What the caller may not read is not asked for.
func (h *hush) exist(ctx context.Context) error {
	for _, ask := range []func(context.Context) error{h.ruleExists, h.nodeExists} {
		err := ask(ctx)
		if apierrors.IsForbidden(err) {
			h.warn("it is not known whether there is what you name: %v", err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (h *hush) ruleExists(ctx context.Context) error {
	if h.silence.Rule == (rules.Key{}) {
		return nil
	}
	inForce, broken, err := h.rulesInForce(ctx, h.silence.Rule.Namespace)
	name := h.silence.Rule.String()
	if err != nil || slices.Contains(inForce, name) {
		return err
	}
	beside := ""
	if broken > 0 {
		beside = "some texts of rules have mistakes, and what they held before may still be in force; "
	}
	return missing("no rule in force is called", name, inForce, beside)
}

// rulesInForce are the names of rules, of the cluster's and of those of one namespace, as
// the scheduler reads them; and how many texts it does not put in force.
func (h *hush) rulesInForce(ctx context.Context, namespace string) (names []string, broken int, err error) {
	var found []*corev1.ConfigMap
	where := []string{h.scheduler}
	if namespace != "" && namespace != h.scheduler {
		where = append(where, namespace)
	}
	for _, one := range where {
		list, err := h.client.CoreV1().ConfigMaps(one).List(ctx, metav1.ListOptions{LabelSelector: rules.LabelRules})
		if err != nil {
			return nil, 0, err
		}
		for i := range list.Items {
			found = append(found, &list.Items[i])
		}
	}
	options := h.checkOptions()
	// Where they may not be read, what is said of broken texts has to do.
	options.Seed, _ = former.Texts(ctx, h.client.CoreV1(), h.settings)
	report, set := rulesource.Check(found, options)
	for i := range set.Rules {
		names = append(names, set.Rules[i].Key().String())
	}
	for _, key := range report.Keys {
		if key.InForce == rulesource.TextNone {
			broken++
		}
	}
	slices.Sort(names)
	return names, broken, nil
}

func (h *hush) checkOptions() rulesource.CheckOptions {
	s := h.settings
	return rulesource.CheckOptions{
		Namespace: s.Namespace, LabelValue: s.RulesLabel, PauseName: s.PauseConfigMap, Rules: s.Rules(), Now: h.now(),
		May: func(string) bool { return !s.Known || s.Namespaces != nil }, Selector: s.Namespaces,
		Limits: rulesource.Limits{Each: rulesource.Counts(s.NamespaceLimits.Each), Together: rulesource.Counts(s.NamespaceLimits.Together)},
	}
}

func (h *hush) nodeExists(ctx context.Context) error {
	if h.silence.Node == "" {
		return nil
	}
	_, err := h.client.CoreV1().Nodes().Get(ctx, h.silence.Node, metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		return err
	}
	list, err := h.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	names := make([]string, len(list.Items))
	for i := range list.Items {
		names[i] = list.Items[i].Name
	}
	slices.Sort(names)
	return missing("no node is called", h.silence.Node, names, "")
}

// missing says that there is nothing of a name, and what may have been meant.
func missing(what, name string, names []string, beside string) error {
	mend := ""
	switch likely := strictyaml.Suggest(name, names); {
	case likely != "":
		mend = fmt.Sprintf("did you mean %q?", likely)
	case len(names) == 0:
		mend = "there are none"
	default:
		mend = strictyaml.DidYouMean(name, names[:min(len(names), mostNamed)])
		if len(names) > mostNamed {
			mend += fmt.Sprintf(" and %d more", len(names)-mostNamed)
		}
	}
	return fmt.Errorf("%s %q: %s (%s--unchecked silences what may come yet)", what, name, mend, beside)
}
