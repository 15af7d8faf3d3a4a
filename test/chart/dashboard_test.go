package chart

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/grafana"
)

const dashboardFile = chart + "/files/dashboard.json"

// TestTheDashboardIsOneOfGrafanas reads it with Grafana's own types: a field that they do
// not have, or one that they lack, is told with its path.
func TestTheDashboardIsOneOfGrafanas(t *testing.T) {
	known := cog.NewRuntime()
	known.RegisterPanelcfgVariant(stat.VariantConfig())
	known.RegisterPanelcfgVariant(table.VariantConfig())
	known.RegisterPanelcfgVariant(timeseries.VariantConfig())
	known.RegisterDataqueryVariant(prometheus.VariantConfig())
	//lint:ignore SA1019 the newer schema is not one that every Grafana imports
	var d dashboard.Dashboard
	// Its errors of nothing are errors too.
	if err := d.UnmarshalJSONStrict([]byte(readFile(t, dashboardFile))); err != nil && err.Error() != "" {
		t.Error(err)
	}
}

func TestTheDashboardIsWhole(t *testing.T) {
	d, err := grafana.Read(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	if d.SchemaVersion != 39 {
		t.Errorf("its schema has the version %d", d.SchemaVersion)
	}
	ids, titles := map[int]bool{}, map[string]bool{}
	for i, p := range d.Panels {
		if ids[p.ID] || titles[p.Title] {
			t.Errorf("two panels have the id %d or the title %q", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		if p.Type != "row" && (p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0) {
			t.Errorf("panel %q lacks a title, a description, a unit or a query", p.Title)
		}
		if g := p.GridPos; g.X < 0 || g.W < 1 || g.X+g.W > 24 || g.H < 1 {
			t.Errorf("panel %q stands at %+v", p.Title, g)
		}
		for _, other := range d.Panels[:i] {
			if overlap(p, other) {
				t.Errorf("panels %q and %q lie on each other", p.Title, other.Title)
			}
		}
	}
}

func overlap(a, b grafana.Panel) bool {
	p, q := a.GridPos, b.GridPos
	return p.X < q.X+q.W && q.X < p.X+p.W && p.Y < q.Y+q.H && q.Y < p.Y+p.H
}

// TestTheDashboardAsksThePrometheusThatPeopleChoose everywhere.
func TestTheDashboardAsksThePrometheusThatPeopleChoose(t *testing.T) {
	var all map[string]any
	if err := json.Unmarshal([]byte(readFile(t, dashboardFile)), &all); err != nil {
		t.Fatal(err)
	}
	found := 0
	var walk func(path string, at any)
	walk = func(path string, at any) {
		switch v := at.(type) {
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		case map[string]any:
			_, asks := v["expr"]
			source, named := v["datasource"].(map[string]any)
			if named {
				found++
			}
			if (asks || named) && (source["uid"] != "${datasource}" || source["type"] != "prometheus") {
				t.Errorf("%s has the source %v", path, v["datasource"])
			}
			for key, e := range v {
				walk(path+"."+key, e)
			}
		}
	}
	walk("", all)
	if found < 60 {
		t.Errorf("only %d places name a source", found)
	}
}

// TestEveryQueryOfTheDashboardIsPromQL of the release that people choose; that there is
// data is for test/integration.
func TestEveryQueryOfTheDashboardIsPromQL(t *testing.T) {
	d, err := grafana.Read(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"__rate_interval": "1m"}
	for _, v := range d.Templating.List {
		values[v.Name] = v.Name
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			expr, missing := grafana.Fill(target.Expr, values)
			if len(missing) > 0 {
				t.Errorf("panel %q uses %v, which nobody chooses", p.Title, missing)
			}
			parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
			if err != nil {
				t.Errorf("panel %q asks %s: %v", p.Title, expr, err)
				continue
			}
			for _, selector := range parser.ExtractSelectors(parsed) {
				text := target.Expr
				if ofNodes := strings.HasPrefix(selector[0].Value, "node_"); !ofNodes && !strings.Contains(text, `{job="$release", namespace=~"$namespace"`) {
					t.Errorf("panel %q asks for the series of anybody: %s", p.Title, text)
				}
			}
		}
	}
}

func TestTheDashboardIsGivenToGrafana(t *testing.T) {
	r := usual("dashboard: {enabled: true, annotations: {grafana_folder: Scheduling}}")
	cm := get[*corev1.ConfigMap](t, r.render(t), "ConfigMap "+ours+"/"+ours+"-dashboard")
	if cm.Labels["grafana_dashboard"] != "1" || cm.Annotations["grafana_folder"] != "Scheduling" {
		t.Errorf("it has the labels %v and the annotations %v", cm.Labels, cm.Annotations)
	}
	text := cm.Data[ours+".json"]
	if got, want := strings.TrimSpace(text), strings.TrimSpace(readFile(t, dashboardFile)); got != want {
		t.Errorf("it is not the file, but %s", got)
	}
	if len(text) > 128<<10 {
		t.Errorf("it has %d bytes, and what kubectl apply remembers of an object has to have less than 256 KiB", len(text))
	}
	r.name = "batch"
	other := get[*corev1.ConfigMap](t, r.render(t), "ConfigMap "+ours+"/batch-dashboard").Data["batch.json"]
	if !strings.Contains(other, `"uid": "batch"`) || !strings.Contains(other, `"title": "batch"`) || strings.Contains(other, `"uid": "`+ours) {
		t.Error("two releases give Grafana two dashboards of one name")
	}
}
