package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Keys of the ConfigMap that is the stop button. By and why are for people.
const (
	PauseEvict    = "evict"
	PauseBlock    = "block"
	PauseUntil    = "until"
	PauseBy       = "by"
	PauseWhy      = "why"
	PauseSilences = "silences"
)

// ParsePause reads the data of the ConfigMap that is the stop button. Each key
// that can be read holds. A key that cannot be read pauses eviction, which is the
// safe side, until it is mended, and never pauses blocking: a slip of the pen must not let
// pods onto nodes that rules keep them off. file names the ConfigMap in the mistakes.
func ParsePause(file string, data map[string]string) (Pause, []Mistake) {
	p := pauseReader{file: file}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		p.read(key, strings.TrimSpace(data[key]))
	}
	if p.pause.Unread = len(p.mistakes) > 0; !p.pause.Unread {
		p.judgeWhole(data)
	}
	return p.pause, inOrder(p.mistakes)
}

type pauseReader struct {
	file     string
	pause    Pause
	mistakes []Mistake
}

func (p *pauseReader) read(key, value string) {
	switch key {
	case PauseEvict:
		p.pause.Evict = p.boolean(key, value)
	case PauseBlock:
		p.pause.Block = p.boolean(key, value)
	case PauseUntil:
		p.pause.Until = p.until(value)
	case PauseBy:
		p.pause.By = value
	case PauseWhy:
		p.pause.Why = value
	case PauseSilences:
		p.pause.Silences = p.silences(value)
	default:
		known := []string{PauseEvict, PauseBlock, PauseUntil, PauseBy, PauseWhy, PauseSilences}
		p.wrong(key, strictyaml.DidYouMean(key, known), "there is nothing called %q to pause", strictyaml.Show(key))
	}
}

// judgeWhole warns of a ConfigMap whose existence alone is taken for a pause.
func (p *pauseReader) judgeWhole(data map[string]string) {
	_, block := data[PauseBlock]
	_, evict := data[PauseEvict]
	_, silences := data[PauseSilences]
	if block || evict || silences {
		return
	}
	p.wrong("", `write block: "true"`, "it does not say what is paused, so nothing is")
	p.mistakes[0].Warning = true
}

func (p *pauseReader) boolean(key, value string) bool {
	if value != "true" && value != "false" {
		p.wrong(key, fmt.Sprintf(`write %[1]s: "true", or %[1]s: "false"`, key), pauseUnclear[key], strictyaml.Show(value))
	}
	return value == "true"
}

// pauseUnclear says what follows from a word that is neither true nor false.
var pauseUnclear = map[string]string{
	PauseBlock: `"block" is %q and pauses nothing: rules keep pods off until the word is "true"`,
	PauseEvict: `"evict" is %q and counts as "true", because what cannot be read pauses eviction until it is mended`,
}

func (p *pauseReader) until(value string) time.Time {
	at, err := parseTime(value)
	if err != nil {
		p.wrong(PauseUntil, likeATime, "%q is not a time, so the pause has no end", strictyaml.Show(value))
		return time.Time{}
	}
	return at
}

// likeATime mends what is no time.
const likeATime = "write it like 2026-01-31T18:00:00Z"

// parseTime returns times in UTC, so that those that are the same are equal.
func parseTime(value string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, value)
	return at.UTC(), err
}

func (p *pauseReader) wrong(key, mend, format string, args ...any) {
	p.mistakes = append(p.mistakes, Mistake{
		File: p.file, Check: CheckPause, Path: key, Message: fmt.Sprintf(format, args...), Mend: mend,
	})
}
