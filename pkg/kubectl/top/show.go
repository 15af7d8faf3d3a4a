package top

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// page says how much is shown, and how.
type page struct {
	now   time.Time
	limit int // 0 for all
	width int
	wide  bool
	paint cli.Paint
}

// show writes the nodes in their order.
func (v *view) show(out io.Writer, p page) error {
	fmt.Fprintln(out, v.summary(p.now))
	shown := v.nodes
	if p.limit > 0 {
		shown = shown[:min(p.limit, len(shown))]
	}
	if len(shown) == 0 {
		return nil
	}
	metrics, left := v.columns(shown, p)
	if err := v.table(shown, metrics, p).Write(out, p.wide); err != nil {
		return err
	}
	if more := len(v.nodes) - len(shown); more > 0 {
		fmt.Fprintf(out, "and %d more, which --limit 0 shows\n", more)
	}
	if len(left) > 0 {
		fmt.Fprintf(out, "-o wide has %s too\n", strings.Join(left, ", "))
	}
	return nil
}

// summary counts nodes by their worst trouble.
func (v *view) summary(now time.Time) string {
	counts := map[trouble]int{}
	for i := range v.nodes {
		_, how := v.worst(&v.nodes[i])
		counts[how]++
	}
	out := fmt.Sprintf("Nodes: %d, evaluated %s ago", len(v.nodes), cli.Age(now, v.board.At))
	for _, part := range []struct {
		says string
		of   []trouble
	}{{"pods are kept off", []trouble{fires, keeps, blocksUnknown}}, {"pending", []trouble{waits}}, {"unknown", []trouble{unknown}}} {
		n := 0
		for _, how := range part.of {
			n += counts[how]
		}
		if n > 0 {
			out += fmt.Sprintf("; %s: %d", part.says, n)
		}
	}
	return out
}

func (v *view) table(shown []v1alpha1.Node, metrics []string, p page) *cli.Table {
	table := &cli.Table{Columns: []cli.Column{{Name: "node"}}}
	for _, m := range metrics {
		table.Columns = append(table.Columns, cli.Column{Name: m})
	}
	table.Columns = append(table.Columns, cli.Column{Name: "nearest line", Wide: true}, cli.Column{Name: "rules"})
	for i := range shown {
		n := &shown[i]
		row := []string{v.name(n, p)}
		for _, m := range metrics {
			row = append(row, cell(n, m, p.wide))
		}
		table.Add(append(row, nearest(n), v.painted(n, p))...)
	}
	return table
}

// mostOfName is how much of a node's name is shown unless the output is wide.
const mostOfName = 32

// name is a node's, cut in the middle where it is long: ends of names differ.
func (v *view) name(n *v1alpha1.Node, p page) string {
	letters := []rune(n.Node)
	if p.wide || len(letters) <= mostOfName {
		return n.Node
	}
	half := (mostOfName - 1) / 2
	return string(letters[:half]) + "…" + string(letters[len(letters)-half:])
}

// cell is a value, or a question mark: what is not known is never 0.
func cell(n *v1alpha1.Node, metric string, wide bool) string {
	for i := range n.Values {
		v := &n.Values[i]
		switch {
		case v.Metric != metric:
		case v.Value == nil || v.Unknown != "" && !wide:
			return "?"
		case wide:
			return fmt.Sprintf("%s (%s)", engine.FormatValue(*v.Value, rules.Unit(v.Unit)), age(v))
		default:
			return engine.FormatValue(*v.Value, rules.Unit(v.Unit))
		}
	}
	return "?"
}

// age is how old a value is, and that it does not count where it is too old.
func age(v *v1alpha1.NodeValue) string {
	out := time.Duration(*v.AgeSeconds * float64(time.Second)).Round(time.Second).String()
	if v.Unknown != "" {
		out += ", unknown"
	}
	return out
}

func nearest(n *v1alpha1.Node) string {
	switch {
	case n.Nearest == nil:
		return "-"
	case n.Nearest.Away < 0:
		return fmt.Sprintf("%s%% beyond %s", whole(-n.Nearest.Away), n.Nearest.Condition)
	}
	return fmt.Sprintf("%s%% to %s", whole(n.Nearest.Away), n.Nearest.Condition)
}

func whole(part float64) string { return fmt.Sprintf("%.0f", math.Round(part*100)) }

// standing says how the worst rule stands, and how many more do; where all is calm, the
// nearest line.
func (v *view) standing(n *v1alpha1.Node, p page) string {
	worst, how := v.worst(n)
	switch {
	case worst == nil && p.wide:
		return "-"
	case worst == nil:
		return nearest(n)
	}
	out := worst.Rule + " " + v.word(worst, how, p.now)
	if more := v.troubled(n) - 1; more > 0 && !p.wide {
		return fmt.Sprintf("%s, %d more", out, more)
	}
	for i := range n.Rules {
		if r := &n.Rules[i]; p.wide && r != worst && v.trouble(n, r) != calm {
			out += ", " + r.Rule + " " + v.word(r, v.trouble(n, r), p.now)
		}
	}
	return out
}

func (v *view) troubled(n *v1alpha1.Node) (count int) {
	for i := range n.Rules {
		if v.trouble(n, &n.Rules[i]) != calm {
			count++
		}
	}
	return count
}

func (v *view) word(r *v1alpha1.NodeRule, how trouble, now time.Time) string {
	switch how {
	case blocksUnknown:
		return "unknown, blocks"
	case unknown:
		return "unknown"
	}
	out := r.Phase
	if !r.Since.IsZero() {
		out += " " + cli.Age(now, r.Since)
	}
	if why := v.idle[r.Rule]; why != "" {
		out += " (" + why + ")"
	} else if r.Silenced {
		out += " (silenced)"
	}
	return out
}

// painted is standing in the colour of the trouble.
func (v *view) painted(n *v1alpha1.Node, p page) string {
	text := v.standing(n, p)
	switch _, how := v.worst(n); {
	case how <= blocksUnknown:
		return p.paint.Red(text)
	case how < calm:
		return p.paint.Yellow(text)
	}
	return text
}

// gap is what the table puts between columns, and least how wide a column is with it.
const gap, least = 3, 6

// columns chooses the metrics that fit the width: first those that say what is near, and
// tells which are left out. The order is theirs.
func (v *view) columns(shown []v1alpha1.Node, p page) (fit, left []string) {
	all := v.metrics()
	if p.wide {
		return all, nil
	}
	room := p.width - v.widest("node", shown, func(n *v1alpha1.Node) string { return v.name(n, p) }) - gap
	room -= v.widest("rules", shown, func(n *v1alpha1.Node) string { return v.standing(n, p) })
	for _, m := range byUse(all, shown) {
		width := max(least, v.widest(m, shown, func(n *v1alpha1.Node) string { return cell(n, m, false) })+gap)
		if room < width {
			left = append(left, m)
			continue
		}
		room -= width
		fit = append(fit, m)
	}
	slices.Sort(fit)
	slices.Sort(left)
	return fit, left
}

func (v *view) widest(head string, shown []v1alpha1.Node, cell func(*v1alpha1.Node) string) int {
	out := utf8.RuneCountInString(head)
	for i := range shown {
		out = max(out, utf8.RuneCountInString(cell(&shown[i])))
	}
	return out
}

// byUse puts metrics first by which more nodes are near to a line.
func byUse(all []string, shown []v1alpha1.Node) []string {
	uses := map[string]int{}
	for i := range shown {
		if near := shown[i].Nearest; near != nil {
			uses[near.Metric]++
		}
	}
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(uses[b], uses[a]) })
	return out
}
