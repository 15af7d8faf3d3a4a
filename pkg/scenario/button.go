package scenario

import (
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// button is what the stop button says, and from when.
type button struct {
	pause     rules.Pause
	pauseFrom time.Duration
	silences  []silence
}

type silence struct {
	rules.Silence
	from time.Duration
}

// at returns what stands in the ConfigMap at a time.
func (b *button) at(now time.Duration) rules.Pause {
	var out rules.Pause
	if b.pauseFrom <= now {
		out = b.pause
	}
	for _, s := range b.silences {
		if s.from <= now {
			out.Silences = append(out.Silences, s.Silence)
		}
	}
	return out
}

// times are those at which it changes.
func (b *button) times() []time.Duration {
	out := []time.Duration{b.pauseFrom, sinceBegan(b.pause.Until)}
	for _, s := range b.silences {
		out = append(out, s.from, sinceBegan(s.Until))
	}
	return out
}

// sinceBegan is a time of the scenario; that of its beginning for the zero time.
func sinceBegan(at time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return at.Sub(began)
}

// timeOf is a time of the scenario in the words of the API; zero for never.
func timeOf(at time.Duration) time.Time {
	if at == never {
		return time.Time{}
	}
	return began.Add(at)
}

// never is the end of what does not end.
const never time.Duration = -1

// span reads when something begins, and when it is over.
func (r *reader) span(at strictyaml.Path, from, until *strictyaml.Duration) (begin, end time.Duration) {
	begin, end = r.within(at.Child("from"), from), never
	if until != nil {
		end = r.within(at.Child("until"), until)
	}
	if end != never && end <= begin {
		r.wrong(at.Child("until"), "write a later time", "it is over before it begins")
	}
	return begin, end
}

func (r *reader) button(f *file, pause *pauseSpec, silences []silenceSpec) {
	if pause != nil {
		from, until := r.span("pause", pause.From, pause.Until)
		f.button.pauseFrom = from
		f.button.pause = rules.Pause{Evict: pause.Evict, Block: pause.Block, Until: timeOf(until), By: pause.By, Why: pause.Why}
		if !pause.Block && !pause.Evict {
			r.wrong("pause", `write "block: true", or "evict: true"`, "it does not say what is paused, so nothing is")
		}
	}
	for i := range silences {
		f.button.silences = append(f.button.silences, r.silence(f, strictyaml.Path("silences").Index(i), &silences[i]))
	}
}

func (r *reader) silence(f *file, at strictyaml.Path, s *silenceSpec) silence {
	from, until := r.span(at, s.From, s.Until)
	if s.Rule == "" && s.Node == "" {
		r.wrong(at, "name one of them", `it names neither a "rule" nor a "node"`)
	}
	if s.Rule != "" {
		r.known(at.Child("rule"), "rule", s.Rule, f.ruleNames())
	}
	if s.Node != "" {
		r.known(at.Child("node"), "node", s.Node, f.nodeNames())
	}
	return silence{rules.Silence{Rule: keyOf(s.Rule), Node: s.Node, Until: timeOf(until), By: s.By, Why: s.Why}, from}
}

// keyOf reads the name of a rule: name, or namespace/name.
func keyOf(name string) rules.Key {
	if namespace, name, both := strings.Cut(name, "/"); both {
		return rules.Key{Namespace: namespace, Name: name}
	}
	return rules.Key{Name: name}
}

// inForce returns the rules with what the stop button says by now. It is the same set
// until that changes.
func (w *world) inForce() *rules.RuleSet {
	pause := w.button.at(w.now)
	if w.set == nil || w.set.Pause.Block != pause.Block || w.set.Pause.Evict != pause.Evict || len(w.set.Pause.Silences) != len(pause.Silences) {
		set := *w.rules
		set.Pause = pause
		w.set = &set
	}
	return w.set
}
