package button

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const resumeLong = `Let go of the stop button: of all that is paused, or of "block" or "evict" alone. Silences
stay; "kubectl telemetry silence --end" ends those.

The exit code is 1 where something in the ConfigMap cannot be read and so eviction stays
paused, or where what was to be resumed is paused by another word.`

// release is a call of "resume".
type release struct {
	*desk
	kinds []string
	// paused are the kinds that were, before.
	paused []string
}

// NewResume returns the command "resume".
func NewResume(env *cli.Env) *cobra.Command {
	command := &cobra.Command{
		Use:       "resume [block] [evict]",
		Short:     "Let go of the stop button: rules keep pods off again",
		Long:      resumeLong,
		Example:   "  kubectl telemetry resume",
		Args:      cobra.MatchAll(cobra.OnlyValidArgs, cobra.MaximumNArgs(len(kinds))),
		ValidArgs: kinds,
	}
	r := &release{desk: newDesk(env, command, textFormat, cli.JSONFormat, cli.YAMLFormat)}
	command.RunE = func(command *cobra.Command, args []string) error { return r.run(command.Context(), args) }
	return command
}

func (r *release) run(ctx context.Context, args []string) error {
	if r.kinds = args; len(args) == 0 {
		r.kinds = kinds
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	b, err := r.edit(ctx, r.change)
	if err != nil {
		return err
	}
	if err := r.tell(b, r.said); err != nil {
		return err
	}
	if pause, _ := b.parse(); r.holds(pause) {
		return cli.ErrFindings
	}
	return nil
}

// holds reports whether something that was to be resumed is still paused.
func (r *release) holds(pause rules.Pause) bool {
	return pause.BlocksPaused(r.now()) && slices.Contains(r.kinds, rules.PauseBlock) ||
		pause.EvictionPaused(r.now()) && slices.Contains(r.kinds, rules.PauseEvict)
}

// change lets go. Who pressed, why and until when go with the last that was paused.
func (r *release) change(b button) error {
	pause, _ := b.parse()
	r.paused = pausedKinds(b.values(), pause, r.now())
	off, values := "false", b.values()
	for _, kind := range r.kinds {
		if _, written := values[kind]; written {
			b.set(kind, &off)
		}
	}
	now, _ := b.parse()
	if len(pausedKinds(b.values(), now, r.now())) == 0 {
		for _, key := range []string{rules.PauseUntil, rules.PauseBy, rules.PauseWhy} {
			b.set(key, nil)
		}
	}
	return nil
}

func (r *release) said(pause rules.Pause) {
	words := pausedWords(pause, r.now())
	switch {
	case r.holds(pause):
		words = "Not all is resumed. " + words
	case len(r.paused) == 0:
		words = "Nothing was paused."
	}
	r.say("%s%s", r.env.Paint.Bold(words), r.dryRun.suffix())
	r.sayMore(pause)
	switch {
	case pause.BlocksPaused(r.now()) || pause.EvictionPaused(r.now()) && !r.holds(pause):
		r.ends("resume")
	case len(r.paused) > 0 && r.dryRun == dryNone:
		r.say("The scheduler acts on it within five seconds.")
	}
}
