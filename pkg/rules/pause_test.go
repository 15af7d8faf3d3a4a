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
		"a ConfigMap with nothing in it": {nil, Pause{},
			`p: warning: it does not say what is paused, so nothing is; write block: "true"`},
		"an end of nothing": {map[string]string{"until": "2026-03-01T18:00:00Z"}, Pause{Until: until},
			`p: warning: it does not say what is paused, so nothing is; write block: "true"`},
		"a button that is kept ready": {map[string]string{"block": "false"}, Pause{}, ""},
		"evictions paused":            {map[string]string{"evict": "true"}, Pause{Evict: true}, ""},
		"blocks paused":               {map[string]string{"block": "true", "evict": "false"}, Pause{Block: true}, ""},
		"who pressed it, and why":     {map[string]string{"block": "true", "by": "ann", "why": "a new fan\n"}, Pause{Block: true, By: "ann", Why: "a new fan"}, ""},
		"who and why alone": {map[string]string{"by": "ann", "why": "a new fan"}, Pause{By: "ann", Why: "a new fan"},
			`p: warning: it does not say what is paused, so nothing is; write block: "true"`},
		"both, for a while":           {map[string]string{"block": "true", "evict": "true", "until": "2026-03-01T18:00:00Z"}, Pause{Block: true, Evict: true, Until: until}, ""},
		"line ends around the values": {map[string]string{"block": "true\n", "until": " 2026-03-01T18:00:00Z\r\n"}, Pause{Block: true, Until: until}, ""},
		"a word for blocks that is not true lets no pod through": {map[string]string{"block": "yes"}, Pause{Unread: true},
			`p: "block" is "yes" and pauses nothing: rules keep pods off until the word is "true"; write block: "true", or block: "false"`},
		"capitals are not true either": {map[string]string{"block": "True"}, Pause{Unread: true},
			`p: "block" is "True" and pauses nothing: rules keep pods off until the word is "true"; write block: "true", or block: "false"`},
		"no word at all": {map[string]string{"block": ""}, Pause{Unread: true},
			`p: "block" is "" and pauses nothing: rules keep pods off until the word is "true"; write block: "true", or block: "false"`},
		"an unclear word for evictions pauses them, beside a clear one": {map[string]string{"block": "true", "evict": "ture"}, Pause{Block: true, Unread: true},
			`p: "evict" is "ture" and counts as "true", because what cannot be read pauses eviction until it is mended; write evict: "true", or evict: "false"`},
		"an end by a clock elsewhere": {map[string]string{"block": "true", "until": "2026-03-01T23:45:00+05:45"}, Pause{Block: true, Until: until}, ""},
		"a time without a zone": {map[string]string{"block": "true", "until": "2026-03-01 18:00"}, Pause{Block: true, Unread: true},
			`p: "2026-03-01 18:00" is not a time, so the pause has no end; write it like 2026-01-31T18:00:00Z`},
		"a misspelt key": {map[string]string{"evicts": "true"}, Pause{Unread: true},
			`p: there is nothing called "evicts" to pause; did you mean "evict"?`},
		"a slip beside an end that has passed": {map[string]string{"until": "2026-03-01T18:00:00Z", "silences": "- {nod: n2}"}, Pause{Unread: true, Until: until},
			`p:1:4: silences[0] has no field "nod", so this entry silences nothing; did you mean "node"?`},
		"silences": {map[string]string{"silences": "- {rule: hot, node: n1, until: '2026-03-01T18:00:00Z', by: ann, why: a new fan}\n- {node: n2}\n- {rule: team/full}\n"}, Pause{Silences: []Silence{
			{Rule: Key{Name: "hot"}, Node: "n1", Until: until, By: "ann", Why: "a new fan"}, {Node: "n2"}, {Rule: Key{Namespace: "team", Name: "full"}},
		}}, ""},
		"no silence": {map[string]string{"silences": "[]"}, Pause{}, ""},
		"a silence of nothing and one of a node": {map[string]string{"silences": "- {why: quiet}\n- {node: n2}\n"}, Pause{Unread: true, Silences: []Silence{{Node: "n2"}}},
			`p:1:3: silences[0] names neither a "rule" nor a "node", so this entry silences nothing; name one of them`},
		"a silence that ends nobody knows when": {map[string]string{"silences": "- {node: n2, until: tomorrow}\n"}, Pause{Unread: true},
			`p:1:21: "tomorrow" is not a time, so this entry silences nothing; write it like 2026-01-31T18:00:00Z`},
		"a silence until an empty word": {map[string]string{"silences": "- {node: n2, until: ''}\n"}, Pause{Unread: true},
			`p:1:21: "" is not a time, so this entry silences nothing; write it like 2026-01-31T18:00:00Z`},
		"silences that are no list": {map[string]string{"silences": "node: n2"}, Pause{Unread: true},
			`p:1:1: "silences" must be a list, not a set of fields, so nothing is silenced; begin each entry with "- "`},
		"a misspelt field": {map[string]string{"silences": "- {nod: n2}"}, Pause{Unread: true},
			`p:1:4: silences[0] has no field "nod", so this entry silences nothing; did you mean "node"?`},
		"two entries with mistakes between two good ones": {
			map[string]string{"silences": "- {rule: a}\n- {rule: b, until: tomorrow}\n- {rul: c, node: [n]}\n-\n- {rule: d}\n"},
			Pause{Unread: true, Silences: []Silence{{Rule: Key{Name: "a"}}, {Rule: Key{Name: "d"}}}},
			`p:2:20: "tomorrow" is not a time, so this entry silences nothing; write it like 2026-01-31T18:00:00Z
p:3:4: silences[2] has no field "rul", so this entry silences nothing; did you mean "rule"?
p:3:18: "node" must be a single value, not a list, so this entry silences nothing
p:4:2: "silences[3]" has no value, so this entry silences nothing; write {} or remove it`},
		"an entry that is no YAML between two good ones": {
			map[string]string{"silences": "# quiet\n  - rule: a\n    why: |\n      as\n      - such\n  - {rule: b\n  - {node: n}\n"},
			Pause{Unread: true, Silences: []Silence{{Rule: Key{Name: "a"}, Why: "as\n- such\n"}, {Node: "n"}}}, `p:6:3: fields in { } are not closed, or lack a comma, so this entry silences nothing; look at their brackets and commas`},
		"a text that is no YAML at all": {map[string]string{"silences": "{"}, Pause{Unread: true}, `p:1:1: a value is missing here, so nothing is silenced; look at the brackets and commas`},
		"an entry that borrows": {map[string]string{"silences": "- &a {node: n}\n- *a\n- {node: m}\n"}, Pause{Unread: true, Silences: []Silence{{Node: "m"}}}, `p:1:3: the anchor &a is not read here, so this entry silences nothing; remove it
p:2:3: the alias *a is not read here, so this entry silences nothing; write the value out`},
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
		"before its end":                 {Pause{Block: true, Evict: true, Until: end}, end.Add(-time.Second), true, true},
		"at its end":                     {Pause{Block: true, Evict: true, Until: end}, end, false, false},
		"without an end":                 {Pause{Block: true}, end, true, false},
		"evictions alone":                {Pause{Evict: true}, end, false, true},
		"a slip has no end but its mend": {Pause{Unread: true, Block: true, Until: end}, end, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			if block, evict := test.pause.BlocksPaused(test.now), test.pause.EvictionPaused(test.now); block != test.block || evict != test.evict {
				t.Errorf("blocks paused %v, evictions paused %v", block, evict)
			}
		})
	}
}
