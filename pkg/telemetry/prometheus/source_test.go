package prometheus

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var (
	load = telemetry.Metric{Name: "load", Query: "x"}
	rate = telemetry.Metric{Name: "load", Query: "rate(x[5m])"}
)

func TestValuesAndTheirAges(t *testing.T) {
	for sentence, tc := range map[string]struct {
		metric telemetry.Metric
		server func(*server)
		values map[string]string
		ages   map[string]time.Duration
	}{
		"a gauge": {
			load, func(s *server) {
				s.set("x", "node=node-a 1", "node=node-b 2.5")
				s.aged("node", "x", "node=node-a 10s", "node=node-b 70s")
			},
			map[string]string{"node-a": "1", "node-b": "2.5"},
			map[string]time.Duration{"node-a": 10 * time.Second, "node-b": 70 * time.Second},
		},
		"the oldest of all selectors counts": {
			telemetry.Metric{Name: "load", Query: "rate(a[5m]) / b"}, func(s *server) {
				s.set("rate(a[5m]) / b", "instance=10.0.0.1:1 1", "instance=10.0.0.2:1 2")
				s.aged("instance", "a", "instance=10.0.0.1:1 5s", "instance=10.0.0.2:1 50s")
				s.aged("instance", "b", "instance=10.0.0.1:1 40s", "instance=10.0.0.2:1 20s")
			},
			map[string]string{"node-a": "1", "node-b": "2"},
			map[string]time.Duration{"node-a": 40 * time.Second, "node-b": 50 * time.Second},
		},
		"what is read with an offset is not old": {
			telemetry.Metric{Name: "load", Query: "x offset 1h"}, func(s *server) {
				s.set("x offset 1h", "node=node-a 1")
				s.aged("node", "x offset 1h", "node=node-a 1h10s")
			},
			map[string]string{"node-a": "1"}, map[string]time.Duration{"node-a": 10 * time.Second},
		},
		"the age of combined series is that of the oldest": {
			telemetry.Metric{Name: "load", Query: "x", Combine: telemetry.CombineSum}, func(s *server) {
				s.set("x", "instance=10.0.0.1:1 1", "instance=10.0.0.1:2 2")
				s.aged("instance", "x", "instance=10.0.0.1:1 5s", "instance=10.0.0.1:2 25s")
			},
			map[string]string{"node-a": "3"}, map[string]time.Duration{"node-a": 25 * time.Second},
		},
		"a selector without the label that group_left brought is timed by another one": {
			telemetry.Metric{Name: "load", Query: "x * on (instance) group_left (nodename) info_y"}, func(s *server) {
				s.set("x * on (instance) group_left (nodename) info_y", "nodename=host-a,instance=nat:1 1", "nodename=host-b,instance=nat:2 2", "nodename=elsewhere 3")
				s.aged("nodename", "x", " 5s")
				s.aged("instance", "x", "instance=nat:1 5s", "instance=nat:2 6s")
				s.aged("nodename", "info_y", "nodename=host-a 7s", "nodename=host-b 3s")
			},
			map[string]string{"node-a": "1", "node-b": "2"},
			map[string]time.Duration{"node-a": 7 * time.Second, "node-b": 6 * time.Second},
		},
		"an ageQuery says it itself": {
			telemetry.Metric{Name: "load", Query: "vector_of_others", AgeQuery: "seen"}, func(s *server) {
				s.set("vector_of_others", "node=node-a 1", "node=node-b 2")
				s.set("seen", "hostname=host-a "+unix(s.began.Add(-33*time.Second)))
			},
			map[string]string{"node-a": "1", "node-b": `the query "vector_of_others": nobody can say how old its value of this node is: what it reads has ended, or an ageQuery has no series of it`},
			map[string]time.Duration{"node-a": 33 * time.Second},
		},
		"an ageQuery in milliseconds": {
			telemetry.Metric{Name: "load", Query: "x", AgeQuery: "seen"}, func(s *server) {
				s.set("x", "node=node-a 1")
				s.set("seen", "node=node-a 1790000000000")
			},
			map[string]string{"node-a": `the query "x": the age of its value is given as 1.79e+12, which is no Unix time in seconds`}, nil,
		},
		"one of two needed selectors has ended": {
			telemetry.Metric{Name: "load", Query: "rate(a[5m]) + b"}, func(s *server) {
				s.set("rate(a[5m]) + b", "node=node-a 1", "node=node-b 2")
				s.aged("node", "a", "node=node-a 5s")
				s.aged("node", "b", "node=node-a 5s", "node=node-b 5s")
			},
			map[string]string{"node-a": "1", "node-b": `the query "rate(a[5m]) + b": nobody can say how old its value of this node is: what it reads has ended, or an ageQuery has no series of it`},
			map[string]time.Duration{"node-a": 5 * time.Second},
		},
		"either side of or is enough": {
			telemetry.Metric{Name: "load", Query: "a or b"}, func(s *server) {
				s.set("a or b", "node=node-a 1", "node=node-b 2")
				s.aged("node", "a", "node=node-a 5s")
				s.aged("node", "b", "node=node-b 6s")
			},
			map[string]string{"node-a": "1", "node-b": "2"}, map[string]time.Duration{"node-a": 5 * time.Second, "node-b": 6 * time.Second},
		},
		"no series are no values": {load, func(*server) {}, nil, nil},
		"an absent series is 0 while something else is there": {
			telemetry.Metric{Name: "load", Query: "errors", ZeroWhile: `up == 1`}, func(s *server) {
				s.set("errors", "node=node-a 7")
				s.aged("node", "errors", "node=node-a 5s")
				s.set("up == 1", "instance=10.0.0.1:9100 1", "instance=10.0.0.2:9100 1")
				s.aged("instance", "up", "instance=10.0.0.1:9100 8s", "instance=10.0.0.2:9100 9s")
			},
			map[string]string{"node-a": "7", "node-b": "0"}, map[string]time.Duration{"node-a": 5 * time.Second, "node-b": 9 * time.Second},
		},
		"also where no node has the series": {
			telemetry.Metric{Name: "load", Query: "errors", ZeroWhile: `up == 1`}, func(s *server) {
				s.set("up == 1", "instance=10.0.0.2:9100 1")
				s.aged("instance", "up", "instance=10.0.0.2:9100 9s")
			},
			map[string]string{"node-b": "0"}, map[string]time.Duration{"node-b": 9 * time.Second},
		},
		"and is nothing once that is gone": {
			telemetry.Metric{Name: "load", Query: "errors", ZeroWhile: `up == 1`}, func(*server) {}, nil, nil,
		},
		"NaN, infinity and a second series each stay with their node": {
			load, func(s *server) {
				s.set("x", "node=node-a NaN", "node=node-b +Inf", "node=node-c,i=1 1", "node=node-c,i=2 2")
				s.aged("node", "x", "node=node-a 1s", "node=node-b 1s", "node=node-c 1s")
			},
			map[string]string{
				"node-a": `the query "x": it gives NaN, which is no number`,
				"node-b": `the query "x": it gives infinity`,
				"node-c": `the query "x": it gives 2 series for one node, such as {i="1", node="node-c"} and {i="2", node="node-c"}; aggregate them, or say how to combine them`,
			}, nil,
		},
		"an answer with something new in it is read too": {
			load, func(s *server) {
				s.says("x", 200, "application/json", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"node":"node-a"},"value":[1,"1"],"created":1}]}}`)
				s.aged("node", "x", "node=node-a 1s")
			},
			map[string]string{"node-a": "1"}, map[string]time.Duration{"node-a": time.Second},
		},
		"the nodes of others are left out": {
			load, func(s *server) {
				s.set("x", "node=node-a 1", "node=elsewhere 2")
				s.aged("node", "x", "node=node-a 1s", "node=elsewhere 1s")
			},
			map[string]string{"node-a": "1"}, map[string]time.Duration{"node-a": time.Second},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			at := serve(t)
			tc.server(at)
			r := collect(t, source(t, Options{URL: at.URL}), tc.metric)
			if len(r.Faults) > 0 {
				t.Fatal(r.Faults)
			}
			if diff := cmp.Diff(tc.values, values(r, "load"), ignoreEmpty); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.ages, at.agesBy(r, "load"), ignoreEmpty); diff != "" {
				t.Errorf("ages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABadAnswerIsTheFaultOfItsMetricAlone(t *testing.T) {
	const vector = `{"status":"success","data":{"resultType":"vector","result":[]}`
	json := func(status int, body string) func(*server) {
		return func(s *server) { s.says("x", status, "application/json", body) }
	}
	for sentence, tc := range map[string]struct {
		metric telemetry.Metric
		server func(*server)
		want   string // after the query
	}{
		"a warning":               {load, json(200, vector+`,"warnings":["store eu-2 did not answer"]}`), "the server warns: store eu-2 did not answer"},
		"a warning among remarks": {load, json(200, vector+`,"warnings":["PromQL info: x","PromQL warning: y"]}`), "the server warns: PromQL warning: y"},
		"a partial answer":        {load, json(200, `{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}}`), "the answer is partial: the server could not ask all of its stores"},
		"a matrix":                {load, json(200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"node":"node-a"},"values":[[1,"1"]]}]}}`), "the server answers with a matrix where a vector was asked for"},
		"a scalar":                {load, json(200, `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`), "the server answers with a scalar where a vector was asked for"},
		"a string":                {load, json(200, `{"status":"success","data":{"resultType":"string","result":[1,"1"]}}`), `the answer cannot be read: `},
		"an error of the query":   {load, json(422, `{"status":"error","errorType":"execution","error":"too many samples"}`), "the server refuses: execution: too many samples"},
		"a bad query":             {load, json(400, `{"status":"error","errorType":"bad_data","error":"unknown function"}`), "the server refuses: bad_data: unknown function"},
		"a 400 of something else": {load, func(s *server) { s.says("x", 400, "", "Client sent an HTTP request to an HTTPS server.\n") }, "the server answers 400 Bad Request: Client sent an HTTP request to an HTTPS server."},
		"a 500":                   {load, json(500, "it broke"), "the server answers 500 Internal Server Error: it broke"},
		"a 503 that explains":     {load, json(503, `{"status":"error","errorType":"timeout","error":"query timed out"}`), "the server answers 503 Service Unavailable: query timed out"},
		"a 502 as HTML":           {load, func(s *server) { s.says("x", 502, "text/html", "<html>Bad Gateway</html>") }, "the server answers 502 Bad Gateway"},
		"a 401":                   {load, json(401, ""), "the server does not accept our credentials (401)"},
		"a 403":                   {load, json(403, "no tenant"), "the server forbids it (403): no tenant"},
		"a 404":                   {load, json(404, ""), "the server has no API of Prometheus under that URL (404)"},
		"a 429":                   {load, json(429, "slow down"), "the server answers 429 Too Many Requests: slow down"},
		"HTML":                    {load, func(s *server) { s.says("x", 200, "text/html; charset=utf-8", "<html>Log in</html>") }, `the answer does not come as JSON, as from the API of Prometheus, but as "text/html"; something else may be listening there, or asks for a login`},
		"JSON of another kind":    {load, json(200, `[1,2]`), "the answer is none of the API of Prometheus ("},
		"half an answer":          {load, json(200, `{"status":"success","data":{"resu`), "the answer is none of the API of Prometheus ("},
		"50 MB":                   {load, json(200, `{"status":"success","data":"`+strings.Repeat("x", 50<<20)+`"}`), "the answer is larger than 33554432 bytes; aggregate more, or let the operator raise maxBytes"},
		"none in time": {load, func(s *server) {
			s.others["x"] = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}, "no answer came within 2s"},
		"a connection that is cut": {load, func(s *server) {
			s.others["x"] = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}, "the server cannot be reached: "},
		"foreign nodes alone":         {load, func(s *server) { s.set("x", "node=elsewhere 1") }, `none of its 1 series names a node of this cluster (node: auto); the first one has node="elsewhere"`},
		"series without a node":       {load, func(s *server) { s.set("x", "job=x 1") }, `its series have no label that names a node; the first one is {job="x"}`},
		"a query that does not parse": {telemetry.Metric{Name: "load", Query: "rate(x"}, func(*server) {}, "it does not parse: unclosed left parenthesis"},
		"no query":                    {telemetry.Metric{Name: "load"}, func(*server) {}, "it does not parse: no expression found in input"},
		"a query without selectors":   {telemetry.Metric{Name: "load", Query: `vector(1)`}, func(*server) {}, "the age of its values cannot be derived: it reads no series, so that nobody can say how old its values are; write an ageQuery"},
		"ages without the label of the join": {telemetry.Metric{Name: "load", Query: `label_replace(x, "node", "$1", "i", "(.*)")`}, func(s *server) {
			s.set(`label_replace(x, "node", "$1", "i", "(.*)")`, "node=node-a 1")
			s.aged("node", "x", " 5s")
		}, "the age of its values cannot be derived: the series of x have no label node, by which the values are told apart; write an ageQuery"},
		"ages without a label that all values have": {telemetry.Metric{Name: "load", Query: `x * on (i) group_left (nodename) y`}, func(s *server) {
			s.set(`x * on (i) group_left (nodename) y`, "nodename=host-a,instance=nat:1 1", "nodename=host-b,hostname=host-b 2")
			s.aged("nodename", "x", " 5s")
			s.aged("instance", "x", "instance=nat:1 5s")
			s.aged("hostname", "x", "hostname=host-b 5s")
		}, "the age of its values cannot be derived: the series of x have no label nodename, by which the values are told apart; write an ageQuery"},
		"ages that nobody answers": {load, func(s *server) {
			s.set("x", "node=node-a 1")
			s.says("min by (node) (max by (instance, job, node) (timestamp(x)))", 500, "text/plain", "it broke")
		}, "asking for the ages of x: the server answers 500 Internal Server Error: it broke"},
		"a warning about ages": {load, func(s *server) {
			s.set("x", "node=node-a 1")
			s.says("min by (node) (max by (instance, job, node) (timestamp(x)))", 200, "application/json", vector+`,"warnings":["w"]}`)
		}, "asking for the ages of x: the server warns: w"},
		"an ageQuery that fails": {telemetry.Metric{Name: "load", Query: "x", AgeQuery: "y"}, func(s *server) {
			s.set("x", "node=node-a 1")
			s.says("y", 500, "text/plain", "")
		}, `the ageQuery "y": the server answers 500 Internal Server Error`},
		"a zeroWhile that fails": {telemetry.Metric{Name: "load", Query: "x", ZeroWhile: "y"}, func(s *server) { s.says("y", 500, "text/plain", "") }, `zeroWhile "y": the server answers 500 Internal Server Error`},
	} {
		t.Run(sentence, func(t *testing.T) {
			at := serve(t)
			at.set("sound", "node=node-a 1", "node=node-b 2")
			at.aged("node", "sound", "node=node-a 5s", "node=node-b 5s")
			tc.server(at)
			o := Options{URL: at.URL, Timeout: time.Minute} // 50 MB take long on a busy machine
			if sentence == "none in time" {
				o.Timeout = 2 * time.Second
			}
			r := collect(t, source(t, o), telemetry.Metric{Name: "sound", Query: "sound"}, tc.metric)
			want := fmt.Sprintf("the query %q: %s", tc.metric.Query, tc.want)
			if got := r.Faults["load"]; !strings.HasPrefix(got, want) {
				t.Errorf("the fault is\n%s\nwant\n%s", got, want)
			}
			if diff := cmp.Diff(map[string]string{"node-a": "1", "node-b": "2"}, values(r, "sound")); diff != "" || len(r.Faults) != 1 {
				t.Errorf("the other metric suffers (-want +got):\n%s%v", diff, r.Faults)
			}
			if got := values(r, "load"); len(got) > 0 {
				t.Errorf("a metric that failed has %v", got)
			}
		})
	}
}

