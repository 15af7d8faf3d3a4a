package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var nodeMarks = Check{Name: "marks", About: "whether somebody maintains the labels and taints that rules set on nodes", Look: lookAtMarks}

// lookAtMarks says nothing where no rule asks for marks and no node has one of this release.
// What can be seen is judged, whatever cannot.
func lookAtMarks(ctx context.Context, c *Cluster) ([]Finding, error) {
	asking, unread := c.asking(ctx)
	stand, unseen := c.standing(ctx)
	err := errors.Join(unread, unseen)
	if len(asking) == 0 && len(stand.keys) == 0 {
		return nil, err
	}
	out, failed := c.marking(ctx, asking, stand)
	err = errors.Join(err, failed)
	if outside := stand.outside(c.Settings.MarkPrefixes); len(outside) > 0 {
		if !c.Settings.Known {
			return out, errors.Join(err, fmt.Errorf("nodes have marks with the key %s, and whether the operator allows that is not known: name the scheduler's configuration with --config", few(outside)))
		}
		out = append(out, c.notAllowed(outside, stand))
	}
	return out, err
}

// marking judges whoever marks nodes, or does not.
func (c *Cluster) marking(ctx context.Context, asking []*rules.Rule, stand standing) ([]Finding, error) {
	held, err := c.leaseOf(ctx, c.owner())
	if err != nil {
		return c.unjudged(stand), err
	}
	now, err := c.ServerTime(ctx)
	if err != nil {
		return c.unjudged(stand), err
	}
	why := notHeld(held, now)
	if why == "" && *held.Spec.HolderIdentity == marks.Cleaner {
		return []Finding{c.cleaning(stand)}, nil
	}
	d, err := c.marker(ctx)
	if why == "" {
		return []Finding{c.maintained(*held.Spec.HolderIdentity, removes(d), len(asking), stand)}, err
	}
	var out []Finding
	if len(stand.keys) > 0 {
		out = append(out, c.abandoned(why, d, err == nil, stand))
	}
	if len(asking) > 0 && (len(out) == 0 || !c.mayMark()) {
		out = append(out, c.inVain(why, d, err == nil, asking))
	}
	return out, err
}

// mayMark reports whether the release marks nodes, as far as that is known.
func (c *Cluster) mayMark() bool { return !c.Settings.Known || c.Settings.Marks }

// unjudged says what stands where nobody can see who maintains it.
func (c *Cluster) unjudged(stand standing) []Finding {
	if len(stand.keys) == 0 {
		return nil
	}
	return []Finding{{
		Severity: Note, Object: c.marksLease(), What: stand.said(),
		Why:  "who could see the lease " + c.owner() + " would know whether somebody maintains them",
		Look: c.showMarks(),
	}}
}

func (c *Cluster) cleaning(stand standing) Finding {
	return Finding{
		Severity: Note, Object: c.marksLease(), What: "a cleanup takes marks away, or has just done so; " + stand.said(),
		Why:  "for two minutes after it nobody marks nodes; what is not stopped by then goes on",
		Look: c.command("get pods -n %s -o wide", c.Settings.Namespace),
	}
}

func (c *Cluster) maintained(by string, removes bool, asking int, stand standing) Finding {
	f := Finding{
		Severity: Note, Object: c.marksLease(), What: by + " marks nodes; " + stand.said(),
		Why:  "other schedulers, autoscalers and people go by them: a NoSchedule taint keeps off every pod that does not tolerate it",
		Look: c.showMarks(),
	}
	if removes {
		f.What = by + " takes all marks away and sets none, as marks.remove says; " + stand.said()
		f.Advice = "once no node has any set marks.remove to false, and marks.enabled too where nothing is to mark nodes any more"
	}
	if removes && asking > 0 {
		f.Severity, f.Why = Warning, cli.Count(asking, "rule")+" in force would set some"
	}
	return f
}

// abandoned is about marks that nobody takes away. seen says whether it is known which
// Deployment there is.
func (c *Cluster) abandoned(why string, d *appsv1.Deployment, seen bool, stand standing) Finding {
	f := c.unheld(Finding{
		Severity: Error, Object: c.marksLease(), What: stand.said() + ", and nobody maintains them: " + why,
		Why: "they stay however well the node is, and a taint keeps pods off, whoever places them",
	}, d, seen)
	if f.Advice != "" {
		f.Advice += "; "
	}
	f.Advice += "where nothing is to mark nodes any more " + c.takeAway()
	return f
}

// inVain is about rules that ask for marks while nobody sets any.
func (c *Cluster) inVain(why string, d *appsv1.Deployment, seen bool, asking []*rules.Rule) Finding {
	first := asking[0]
	what := fmt.Sprintf("%s:%d:%d: the rule %s asks for marks of nodes", first.Origin.File, first.Origin.Line, first.Origin.Column, first.Key())
	if more := len(asking) - 1; more > 0 {
		what += fmt.Sprintf(" (and %d more)", more)
	}
	if !c.mayMark() {
		namespace, name, _ := strings.Cut(mapOf(first.Origin), "/")
		return Finding{
			Severity: Warning, Object: "configmap/" + name + " -n " + namespace, What: what + ", and nothing sets them: marks.enabled is false",
			Why: "no node gets the label or taint", Advice: "install with marks.enabled, or take the actions out of the rule",
			Mend: c.command("edit configmap %s -n %s", name, namespace),
		}
	}
	f := Finding{Severity: Error, Object: c.marksLease(), What: what + ", and nothing sets them: " + why, Why: "no node gets the label or taint"}
	if !c.Settings.Known {
		f.Severity = Warning
		f.Why += "; whether marks.enabled is set is not known, because the scheduler's configuration could not be read"
	}
	return c.unheld(f, d, seen)
}

// unheld says how what marks nodes is brought back.
func (c *Cluster) unheld(f Finding, d *appsv1.Deployment, seen bool) Finding {
	switch {
	case d != nil:
		return c.revive(f, d, 1)
	case seen:
		f.What += fmt.Sprintf("; the namespace %s has no Deployment %s", c.Settings.Namespace, c.owner())
		f.Advice = "marks.enabled of the chart makes it"
	}
	f.Look = c.command("get all -n %s", c.Settings.Namespace)
	return f
}

func (c *Cluster) notAllowed(keys []string, stand standing) Finding {
	return Finding{
		Severity: Error, Object: "node/" + stand.first[keys[0]],
		What:   fmt.Sprintf("nodes have marks of %s with the key %s, whose prefix is none of those allowed", c.owner(), few(keys)),
		Why:    "what marks nodes may not take such a label away, and sets none anew: the policy of its name refuses it",
		Advice: "allow the prefix with telemetry.markPrefixes of the chart until no node has such a mark, or " + c.takeAway(),
		Look:   c.showMarks(),
	}
}

// leftBehind is about marks of a release of which nothing else is there.
func (c *Cluster) leftBehind(ctx context.Context) []Finding {
	stand, err := c.standing(ctx)
	switch {
	case err != nil:
		return []Finding{{Severity: Unknown, What: fmt.Sprintf("whether it left marks on nodes could not be looked at: %v", err), Why: "what nobody has seen is not known to be well"}}
	case len(stand.keys) == 0:
		return nil
	}
	return []Finding{{
		Severity: Error, Object: c.marksLease(), What: stand.said() + ", and nothing of it is there that would maintain them",
		Why:    "a taint keeps pods off, whoever places them",
		Advice: "if it was uninstalled " + c.takeAway(),
		Look:   c.showMarks(),
	}}
}
