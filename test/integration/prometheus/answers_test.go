package prometheus

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// many is how many series an answer that is too large has.
const many = 2000

// odd is what an exporter says that has something of everything.
func odd(string) string {
	var out strings.Builder
	for i, node := range names {
		fmt.Fprintf(&out, "load{node=%q} %d\nsound{node=%[1]q} %[2]d\n", node, i+1)
		for card := range 2 {
			fmt.Fprintf(&out, "card_load{node=%q,card=\"%d\"} %d\n", node, card, 10*i+card)
		}
		fmt.Fprintf(&out, "latency_bucket{node=%q,le=\"1\"} 1\nlatency_bucket{node=%[1]q,le=\"+Inf\"} 2\n", node)
	}
	out.WriteString("broken{node=\"node-a\"} NaN\nbroken{node=\"node-b\"} +Inf\nbroken{node=\"node-c\"} 3\n")
	out.WriteString("strange{node=\"node-a\"} 1\nstrange{node=\"elsewhere\"} 2\nforeign{node=\"elsewhere\"} 2\nunlabelled 1\n")
	for i := range many {
		fmt.Fprintf(&out, "wide{node=\"node-a\",i=\"%d\"} 1\n", i)
	}
	return out.String()
}

// TestOddAnswersOfARealServer has another metric beside each odd one, which must not
// suffer.
func TestOddAnswersOfARealServer(t *testing.T) {
	t.Parallel()
	exporter := export(t, odd)
	prom := serve(t, testbed.Prometheus{
		Scrapes: []string{testbed.Scrape("odd", testbed.Target{Address: exporter.Address, Labels: map[string]string{"instance": "odd"}})},
		Args:    []string{"--query.max-samples=20000"},
	})
	reader := open(t, source.Options{URL: prom.URL}, "")
	scraped(t, reader, "wide", many)
	scraped(t, reader, "rate(load[1m])", len(names))
	is := versionOf(t, prom)
	fault := func(text string) map[string]string { return map[string]string{"": text} }
	infinite := func(query string) map[string]string {
		text := fmt.Sprintf("the query %q: it gives infinity", query)
		return map[string]string{"node-a": text, "node-b": text, "node-c": text}
	}
	for sentence, tc := range map[string]struct {
		metric telemetry.Metric
		// values are those of the nodes; a fault follows the query, and only its
		// beginning is given.
		values map[string]string
		notes  []string
	}{
		"a remark is for people and spoils nothing": {
			telemetry.Metric{Query: "0 * rate(load[1m]) + on (node) load"}, all,
			since(is, remarksApart, []string{`the server remarks on the query "0 * rate(load[1m]) + on (node) load": PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "load" (1:10)`}, nil),
		},
		"a warning is a fault": {
			telemetry.Metric{Query: "quantile by (node) (1.5, load)"},
			since(is, warnsOfQueries, fault("the server warns: PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:21)"), infinite("quantile by (node) (1.5, load)")), nil,
		},
		"a warning about histograms": {
			telemetry.Metric{Query: "histogram_quantile(1.5, latency_bucket)"},
			since(is, warnsOfQueries, fault("the server warns: PromQL warning: quantile value should be between 0 and 1, got 1.5"), infinite("histogram_quantile(1.5, latency_bucket)")), nil,
		},
		"a matrix":            {telemetry.Metric{Query: "load[1m]"}, fault("the server answers with a matrix where a vector was asked for"), nil},
		"a scalar":            {telemetry.Metric{Query: `scalar(load{node="node-a"})`}, fault("the server answers with a scalar where a vector was asked for"), nil},
		"an error of the run": {telemetry.Metric{Query: "load * on (job) card_load"}, fault("the server refuses: execution: found duplicate series for the match group {job=\"odd\"} on the "), nil},
		"a function that it does not have switched on": {
			telemetry.Metric{Query: `sort_by_label(load, "node")`},
			fault(`the server refuses: bad_data: invalid parameter "query": 1:1: parse error: ` + since(is, sortsByLabel, `function "sort_by_label" is not enabled`, `unknown function with name "sort_by_label"`)), nil,
		},
		"too many samples for it":             {telemetry.Metric{Query: "max_over_time(wide[1m:10ms])"}, fault("the server refuses: execution: query processing would load too many samples into memory in query execution"), nil},
		"NaN and infinity stay with the node": {telemetry.Metric{Query: "broken"}, map[string]string{"node-a": `the query "broken": it gives NaN, which is no number`, "node-b": `the query "broken": it gives infinity`, "node-c": "3"}, nil},
		"two series a node":                   {telemetry.Metric{Query: "card_load"}, map[string]string{"node-a": cards("node-a"), "node-b": cards("node-b"), "node-c": cards("node-c")}, nil},
		"the greatest of two series":          {telemetry.Metric{Query: "card_load", Combine: telemetry.CombineMax}, map[string]string{"node-a": "1", "node-b": "11", "node-c": "21"}, nil},
		"the sum of two series":               {telemetry.Metric{Query: "card_load", Combine: telemetry.CombineSum}, map[string]string{"node-a": "1", "node-b": "21", "node-c": "41"}, nil},
		"the nodes of others beside ours":     {telemetry.Metric{Query: "strange"}, map[string]string{"node-a": "1"}, nil},
		"the nodes of others alone":           {telemetry.Metric{Query: "foreign"}, fault(`none of its 1 series names a node of this cluster (node: auto); the first one has node="elsewhere", instance="odd"`), nil},
		"series without any label of nodes":   {telemetry.Metric{Query: "sum by (job) (unlabelled)"}, fault(`its series have no label that names a node; the first one is {job="odd"}; write the label as join.series, or keep one in the query`), nil},
		"no series at all":                    {telemetry.Metric{Query: "no_such_metric"}, map[string]string{}, nil},
		"zero, while an exporter is up":       {telemetry.Metric{Query: "no_such_metric", ZeroWhile: `sound > 1`}, map[string]string{"node-b": "0", "node-c": "0"}, nil},
		"values that are timed by another label": {
			telemetry.Metric{Query: `label_replace(unlabelled, "node", "node-a", "", "")`}, map[string]string{"node-a": "1"}, nil,
		},
		"values that cannot be timed": {
			telemetry.Metric{Query: `label_replace(sum(unlabelled), "node", "node-a", "", "")`},
			fault("the age of its values cannot be derived: the series of unlabelled have no label node, by which the values are told apart; write an ageQuery"), nil,
		},
		"the same with an ageQuery": {
			telemetry.Metric{Query: `label_replace(sum(unlabelled), "node", "node-a", "", "")`, AgeQuery: `label_replace(timestamp(unlabelled), "node", "node-a", "", "")`},
			map[string]string{"node-a": "1"}, nil,
		},
		"values that are pinned to a time": {
			telemetry.Metric{Query: "load @ 1790000000"}, fault("the age of its values cannot be derived: every part of it is pinned to a fixed time by @, so that its values never become newer; write an ageQuery"), nil,
		},
		"values of nothing": {telemetry.Metric{Query: "vector(1)"}, fault("the age of its values cannot be derived: it reads no series, so that nobody can say how old its values are; write an ageQuery"), nil},
		"fifty megabytes":   {telemetry.Metric{Query: huge()}, fault("the answer is larger than 33554432 bytes; aggregate more, or let the operator raise maxBytes"), nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			m, sound := tc.metric, telemetry.Metric{Name: "sound", Query: "sound", MaxAge: time.Minute}
			m.Name, m.MaxAge = "odd", time.Minute
			open(t, source.Options{URL: prom.URL}, "").until(t, metrics{m, sound}, func(r *telemetry.Reading) error {
				return errors.Join(
					wrongOutcome(m.Query, tc.values, outcome(r, "odd")),
					differs("the other metric suffers", all, outcome(r, "sound")), differs("notes", tc.notes, r.Notes))
			})
		})
	}
}

