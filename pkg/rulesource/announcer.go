package rulesource

import (
	"maps"

	"k8s.io/client-go/tools/events"
)

// announcer sends each standing note once, and again only when its text changed
// or its ConfigMap was made anew. While it is muted it remembers nothing, so
// that a new leader says what stands.
type announcer struct {
	recorder events.EventRecorder
	said     map[subject]note
}

// announce sends what is new in notes. What was rejected and now is in force is
// said to be mended.
func (a *announcer) announce(notes map[subject]note, inForce map[string]*text) {
	for s, n := range notes {
		if !a.said[s].same(n) {
			a.send(n)
		}
	}
	for s := range a.said {
		if _, still := notes[s]; still || s.reason != reasonRejected {
			continue
		}
		if t, found := inForce[s.file]; found {
			a.send(mended(t))
		}
	}
	a.said = maps.Clone(notes)
}

func (a *announcer) send(n note) {
	a.recorder.Eventf(&n.object, nil, n.kind, n.reason, "Load", "%s", n.text)
}
