package button

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const silenceLong = `Silence one rule, on one node or on all, or every rule on one node: it is still judged and
counted, and does nothing. A silence ends by itself.

A rule of one namespace is called namespace/name. Without a rule and without --node the
silences are listed; the exit code is 1 where one of them cannot be read.`

const silenceExamples = `  # One rule on one node, one rule everywhere, every rule on one node
  kubectl telemetry silence memory-above-90 --node node-7 --for 2h --why 'a new fan'
  kubectl telemetry silence memory-above-90 --for 1d
  kubectl telemetry silence --node node-7 --until 2026-01-31T18:00:00Z

  # What is silent, and the end of it
  kubectl telemetry silence
  kubectl telemetry silence memory-above-90 --node node-7 --end`

// hush is a call of "silence".
type hush struct {
	*desk
	span      span
	node      string
	why       string
	end       bool
	unchecked bool

	silence rules.Silence
	ended   int
}

// NewSilence returns the command "silence".
func NewSilence(env *cli.Env) *cobra.Command {
	command := &cobra.Command{
		Use:     "silence [RULE] [--node NODE] {--for TIME | --until TIME | --end}",
		Short:   "Silence a rule or a node for some time; list silences; end them",
		Long:    silenceLong,
		Example: silenceExamples,
		Args:    cobra.MaximumNArgs(1),
	}
	h := &hush{desk: newDesk(env, command, cli.TableFormat, cli.WideFormat, cli.JSONFormat, cli.YAMLFormat)}
	h.span.addTo(command, "the silence")
	command.Flags().StringVar(&h.node, "node", "", "The node on which it is silent; every one without this.")
	command.Flags().StringVar(&h.why, "why", "", "Why, for people.")
	command.Flags().BoolVar(&h.end, "end", false, "End the silences of exactly this rule and node.")
	command.Flags().BoolVar(&h.unchecked, "unchecked", false, "Do not ask whether there are such a rule and such a node: they may come yet.")
	command.MarkFlagsMutuallyExclusive("end", "for")
	command.MarkFlagsMutuallyExclusive("end", "until")
	command.RunE = func(command *cobra.Command, args []string) error {
		return h.run(command.Context(), strings.Join(args, ""))
	}
	return command
}

func (h *hush) run(ctx context.Context, rule string) error {
	listing := rule == "" && h.node == ""
	h.silence = rules.Silence{Rule: keyOf(rule), Node: h.node, Why: h.why}
	var err error
	if h.silence.Until, err = h.span.end(h.now()); err != nil {
		return err
	}
	switch {
	case listing && (h.end || !h.silence.Until.IsZero()):
		return cli.Usagef("name a rule, --node, or both")
	case !listing && !h.end && h.silence.Until.IsZero():
		return cli.Usagef("say how long, as --for 2h: a silence without an end is forgotten")
	}
	if err := h.connect(ctx); err != nil {
		return err
	}
	switch {
	case listing:
		return h.list(ctx)
	case h.end:
		return h.endOne(ctx)
	}
	return h.add(ctx)
}

// keyOf is the name of a rule as people write it.
func keyOf(written string) rules.Key {
	if namespace, name, both := strings.Cut(written, "/"); both {
		return rules.Key{Namespace: namespace, Name: name}
	}
	return rules.Key{Name: written}
}

func (h *hush) add(ctx context.Context) error {
	if !h.unchecked {
		if err := h.exist(ctx); err != nil {
			return err
		}
	}
	h.silence.By = h.who(ctx)
	b, err := h.edit(ctx, func(b button) error {
		text, err := rules.AppendSilence(b.values()[rules.PauseSilences], h.silence)
		if err != nil {
			return h.mend(err)
		}
		b.set(rules.PauseSilences, &text)
		return nil
	})
	if err != nil {
		return err
	}
	return h.tell(b, func(rules.Pause) {
		h.say("%s%s", h.env.Paint.Bold(silentWords(h.silence)), h.dryRun.suffix())
		h.ends(h.ending(h.silence)...)
	})
}

func (h *hush) mend(err error) error { return fmt.Errorf("%w: mend it with %s", err, h.byHand()) }

// ending is the command that ends a silence.
func (h *hush) ending(s rules.Silence) []string {
	words := []string{"silence"}
	if s.Rule != (rules.Key{}) {
		words = append(words, s.Rule.String())
	}
	if s.Node != "" {
		words = append(words, "--node", s.Node)
	}
	return append(words, "--end")
}

// silentWords says what is silent.
func silentWords(s rules.Silence) string {
	return silentWhat(s) + " is silent until " + until(s.Until) + credits(s.By, s.Why) + "."
}

func silentWhat(s rules.Silence) string {
	what := "Every rule"
	if s.Rule != (rules.Key{}) {
		what = "Rule " + oneLine(s.Rule.String())
	}
	if s.Node != "" {
		what += " on node " + oneLine(s.Node)
	}
	return what
}

// endOne ends the silences of exactly a rule and a node.
func (h *hush) endOne(ctx context.Context) error {
	b, err := h.edit(ctx, func(b button) error {
		text, gone, err := rules.RemoveSilences(b.values()[rules.PauseSilences], h.meant)
		switch {
		case err != nil:
			return h.mend(err)
		case gone == 0:
			return h.noSuch(b)
		}
		h.ended = gone
		b.set(rules.PauseSilences, &text)
		return nil
	})
	if err != nil {
		return err
	}
	return h.tell(b, h.endSaid)
}

func (h *hush) meant(s rules.Silence) bool {
	return s.Rule == h.silence.Rule && s.Node == h.silence.Node
}

// noSuch says which silences there are instead.
func (h *hush) noSuch(b button) error {
	pause, _ := b.parse()
	var near []string
	for _, s := range pause.Silences {
		if s.Rule == h.silence.Rule || s.Node == h.silence.Node && s.Node != "" {
			near = append(near, "\n  "+h.spell(h.ending(s)...))
		}
	}
	if len(near) == 0 {
		return errors.New("there is no such silence: " + h.spell("silence") + " lists those that there are")
	}
	return errors.New("there is no such silence; these end others:" + strings.Join(near, ""))
}

// endSaid says what holds now: another silence may cover the same.
func (h *hush) endSaid(pause rules.Pause) {
	what, still := silentWhat(h.silence), ""
	for _, s := range pause.Silences {
		if (s.Rule == rules.Key{} || s.Rule == h.silence.Rule) && (s.Node == "" || s.Node == h.silence.Node) && s.Stands(h.now()) {
			still = silentWords(s)
		}
	}
	if still == "" {
		h.say("%s%s", h.env.Paint.Bold(what+" is no longer silent."), h.dryRun.suffix())
	} else {
		h.say("%s%s", h.env.Paint.Bold("That silence is over, and another one stands: "+still), h.dryRun.suffix())
	}
	if pause.BlocksPaused(h.now()) {
		h.say("%s", pausedWords(pause, h.now()))
	}
}