// wrongOutcome compares outcomes; of a fault the beginning must be as wanted.
func wrongOutcome(query string, want, got map[string]string) error {
	if fault, failed := want[""]; failed {
		beginning := fmt.Sprintf("the query %q: %s", query, fault)
		if len(query) > 200 {
			beginning = fault
		}
		if len(got) != 1 || !strings.Contains(got[""], beginning) {
			return fmt.Errorf("the outcome is\n%v\nand should be a fault with\n%s", got, beginning)
		}
		return nil
	}
	return differs("values", want, got)
}

// cards is what is said of a node with two cards.
func cards(node string) string {
	var series []string
	for _, card := range []string{"0", "1"} {
		series = append(series, fmt.Sprintf(`card_load{card=%q, instance="odd", job="odd", node=%q}`, card, node))
	}
	return `the query "card_load": it gives 2 series for one node, such as ` + strings.Join(series, " and ") + "; aggregate them, or say how to combine them"
}

// huge makes fifty megabytes of the wide series.
func huge() string {
	return fmt.Sprintf(`label_replace(wide, "long", %q, "", "")`, strings.Repeat("x", (50<<20)/many))
}

// TestAServerThatHangsIsGivenUp stops one, and lets it go on.
func TestAServerThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	exporter := export(t, odd)
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("odd", testbed.Target{Address: exporter.Address, Labels: map[string]string{"instance": "odd"}})}})
	scraped(t, open(t, source.Options{URL: prom.URL}, ""), "load", 3)
	r := open(t, source.Options{URL: prom.URL, Timeout: time.Second}, "")
	r.until(t, metrics{load}, valued) // a second may be too little
	prom.Pause()
	_, err := r.collect(t.Context(), cluster(), load)
	wantError(t, prom.URL, err, "no answer came within 1s")
	if now, believed := r.sample(load, "node-c"); !believed || now.Value != 3 {
		t.Errorf("what was known is %v, %v", now, believed)
	}
	prom.Resume()
	r.until(t, metrics{load}, valued)
}

// TestAnAnswerWithoutAPartOfTheTruthIsNone has a server that asks another one too,
// which is broken: what it answers then may be a part of the truth.
func TestAnAnswerWithoutAPartOfTheTruthIsNone(t *testing.T) {
	t.Parallel()
	broken := front(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the disk is full", http.StatusInternalServerError)
	}))
	exporter := export(t, odd)
	prom := serve(t, testbed.Prometheus{
		Scrapes: []string{testbed.Scrape("odd", testbed.Target{Address: exporter.Address, Labels: map[string]string{"instance": "odd"}})},
		More:    fmt.Sprintf("remote_read: [{url: %q, read_recent: true}]\n", broken),
	})
	r := open(t, source.Options{URL: prom.URL}, "").read(t, load)
	must(t, wrongOutcome(load.Query, map[string]string{"": "the server warns: remote_read: remote server " + broken}, outcome(r, load.Name)))
}
