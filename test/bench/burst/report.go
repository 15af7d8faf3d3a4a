package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
)

// row is one line of the table.
type row struct {
	scenario, scheduler string
	outcome
	// measured are the minutes above the line by what Prometheus scraped; NaN where
	// the observation was cut short.
	measured float64
}

// measure runs the burst and asks both the books and Prometheus.
func (s *stage) measure(ctx context.Context) (row, error) {
	b := newBurst(s)
	turn.Say("%s: the burst begins, and is observed for %s", s.contender.title, seconds(s.observed()))
	pods, err := b.run(ctx)
	if err != nil {
		return row{}, err
	}
	r := row{scenario: s.scenario.title, scheduler: s.contender.title, outcome: judge(s.base, pods, s.observed()), measured: math.NaN()}
	if s.short {
		return r, nil
	}
	if r.measured, err = s.measuredMinutes(ctx); err != nil {
		return row{}, err
	}
	why, err := b.stranded(ctx)
	if why != "" {
		turn.Say("%s: a pod still waits: %s", s.contender.title, why)
	}
	return r, err
}

// measuredMinutes counts the scrapes above the line, which are 5 s apart.
func (s *stage) measuredMinutes(ctx context.Context) (float64, error) {
	query := fmt.Sprintf("sum(sum_over_time((node_memory_working_set_bytes > bool %d)[%s:5s])) * 5 / 60", line, promDuration(s.observed()))
	return ask(ctx, s.prom.URL, query)
}

// ask returns the one value that a query has.
func ask(ctx context.Context, server, query string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/api/v1/query?query="+url.QueryEscape(query), nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	var said struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.Unmarshal(text, &said); err != nil || len(said.Data.Result) != 1 {
		return 0, fmt.Errorf("the query %s answers %s", query, text)
	}
	return strconv.ParseFloat(fmt.Sprint(said.Data.Result[0].Value[1]), 64)
}

func printTable(w io.Writer, rows []row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(w, "| burst | scheduler | node-minutes above 90 % | by Prometheus | nodes ever above | fullest node | most pods on one | all bound after | longest wait | of it with room |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %s | %.1f | %s | %d | %.1f %% | %d | %s | %s | %s |\n", r.scenario, r.scheduler, r.minutes, r.byPrometheus(), r.above,
			100*float64(r.mostUse)/float64(nodeSize), r.mostPods, r.bound(), seconds(r.longest), seconds(r.longestWithRoom))
	}
}

func (r row) byPrometheus() string {
	if math.IsNaN(r.measured) {
		return "not asked"
	}
	return fmt.Sprintf("%.1f", r.measured)
}

func (r row) bound() string {
	if r.waiting > 0 {
		return fmt.Sprintf("%d still wait", r.waiting)
	}
	return seconds(r.allBound)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
