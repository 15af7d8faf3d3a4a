package button

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// kinds are what can be paused, as words of the command line.
var kinds = []string{rules.PauseBlock, rules.PauseEvict}

const pauseLong = `Press the stop button: rules keep no pod off any node while it stands. "block" pauses
that and "evict" evictions; without a word both are.

Rules are still judged and counted. What others wrote into the ConfigMap stays.`

// press is a call of "pause".
type press struct {
	*desk
	span span
	why  string

	kinds []string
	until time.Time
	by    string
	// before is what was paused, and is no longer said.
	before rules.Pause
}

// NewPause returns the command "pause".
func NewPause(env *cli.Env) *cobra.Command {
	command := &cobra.Command{
		Use:       "pause [block] [evict]",
		Short:     "Press the stop button: rules keep no pod off",
		Long:      pauseLong,
		Example:   "  kubectl telemetry pause --for 2h --why 'the new fans of rack 7'\n  kubectl telemetry pause block --dry-run=server",
		Args:      cobra.MatchAll(cobra.OnlyValidArgs, cobra.MaximumNArgs(len(kinds))),
		ValidArgs: kinds,
	}
	p := &press{desk: newDesk(env, command, textFormat, cli.JSONFormat, cli.YAMLFormat)}
	p.span.addTo(command, "the pause")
	command.Flags().StringVar(&p.why, "why", "", "Why, for people.")
	command.RunE = func(command *cobra.Command, args []string) error { return p.run(command.Context(), args) }
	return command
}

func (p *press) run(ctx context.Context, args []string) (err error) {
	if p.kinds = args; len(args) == 0 {
		p.kinds = kinds
	}
	if p.until, err = p.span.end(p.now()); err != nil {
		return err
	}
	if err := p.connect(ctx); err != nil {
		return err
	}
	p.by = p.who(ctx)
	b, err := p.edit(ctx, p.change)
	if err != nil {
		return err
	}
	return p.tell(b, p.said)
}

// change presses. One time, and one reason, are of all that is paused.
func (p *press) change(b button) error {
	pause, _ := b.parse()
	on, off := "true", "false"
	p.before = rules.Pause{}
	if standing := pausedKinds(b.values(), pause, p.now()); len(standing) > 0 {
		p.before = pause
		if err := p.fits(standing, pause); err != nil {
			return err
		}
	} else {
		for _, kind := range kinds { // or what was paused until some time ago would be again
			if b.values()[kind] == on {
				b.set(kind, &off)
			}
		}
	}
	for _, kind := range p.kinds {
		b.set(kind, &on)
	}
	end := ""
	if !p.until.IsZero() {
		end = p.until.Format(time.RFC3339)
	}
	b.setText(rules.PauseUntil, end)
	b.setText(rules.PauseBy, p.by)
	b.setText(rules.PauseWhy, p.why)
	return nil
}

// fits refuses to give another end to what somebody paused and this call does not name.
func (p *press) fits(standing []string, pause rules.Pause) error {
	for _, kind := range standing {
		if !slices.Contains(p.kinds, kind) && !pause.Until.Equal(p.until) {
			return cli.Usagef("%q is paused until %s%s, and all that is paused ends at one time: say 'pause block evict' for both, or --until for the same time", kind, until(pause.Until), credits(pause.By, pause.Why))
		}
	}
	return nil
}

// pausedKinds are those that somebody paused and that are not over; not eviction where
// only a mistake elsewhere pauses it.
func pausedKinds(values map[string]string, pause rules.Pause, now time.Time) (out []string) {
	stands := map[string]bool{rules.PauseBlock: pause.BlocksPaused(now), rules.PauseEvict: pause.EvictionPaused(now)}
	for _, kind := range kinds {
		if word, written := values[kind]; written && strings.TrimSpace(word) != "false" && stands[kind] {
			out = append(out, kind)
		}
	}
	return out
}

func (p *press) said(pause rules.Pause) {
	p.say("%s%s", p.env.Paint.Bold(pausedWords(pause, p.now())), p.dryRun.suffix())
	if was := p.before; (was.Block || was.Evict) && (!was.Until.Equal(pause.Until) || was.By != pause.By || was.Why != pause.Why) {
		p.say("Before, it was paused until %s%s.", until(was.Until), credits(was.By, was.Why))
	}
	p.sayMore(pause)
	p.ends("resume")
}

// sayMore counts the silences that stand beside a pause.
func (d *desk) sayMore(pause rules.Pause) {
	standing := 0
	for _, s := range pause.Silences {
		if s.Stands(d.now()) {
			standing++
		}
	}
	if standing == 1 {
		d.say("1 silence stands too: %s", d.spell("silence"))
	} else if standing > 1 {
		d.say("%d silences stand too: %s", standing, d.spell("silence"))
	}
}

// pausedWords says what is paused.
func pausedWords(pause rules.Pause, now time.Time) string {
	var what []string
	if pause.BlocksPaused(now) {
		what = append(what, "blocking")
	}
	if pause.EvictionPaused(now) {
		what = append(what, "eviction")
	}
	if len(what) == 0 {
		return "Nothing is paused: rules keep pods off."
	}
	are, effect := "is", ""
	if len(what) > 1 {
		are = "are"
	}
	if !pause.BlocksPaused(now) {
		effect = " Rules keep pods off as before."
	}
	words := strings.Join(what, " and ")
	return fmt.Sprintf("%s%s %s paused until %s%s.%s", strings.ToUpper(words[:1]), words[1:], are, until(pause.Until), credits(pause.By, pause.Why), effect)
}
