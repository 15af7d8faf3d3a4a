package lint

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// Examined is what lint makes of the ConfigMaps of a cluster, for commands that look at
// more than rules.
type Examined struct {
	// Findings are in the order of their places.
	Findings []Finding
	// Set is what the texts put in force.
	Set *rules.RuleSet
	// Live is what the sources answered; see Ask.
	Live []Live

	library *library
}

// Examine judges ConfigMaps of the scheduler's namespace and of others, of which may says
// whether they may have rules. former are the texts that were in force before.
func Examine(found []*corev1.ConfigMap, s *settings.Settings, former []rulesource.GoodText, may func(namespace string) bool, now time.Time) *Examined {
	l := newLibrary(s.Namespace)
	l.former = former
	l.stands = true
	for _, cm := range found {
		l.putApart(cm, nil)
	}
	l.judge(s, may, now)
	return &Examined{Findings: inOrder(l.found), Set: l.set, library: l}
}

// Text judges what is to be applied, such as a program wrote it.
func Text(file string, data []byte, s *settings.Settings) []Finding {
	l := newLibrary(s.Namespace)
	l.add(file, data, false)
	l.judge(s, allowed(s), time.Now())
	return inOrder(l.found)
}

// Ask asks the operator's sources for the metrics that the texts define, and adds what is
// wrong with the answers. urls are where sources are reached from here, by name.
func (e *Examined) Ask(ctx context.Context, config *rest.Config, core corev1client.CoreV1Interface, s *settings.Settings, urls map[string]string) error {
	w, err := worldOf(ctx, config, core, s, urls)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	e.library.askAll(ctx, w, e.Set)
	e.Findings, e.Live = inOrder(e.library.found), e.library.live
	return nil
}
