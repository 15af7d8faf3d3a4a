package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParsePause(t *testing.T) {
	until := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		data  map[string]string
		want  Pause
		wrong string
	}{
		"no ConfigMap":                {nil, Pause{}, ""},
		"evictions paused":            {map[string]string{"evict": "true"}, Pause{Evict: true}, ""},
		"blocks paused":               {map[string]string{"block": "true", "evict": "false"}, Pause{Block: true}, ""},
		"both, for a while":           {map[string]string{"block": "true", "evict": "true", "until": "2026-03-01T18:00:00Z"}, Pause{Block: true, Evict: true, Until: until}, ""},
		"line ends around the values": {map[string]string{"block": "true\n", "until": " 2026-03-01T18:00:00Z\r\n"}, Pause{Block: true, Until: until}, ""},
		"an unclear word": {map[string]string{"block": "yes"}, Pause{Evict: true},
			`p: "block" must be true or false, not "yes", and eviction is paused; write "true" or "false"`},
		"an unclear word beside a clear one": {map[string]string{"block": "true", "evict": "ture"}, Pause{Block: true, Evict: true},
			`p: "evict" must be true or false, not "ture", and eviction is paused; write "true" or "false"`},
		"a time without a zone": {map[string]string{"block": "true", "until": "2026-03-01 18:00"}, Pause{Block: true, Evict: true},
			`p: "2026-03-01 18:00" is not a time, so the pause has no end, and eviction is paused; write it like 2026-01-31T18:00:00Z`},
		"a misspelt key": {map[string]string{"evicts": "true"}, Pause{Evict: true},
			`p: there is nothing called "evicts" to pause, and eviction is paused; did you mean "evict"?`},
		"silences": {map[string]string{"silences": "[]"}, Pause{Evict: true},
			`p: silences of single rules are not in this version, and eviction is paused; pause all with "block", or use the ignore annotation`},
	} {
		t.Run(name, func(t *testing.T) {
			got, mistakes := ParsePause("p", test.data)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("pause (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wrong, listed(mistakes)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPauseEnds(t *testing.T) {
	end := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		pause        Pause
		now          time.Time
		block, evict bool
	}{
		"before its end":  {Pause{Block: true, Evict: true, Until: end}, end.Add(-time.Second), true, true},
		"at its end":      {Pause{Block: true, Evict: true, Until: end}, end, false, false},
		"without an end":  {Pause{Block: true}, end, true, false},
		"evictions alone": {Pause{Evict: true}, end, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			if block, evict := test.pause.BlocksPaused(test.now), test.pause.EvictionPaused(test.now); block != test.block || evict != test.evict {
				t.Errorf("blocks paused %v, evictions paused %v", block, evict)
			}
		})
	}
}
