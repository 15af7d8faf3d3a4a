package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Keys of the ConfigMap that is the stop button.
const (
	pauseEvict    = "evict"
	pauseBlock    = "block"
	pauseUntil    = "until"
	pauseSilences = "silences"
)

// ParsePause reads the data of the ConfigMap that is the stop button. Whoever
// reaches for it is in a hurry: what cannot be read pauses eviction, and every
// key that can be read holds. file names the ConfigMap in the mistakes.
func ParsePause(file string, data map[string]string) (Pause, []Mistake) {
	p := pauseReader{file: file}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		p.read(key, strings.TrimSpace(data[key]))
	}
	p.pause.Evict = p.pause.Evict || len(p.mistakes) > 0
	return p.pause, p.mistakes
}

type pauseReader struct {
	file     string
	pause    Pause
	mistakes []Mistake
}

func (p *pauseReader) read(key, value string) {
	switch key {
	case pauseEvict:
		p.pause.Evict = p.boolean(key, value)
	case pauseBlock:
		p.pause.Block = p.boolean(key, value)
	case pauseUntil:
		p.pause.Until = p.until(value)
	case pauseSilences:
		p.wrong(key, `pause all with "block", or use the ignore annotation`, silencesRefused)
	default:
		known := []string{pauseEvict, pauseBlock, pauseUntil, pauseSilences}
		p.wrong(key, strictyaml.DidYouMean(key, known), "there is nothing called %q to pause", strictyaml.Show(key))
	}
}

func (p *pauseReader) boolean(key, value string) bool {
	if value != "true" && value != "false" {
		p.wrong(key, `write "true" or "false"`, "%q must be true or false, not %q", key, strictyaml.Show(value))
	}
	return value == "true"
}

func (p *pauseReader) until(value string) time.Time {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		p.wrong(pauseUntil, "write it like 2026-01-31T18:00:00Z", "%q is not a time, so the pause has no end", strictyaml.Show(value))
		return time.Time{}
	}
	return at
}

func (p *pauseReader) wrong(key, mend, format string, args ...any) {
	p.mistakes = append(p.mistakes, Mistake{
		File: p.file, Path: key, Message: fmt.Sprintf(format, args...) + ", and eviction is paused", Mend: mend,
	})
}
