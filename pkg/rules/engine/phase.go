package engine

import "time"

// Phase of one (rule, node) pair.
type Phase uint8

// Phases, as in Prometheus alerting.
const (
	Inactive Phase = iota
	Pending
	Firing
	Keeping
)

// String returns the phase in lower case.
func (p Phase) String() string {
	return [...]string{"inactive", "pending", "firing", "keeping"}[p]
}

func (p Phase) keepsOff() bool { return p == Firing || p == Keeping }

// Truth is what one look at a condition says.
type Truth uint8

// The zero value is the safe one: nothing is known.
const (
	Unknown Truth = iota
	False
	True
)

// String returns True, False or Unknown.
func (t Truth) String() string { return [...]string{"Unknown", "False", "True"}[t] }

// instant is a time in nanoseconds since 1970; 0 means never.
type instant int64

func instantOf(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instant(t.UnixNano())
}

func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i)).UTC()
}

func (i instant) since(earlier instant) time.Duration { return time.Duration(i - earlier) }

// observation is what a tree of conditions says about a node, and the sample time
// that it rests on.
type observation struct {
	truth Truth
	at    instant
}

// timing is what a rule says about time.
type timing struct {
	// hold is the rule's "for", keep its "keepFiringFor".
	hold, keep time.Duration
	// blind is how long a rule believes in a sample: the longest maxAge of its
	// metrics.
	blind time.Duration
}

// pair is all that is remembered of one (rule, node).
//
//	          | True                          | False                       | Unknown
//	Inactive  | Pending; Firing when "for"    | -                           | -
//	          | is 0, or at a first look      |                             |
//	          | without a stored state        |                             |
//	Pending   | Firing when newest − first    | Inactive                    | Inactive
//	          | True sample ≥ "for"           |                             |
//	Firing    | -                             | Keeping; Inactive when      | Keeping
//	          |                               | "keepFiringFor" is 0        |
//	Keeping   | Firing                        | Inactive after              | Inactive after the longer of
//	          |                               | "keepFiringFor"             | "keepFiringFor" and maxAge
//
// "for" runs on sample time: a sample that is read twice is no new evidence, one
// sample never satisfies a "for", and a gap between two that is longer than either
// counts, as after a restart, begins it anew. What is kept runs on the time of the ticks.
type pair struct {
	phase Phase
	truth Truth
	// selected is false where the rule does not judge the node.
	selected bool
	// assume is set until the first known observation after a start without a
	// stored state: True then counts as Firing.
	assume bool
	// assumed is set while Firing rests on that alone.
	assumed bool
	// graced is set while a young node has not reported yet, so that nothing
	// follows from Unknown.
	graced bool
	// silenced is set while somebody wants the rule to do nothing on the node.
	silenced bool
	// broke says that the newest known observation was True in phase Firing.
	broke bool
	// leaves has a bit for each leaf that was True at its newest known value.
	leaves uint64
	// since is when the phase began, kept when the condition was last seen to end.
	since, kept instant
	// fired is when the pair began to keep pods off, whatever came between Firing and
	// Keeping since.
	fired instant
	// firstTrue and newestTrue are sample times of the present run of True.
	firstTrue, newestTrue instant
	// knownAt is the sample time of the newest known observation.
	knownAt instant
}

// step takes one more observation in.
func (p *pair) step(now instant, o observation, t timing) {
	before := p.phase
	p.truth = o.truth
	switch o.truth {
	case True:
		p.observeTrue(o.at, t)
	case False:
		p.observeFalse(now, t)
	case Unknown:
		p.observeUnknown(now, t)
	}
	if o.truth != Unknown {
		p.broke, p.knownAt, p.assume = p.phase == Firing, o.at, false
	}
	if p.phase != before {
		p.since = now
	}
	if p.phase.keepsOff() && !before.keepsOff() {
		p.fired = now
	}
}

// firingSince is when the phase Firing began; when the pair began to keep pods off where
// it is not firing.
func (p *pair) firingSince() instant {
	if p.phase == Firing {
		return p.since
	}
	return p.fired
}

func (p *pair) observeTrue(at instant, t timing) {
	switch p.phase {
	case Inactive:
		p.firstTrue, p.newestTrue = at, at
		p.phase, p.assumed = Pending, p.assume && t.hold > 0
	case Pending, Firing:
		if at.since(p.newestTrue) > t.blind {
			p.firstTrue = at
		}
		p.newestTrue = max(p.newestTrue, at)
	case Keeping:
		p.phase, p.newestTrue = Firing, max(p.newestTrue, at)
	}
	proven := p.newestTrue.since(p.firstTrue) >= t.hold
	if p.phase == Pending && (proven || p.assumed) {
		p.phase = Firing
	}
	if proven {
		p.assumed = false
	}
}

func (p *pair) observeFalse(now instant, t timing) {
	switch p.phase {
	case Pending:
		p.phase = Inactive
	case Firing:
		p.phase, p.kept = Keeping, now
		fallthrough
	case Keeping:
		p.release(now, t.keep)
	}
}

func (p *pair) observeUnknown(now instant, t timing) {
	switch p.phase {
	case Pending:
		p.phase = Inactive
	case Firing:
		p.phase, p.kept = Keeping, now
	case Keeping:
		p.release(now, max(t.keep, t.blind))
	}
}

func (p *pair) release(now instant, after time.Duration) {
	if now.since(p.kept) >= after {
		p.phase, p.assumed = Inactive, false
	}
}
