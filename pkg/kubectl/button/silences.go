package button

import (
	"cmp"
	"context"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// list shows the silences.
func (h *hush) list(ctx context.Context) error {
	b, err := h.read(ctx)
	if err != nil {
		return err
	}
	pause, sound := h.parse(b)
	all := make([]listed, len(pause.Silences))
	for i, s := range pause.Silences {
		all[i] = listed{Rule: s.Rule.String(), Node: s.Node, Until: s.Until, By: s.By, Why: s.Why, Stands: s.Stands(h.now())}
	}
	if len(all) == 0 && h.output.Format() == cli.TableFormat {
		h.say("Nothing is silenced.")
	} else if err := h.output.Print(h.env.Out, all, func() *cli.Table { return table(all) }); err != nil {
		return err
	}
	if !sound {
		return cli.ErrFindings
	}
	return nil
}

// listed is a silence as it is printed.
type listed struct {
	Rule  string    `json:"rule,omitempty"`
	Node  string    `json:"node,omitempty"`
	Until time.Time `json:"until,omitzero"`
	By    string    `json:"by,omitempty"`
	Why   string    `json:"why,omitempty"`
	// Stands is false for one that is over.
	Stands bool `json:"stands"`
}

func table(all []listed) *cli.Table {
	out := &cli.Table{Columns: []cli.Column{{Name: "rule"}, {Name: "node"}, {Name: "until"}, {Name: "state"}, {Name: "by"}, {Name: "why"}}}
	for _, l := range all {
		state := "over"
		if l.Stands {
			state = "silent"
		}
		out.Add(or(l.Rule, "every one"), or(l.Node, "every one"), until(l.Until), state, or(l.By, "-"), or(l.Why, "-"))
	}
	return out
}

func or(text, otherwise string) string { return cmp.Or(oneLine(text), otherwise) }
