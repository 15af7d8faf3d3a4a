// Package grafana reads the dashboard that the chart has, as far as tests ask its queries.
package grafana

import (
	"encoding/json"
	"os"
	"regexp"
)

// Dashboard is what Grafana imports.
type Dashboard struct {
	SchemaVersion int
	Panels        []Panel
	Templating    struct{ List []Variable }
}

// Variable is one that people choose above the panels.
type Variable struct {
	Name, Type string
	AllValue   string
	// Definition is the query of a variable of the type query.
	Definition string
}

// Panel is one panel, or a row of them.
type Panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct{ Unit string }
	}
	Targets []Target
}

// Target is a query of a panel.
type Target struct {
	RefID        string
	Expr         string
	LegendFormat string
	// Instant queries are asked of a moment, others of a range.
	Instant bool
}

// Read reads a dashboard.
func Read(path string) (*Dashboard, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := &Dashboard{}
	return out, json.Unmarshal(text, out)
}

var variable = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::\w+)?\}`)

// Fill puts values in the place of variables, as Grafana does before it asks: of those
// that people choose, and of its own, such as __rate_interval. It also returns those that
// have none.
func Fill(expr string, values map[string]string) (filled string, missing []string) {
	filled = variable.ReplaceAllStringFunc(expr, func(found string) string {
		match := variable.FindStringSubmatch(found)
		value, known := values[match[1]+match[2]]
		if !known {
			missing = append(missing, found)
		}
		return value
	})
	return filled, missing
}
