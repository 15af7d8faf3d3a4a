package api

import (
	"fmt"
	"net/http"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// mostListed is how many names a refusal lists.
const mostListed = 20

// named refuses values of a parameter that name nothing, so that a slip is not taken for
// an answer.
func (p *params) named(parameter string, is func(name string) bool, all func() []string) error {
	for _, name := range p.Values[parameter] {
		if !is(name) {
			return failure(http.StatusNotFound, metav1.StatusReasonNotFound, fmt.Sprintf("there is no %s %q; %s", parameter, name, instead(name, all())))
		}
	}
	return nil
}

// instead says what may have been meant.
func instead(name string, all []string) string {
	switch {
	case len(all) == 0:
		return "there is none at all"
	case len(all) <= mostListed || strictyaml.Suggest(name, all) != "":
		return strictyaml.DidYouMean(name, all)
	}
	return fmt.Sprintf("there are %d others, from %s to %s", len(all), all[0], all[len(all)-1])
}

func (r *request) nodesExist() error {
	return r.named(paramNode, func(name string) bool { return r.board.Slot(name) >= 0 }, r.board.Names)
}

func (r *request) rulesExist() error { return r.rulesExistOr(nil) }

// rulesExistOr knows rules of the past too.
func (r *request) rulesExistOr(past []string) error {
	var all []string
	for rule := range pointers(r.board.RuleSet().Rules) {
		all = append(all, rule.Key().String())
	}
	there := func(name string) bool { return slices.Contains(all, name) || slices.Contains(past, name) }
	return r.named(paramRule, there, func() []string { return all })
}

// metricsExist knows those that rules and preferences look at: no others are read.
func (r *request) metricsExist() error {
	used := r.board.RuleSet().UsedMetrics()
	return r.named(paramMetric, func(name string) bool { return slices.Contains(used, name) }, func() []string { return used })
}