func TestOnlyWhenNothingCouldBeReadTheWholeReadingFails(t *testing.T) {
	for sentence, tc := range map[string]struct {
		server func(*server)
		want   string
	}{
		"the server is gone":            {func(s *server) { s.URL = "http://127.0.0.1:1" }, "http://127.0.0.1:1: the server cannot be reached: dial tcp 127.0.0.1:1: connect: connection refused"},
		"it has no time":                {func(s *server) { s.says("time()", 503, "text/plain", "starting") }, ": the server answers 503 Service Unavailable: starting"},
		"it gives its time as a vector": {func(s *server) { s.says("time()", 200, "application/json", vectorOf("1", nil)) }, ": asked for its time, the server answers with a vector"},
		"it fails for every query": {func(s *server) {
			s.says("x", 503, "text/plain", "stores are down")
			s.says("y", 503, "text/plain", "stores are down")
		}, `: the query "x": the server answers 503 Service Unavailable: stores are down`},
	} {
		t.Run(sentence, func(t *testing.T) {
			at := serve(t)
			tc.server(at)
			want := cluster()
			want.Metrics = []telemetry.Metric{load, {Name: "other", Query: "y"}}
			r, err := source(t, Options{URL: at.URL}).Collect(t.Context(), want)
			if err == nil || !strings.HasSuffix(err.Error(), tc.want) {
				t.Errorf("got %v and the error %v, want %s", r, err, tc.want)
			}
		})
	}
}

func TestPeopleSeeHowSeriesFoundTheirNodes(t *testing.T) {
	s := serve(t)
	s.set("x", "node=node-a,i=1 1", "node=node-a,i=2 2", "node=node-b 1", "node=elsewhere 1")
	s.aged("node", "x", "node=node-a 1s", "node=node-b 1s")
	r := collect(t, source(t, Options{URL: s.URL}), load, telemetry.Metric{Name: "none", Query: "y"})
	want := map[string]*telemetry.JoinTable{
		"load": {
			Label: "node", By: "name", Matched: 3, Foreign: []string{"elsewhere"}, ForeignCount: 1,
			Silent: []string{"node-c"}, SilentCount: 1, Ambiguous: []string{"node-a"}, AmbiguousCount: 1,
		},
		"none": {Silent: []string{"node-a", "node-b", "node-c"}, SilentCount: 3},
	}
	if diff := cmp.Diff(want, r.Joins, ignoreEmpty); diff != "" {
		t.Errorf("joins (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"load", "none"}, r.Metrics); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
