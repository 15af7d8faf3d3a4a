package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// notArrived is what there is to say of a pod before it arrives.
const notArrived = "not arrived yet"

// checkPlaced looks at where pods went. What was written of several is all of them.
func (p *placing) checkPlaced(w *world) []difference {
	at := p.at.Child("placed")
	if !w.at.Has(at) {
		return nil
	}
	counts, because := p.whereTo(w)
	d := difference{path: at, what: "where pod " + p.spec.Pod + " was placed", because: because}
	if one := p.spec.Placed.One; one != nil {
		d.want, d.got = one.Text, strings.Join(slices.Collect(maps.Keys(counts)), "")
	} else {
		entries := entriesOf(counts)
		d.entries, d.got, d.want = entries, flow(entries), flow(entriesOf(p.wanted()))
	}
	if len(counts) == 0 {
		d.got = notArrived
	}
	if d.got == d.want {
		return nil
	}
	return []difference{d}
}

// whereTo counts pods by node, and those that wait as nobody's, and says when they were
// placed, and why those wait.
func (p *placing) whereTo(w *world) (counts map[string]int, because string) {
	counts = map[string]int{}
	at := map[time.Duration]map[string]int{}
	for i := range w.lives {
		l := &w.lives[i]
		if l.entry != p.spec.Pod || w.now < l.arrives {
			continue
		}
		counts[cmp.Or(l.node, nobody)]++
		if at[l.bound] == nil {
			at[l.bound] = map[string]int{}
		}
		if l.node != "" {
			at[l.bound][l.node]++
		}
	}
	var lines []string
	for _, bound := range slices.Sorted(maps.Keys(at)) {
		if len(at[bound]) > 0 {
			lines = append(lines, fmt.Sprintf("placed at %s UTC: %s", began.Add(bound).Format(time.TimeOnly), flow(entriesOf(at[bound]))))
		}
	}
	if counts[nobody] > 0 {
		lines = append(lines, p.explain(p.keeping(), nil))
	}
	return counts, strings.Join(lines, "\n")
}

// keeping are the nodes that keep the pod off now.
func (p *placing) keeping() (out []string) {
	for i := range p.answers {
		if p.answers[i].Kept {
			out = append(out, p.answers[i].Node)
		}
	}
	return out
}

// wanted are the counts that were written, without those that are zero.
func (p *placing) wanted() map[string]int {
	out := map[string]int{}
	for node, count := range p.spec.Placed.Each {
		if n, _ := strconv.Atoi(count.Text); n > 0 {
			out[node] = n
		}
	}
	return out
}

// entriesOf puts counts in the order of nodes, those that wait last.
func entriesOf(counts map[string]int) []entry {
	out := []entry{}
	for _, node := range slices.Sorted(maps.Keys(counts)) {
		if node != nobody {
			out = append(out, entry{node, strconv.Itoa(counts[node])})
		}
	}
	if waiting := counts[nobody]; waiting > 0 {
		out = append(out, entry{nobody, strconv.Itoa(waiting)})
	}
	return out
}

func flow(entries []entry) string {
	parts := make([]string, len(entries))
	for i, e := range entries {
		parts[i] = e.String()
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// checkNeeds looks at what the pod is judged by.
func (p *placing) checkNeeds() (out []difference) {
	e, units := &p.inquiry.Estimate, p.inquiry.Units
	for _, name := range slices.Sorted(maps.Keys(p.needs)) {
		got, from := inflight.CPUQuantity(units.MilliCPU), e.CPU
		if name == corev1.ResourceMemory {
			got, from = inflight.MemoryQuantity(units.Bytes), e.Memory
		}
		want := p.needs[name]
		if got.Cmp(want) == 0 {
			continue
		}
		lines := append([]string{fmt.Sprintf("its %s is estimated from its %s", name, from)}, p.inquiry.Complaints...)
		out = append(out, difference{
			path: p.at.Child("needs").Key(string(name)), what: fmt.Sprintf("%s that pod %s is judged by", name, p.spec.Pod),
			want: p.spec.Needs[string(name)].Text, got: got.String(), because: strings.Join(lines, "\n"),
		})
	}
	return out
}
