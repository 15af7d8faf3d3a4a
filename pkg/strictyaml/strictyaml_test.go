package strictyaml

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// garden has a field of every kind that can be decoded.
type garden struct {
	Name   string            `json:"name"`
	Area   float64           `json:"area,omitempty"`
	Trees  int32             `json:"trees,omitempty"`
	Open   *bool             `json:"open,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
	Beds   []bed             `json:"beds,omitempty"`
	Gate   *bed              `json:"gate,omitempty"`
	Owner  *bed              `json:"owner,omitempty" strict:"null"`
	Water  *Duration         `json:"water,omitempty"`
	Depth  *Scalar           `json:"depth,omitempty"`
	Season season            `json:"season,omitempty"`
	Sun    OneOrEach         `json:"sun,omitempty"`
	Shade  OneOrEach         `json:"shade,omitempty"`
	//lint:ignore U1000 it is here to be passed over by the decoder
	private string
	Skipped string `json:"-"`
}

// season is one of some words.
type season string

type bed struct {
	Plant string `json:"plant"`
}

// decodeText parses and decodes in one step.
func decodeGarden(text string) (*garden, *Positions, []Mistake) {
	tree, mistakes := Parse([]byte(text))
	into := new(garden)
	if tree == nil {
		return into, nil, mistakes
	}
	at, mistakes := Decode(tree, "", into)
	return into, at, mistakes
}

func TestEveryKindOfFieldIsDecoded(t *testing.T) {
	got, _, mistakes := decodeGarden(`
name: east
area: 12.5
trees: -3
open: false
labels: {soil: clay, "1": one}
beds:
- plant: rose
- {plant: "no"}
gate: {plant: ivy}
owner:
water: 1h30m
depth: 010%
sun: 6h
shade: {rose: 2h, ivy: none}
`)
	water, open := Duration(90*time.Minute), false
	want := &garden{
		Name: "east", Area: 12.5, Trees: -3, Open: &open,
		Labels: map[string]string{"soil": "clay", "1": "one"},
		Beds:   []bed{{Plant: "rose"}, {Plant: "no"}},
		Gate:   &bed{Plant: "ivy"}, Water: &water, Depth: &Scalar{Text: "010%"},
		Sun:   OneOrEach{One: &Scalar{Text: "6h"}},
		Shade: OneOrEach{Each: map[string]Scalar{"rose": {Text: "2h"}, "ivy": {Text: "none"}}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(garden{})); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	if len(mistakes) > 0 {
		t.Errorf("mistakes were found: %v", mistakes)
	}
}

func TestMistakes(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"several are found at once": {"nam: a\nbeds: 3\nopen: maybe\n",
			`1:1: the file has no field "nam"; did you mean "name"?
2:7: "beds" must be a list, not a number; begin each entry with "- "
3:7: "open": must be true or false, not maybe`},
		"an unknown field in an entry of a list":  {"beds:\n- plent: a\n", `2:3: beds[0] has no field "plent"; did you mean "plant"?`},
		"a field without a json name is unknown":  {"Skipped: a\nprivate: b\n", "1:1: the file has no field \"Skipped\"; the known ones are " + fieldList + "\n2:1: the file has no field \"private\"; the known ones are " + fieldList},
		"an unknown field that could be any":      {"zzz: 1\n", `1:1: the file has no field "zzz"; the known ones are ` + fieldList},
		"a duplicate key":                         {"name: a\nname: b\n", `2:1: "name" stands twice here, first in line 1; keep one`},
		"a duplicate key in a map":                {"labels:\n  a: b\n  a: c\n", `3:3: "a" stands twice here, first in line 2; keep one`},
		"a list where a set of fields belongs":    {"gate: [a]\n", `1:7: "gate" must be a set of fields, not a list; write its fields as "name: value"`},
		"a set of fields where a value belongs":   {"name: {a: b}\n", `1:7: "name" must be a single value, not a set of fields`},
		"a list where one value or a set belongs": {"sun: [a]\n", `1:6: "sun" must be a single value or a set of fields, not a list`},
		"a value of a set that is none":           {"sun: {a: [b]}\n", `1:10: "sun[a]" must be a single value, not a list`},
		"a list as a key":                         {"? [a]\n: b\n", `1:3: a key must be a word, not a list; write a word`},
		"null where it means nothing":             {"gate:\nbeds: ~\nname: null\ndepth:\n", "1:6: \"gate\" has no value; write {} or remove it\n2:7: \"beds\" has no value; write [] or remove it\n3:7: \"name\" has no value; give it one or remove it\n4:7: \"depth\" has no value; give it one or remove it"},
		"a number where text belongs":             {"name: 1e3\n", `1:7: "name": must be text, and 1e3 is read as a number; write "1e3"`},
		"a word that is false to some":            {"labels: {a: off, b: Yes}\n", "1:13: \"labels[a]\": must be text, and off can be read as false; write \"off\"\n1:21: \"labels[b]\": must be text, and Yes can be read as true; write \"Yes\""},
		"quotes make no word of one that is none": {"season: Yes\n", `1:9: "season": must be text, and Yes can be read as true`},
		"a key that is true to some":              {"labels: {on: a}\n", `1:10: "labels[on]": must be text, and on can be read as true; write "on"`},
		"a number that is octal to some":          {"trees: 010\n", `1:8: "trees": 010 can be read in base eight or in base ten; write it without leading zeros`},
		"a fraction where a whole number belongs": {"trees: 1.5\n", `1:8: "trees": must be a whole number of at most 2147483647, not 1.5`},
		"a number that is too large":              {"trees: 2147483648\n", `1:8: "trees": must be a whole number of at most 2147483647, not 2147483648`},
		"infinity":                                {"area: .inf\n", `1:7: "area": .inf is not a plain decimal number; write it with digits alone`},
		"a number in quotes":                      {"area: \"1\"\n", `1:7: "area": must be a number, not text; remove the quotes`},
		"a boolean of another language":           {"open: TRUE\n", `1:7: "open": must be true or false, not TRUE; write true`},
		"an empty boolean":                        {"open: \"\"\n", `1:7: "open": must be true or false, not ""`},
		"an empty duration":                       {"water: \"\"\n", `1:8: "water": "" is not a duration; write it like 30s, 5m, 1h30m or 7d`},
		"an anchor":                               {"name: &a b\n", `1:7: the anchor &a is not read here; remove it`},
		"an alias":                                {"gate: &a {plant: b}\nowner: *a\n", "1:7: the anchor &a is not read here; remove it\n2:8: the alias *a is not read here; write the value out"},
		"an alias to nothing":                     {"name: b\ngate: *a\n", "2:7: the alias *a is not read here; write the value out"},
		"an alias as a key":                       {"name: &a b\n*a : c\n", "1:7: the anchor &a is not read here; remove it\n2:1: the alias *a is not read here; write the value out"},
		"a merge key":                             {"gate:\n  <<: {plant: a}\n", `2:3: the merge key << is not read here; write the fields out`},
		"a tag":                                   {"name: !!str 5\n", `1:7: the tag !!str is not read here; remove it`},
		"a tag on a set of fields":                {"gate: !thing {plant: a}\n", `1:7: the tag !thing is not read here; remove it`},
		"an empty document":                       {"", ""},
		"a document of comments":                  {"# nothing\n---\n# more\n", ""},
		"a second document":                       {"name: a\n---\nname: b\n", `3:1: a second document begins here, and only one is read; put it into a key or file of its own, or remove the "---"`},
		"an end mark that nothing follows":        {"---\nname: a\n---\n", ""},
		"a mistake in the second document":        {"name: a\n---\nname: b: c\n", `3:1: a ": " stands here where no field can begin; put a value that contains ": " in quotes, or align this line with the fields around it`},
		"a byte order mark":                       {"\ufeffnam: a\n", `1:1: the file has no field "nam"; did you mean "name"?`},
		"UTF-16":                                  {"\xff\xfen\x00", `1:1: this is not a text: byte 0xff is not UTF-8; save it as plain text in UTF-8`},
		"a control character":                     {"name: a\nb\x00c\n", `2:2: this is not a text: it holds the control character 0x00; save it as plain text in UTF-8`},
		"a no-break space before a field":         {"\u00a0name: a\n", `1:1: the file has no field "\u00a0name"; did you mean "name"?`},
		"a list alone":                            {"- a\n", `1:1: the file must be a set of fields, not a list; write its fields as "name: value"`},
		"columns count characters":                {"labels: {é: ü, é: ü}\n", `1:16: "é" stands twice here, first in line 1; keep one`},
		"Windows line ends":                       {"name: a\r\n\r\nbeds:\r\n- plent: b\r\n", `4:3: beds[0] has no field "plent"; did you mean "plant"?`},
		"fields beyond any sensible depth":        {"beds: " + strings.Repeat("[", 70) + strings.Repeat("]", 70), `1:70: fields stand more than 64 deep in each other here`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, mistakes := decodeGarden(test.text)
			if diff := cmp.Diff(test.want, listed(mistakes)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

const fieldList = "name, area, trees, open, labels, beds, gate, owner, water, depth, season, sun, shade"

func listed(mistakes []Mistake) string {
	lines := make([]string, len(mistakes))
	for i, m := range mistakes {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// TestSyntaxMistakes holds what the library reports without a line, or with a
// wrong one.
func TestSyntaxMistakes(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a line indented between two levels":     {"a:\n    b: 1\n  c: 2\n", "3:3: this line does not continue anything above it"},
		"the same, far below the field it is in": {"k: v\nx:\n  y:\n    a: 1\n   b: 2\nz: 1\n", "5:4: this line does not continue anything above it"},
		"a field indented below a value":         {"a: 1\n b: 2\n", "2:2: a \": \" stands here where no field can begin"},
		"a colon in the text of the first line":  {"a: b: c\n", "1:1: a \": \" stands here where no field can begin"},
		"a list in [ ] that is not closed":       {"x: 1\na: [1, 2\nb: 3\n", "2:1: a list in [ ] is not closed"},
		"fields in { } that are not closed":      {"x: 1\na: {b: 1\n", "2:1: fields in { } are not closed"},
		"a closing brace alone":                  {"a: 1\n}\nb: 2\nc: 3\n", "2:1: this line does not continue anything above it"},
		"a comma too many":                       {"x: 1\na: [1,,2]\n", "2:1: a value is missing here"},
		"a field among the entries of a list":    {"- a\nb: 1\n", `2:1: this line stands among the entries of a list and is none`},
		"a quote that is never closed":           {"x: 1\na: \"b\nc: 1\n", "2:1: a quote that opens here is never closed"},
		"the same in the first line":             {"a: \"b\nc: 1\n", "1:1: a quote that opens here is never closed"},
		"a line that begins with a tab":          {"a:\n\tb: 2\n", "2:1: this line is indented with a tab; indent with spaces"},
		"the same after a field":                 {"a: 1\n\tb: 2\n", "2:1: this line is indented with a tab; indent with spaces"},
		"a tab behind spaces":                    {"a:\n  b: 2\n \tc: 2\n", "3:2: this line is indented with a tab; indent with spaces"},
		"a value that begins with an at sign":    {"x: 1\na: @b\n", "2:1: a value begins with a character that YAML reserves; put the value in quotes"},
		"an escape that does not exist":          {"x: 1\nb: \"\\q\"\n", "2:1: a backslash in double quotes begins an escape, and this one does not exist"},
		"a line without a colon":                 {"a: 1\nb\nc: 2\n", "2:1: this line has no \": \" after its first word"},
		"a directive of another YAML":            {"%YAML 3.0\n---\na: 1\n", "3:1: found incompatible YAML document"},
		"text behind the end of a document":      {"a: 1\n...\nb: 2\n", "3:1: did not find expected <document start>"},
		"no line end after the last line":        {"a: [", "1:1: a value is missing here"},
		"nothing but brackets":                   {strings.Repeat("[", 20000), "1:1: lists or fields stand too deep in each other"},
		"a very long line before the mistake":    {"a: " + strings.Repeat("x", 5000) + "\nb: c: d\n", `2:1: a ": " stands here`},
		"a structural mistake below a long line": {"x:\n    a: " + strings.Repeat("x", 5000) + "\n  b: 2\n", "3:3: this line does not continue anything above it"},
	} {
		t.Run(name, func(t *testing.T) {
			tree, mistakes := Parse([]byte(test.text))
			if tree != nil || len(mistakes) != 1 {
				t.Fatalf("want one mistake and no tree, got %v", mistakes)
			}
			if got := mistakes[0].String(); !strings.HasPrefix(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestTextsThatAreTooLong(t *testing.T) {
	_, mistakes := Parse(bytes.Repeat([]byte("#"), MaxBytes+1))
	if got, want := listed(mistakes), "1:1: the text is 1048577 bytes long, and at most 1048576 are read; split it"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, mistakes = Parse(bytes.Repeat([]byte("#"), MaxBytes)); len(mistakes) > 0 {
		t.Errorf("a text of the greatest length has mistakes: %v", mistakes)
	}
}

func TestAListOfMistakesIsCut(t *testing.T) {
	_, _, mistakes := decodeGarden("beds:\n" + strings.Repeat("- {plent: a}\n", 1000))
	if len(mistakes) != MaxMistakes+1 {
		t.Fatalf("%d mistakes were listed", len(mistakes))
	}
	if got, want := mistakes[MaxMistakes].String(), "102:4: "+NotListed; got != want {
		t.Errorf("the last is %q, want %q", got, want)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0s", "0s": "0s", "90s": "1m30s", "1h30m": "1h30m", "30d": "30d", "250ms": "250ms",
		"30":        "30 has no unit of time; write 30s for seconds",
		"1.5":       "a duration has no fractions, and 1.5 has one; write it in a smaller unit, such as 90s for 1.5m",
		"1.5m":      "a duration has no fractions, and 1.5m has one; write it in a smaller unit, such as 90s for 1.5m",
		"30m1h":     "30m1h is not a duration; write it like 30s, 5m, 1h30m or 7d",
		"5 m":       "5 m is not a duration; write it like 30s, 5m, 1h30m or 7d",
		"-1s":       "-1s is not a duration; write it like 30s, 5m, 1h30m or 7d",
		"99999999y": "99999999y is not a duration; write it like 30s, 5m, 1h30m or 7d",
	} {
		parsed, err := ParseDuration(text)
		got := Duration(parsed).String()
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestAllFieldsComeInTheOrderOfTheText(t *testing.T) {
	_, at, _ := decodeGarden("name: a\nbeds:\n- plant: rose\n")
	var got []string
	for path, text := range at.All() {
		got = append(got, string(path)+"="+text)
	}
	want := []string{"=", "name=a", "beds=", "beds[0]=", "beds[0].plant=rose"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	for range at.All() {
		break // Leaving early must not panic.
	}
}

func TestAMistakeWithoutAPlaceHasNoPosition(t *testing.T) {
	if got, want := (Mistake{Message: "wrong", Mend: "mend it"}).String(), "wrong; mend it"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPositions(t *testing.T) {
	_, at, _ := decodeGarden("name: a\nlabels:\n  example.com/soil: clay\nbeds:\n- plant: rose\n- {plant: [x]}\nowner:\n")
	for path, want := range map[Path][2]Position{
		"":                         {{1, 1}, {1, 1}},
		"name":                     {{1, 1}, {1, 7}},
		"trees":                    {{1, 1}, {1, 1}},
		"labels":                   {{2, 1}, {3, 3}},
		"labels[example.com/soil]": {{3, 3}, {3, 21}},
		"labels[example.com/rock]": {{2, 1}, {3, 3}},
		"beds[0].plant":            {{5, 3}, {5, 10}},
		"beds[0].colour":           {{5, 3}, {5, 3}},
		"beds[7].plant":            {{4, 1}, {5, 1}},
		"owner":                    {{7, 1}, {7, 7}},
	} {
		if got := [2]Position{at.Key(path), at.Value(path)}; got != want {
			t.Errorf("%q stands at %v, want %v", path, got, want)
		}
	}
	if !at.Broken("beds[1].plant") || !at.Broken("beds[1].plant[0]") || at.Broken("beds[1]") || at.Broken("name") {
		t.Errorf("the wrong fields count as broken")
	}
	if got := at.Text("labels[example.com/soil]"); got != "clay" {
		t.Errorf("the text of a field is %q", got)
	}
}

func TestASubtreeIsDecodedAtItsOwnPath(t *testing.T) {
	tree, _ := Parse([]byte("other: &a [1]\nmore: *a\ngarden:\n  nam: a\n"))
	at, mistakes := Decode(tree.Content[5], "garden", new(garden))
	if got, want := listed(mistakes), `4:3: garden has no field "nam"; did you mean "name"?`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := at.Value("garden.name"), (Position{4, 3}); got != want {
		t.Errorf("the subtree stands at %v, want %v", got, want)
	}
}

func TestPaths(t *testing.T) {
	path := Path("").Child("rules").Index(2).Child("nodes").Child("matchLabels").Key("a.b/c")
	if got, want := path, Path("rules[2].nodes.matchLabels[a.b/c]"); got != want {
		t.Errorf("the path is %s, want %s", got, want)
	}
	if got, want := path.Last(), "matchLabels[a.b/c]"; got != want {
		t.Errorf("its last field is %s, want %s", got, want)
	}
	if got, want := path.Pattern(), "rules[*].nodes.matchLabels[*]"; got != want {
		t.Errorf("its pattern is %s, want %s", got, want)
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"above", "atLeast", "below", "keepFiringFor", "In"}
	for word, want := range map[string]string{
		"abov": "above", "abvoe": "above", "Above": "above", "at_least": "atLeast", "at-least": "atLeast",
		"keep_firing_for": "keepFiringFor", "keepFiring": "keepFiringFor", "in": "In", "IN": "In",
		"": "", "x": "", "sideways": "", strings.Repeat("above", 100): "above", strings.Repeat("z", 1000): "",
	} {
		if got := Suggest(word, known); got != want {
			t.Errorf("%.20q suggests %q, want %q", word, got, want)
		}
	}
}

func TestShowShortensAndFlattens(t *testing.T) {
	if got, want := Show("a\nb"+strings.Repeat("é", 100)), "a b"+strings.Repeat("é", 57)+"…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATypeThatCannotBeDecodedIsAMistakeOfTheProgrammer(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Errorf("a channel was decoded")
		}
	}()
	tree, _ := Parse([]byte("a: b\n"))
	Decode(tree, "", &struct {
		A chan int `json:"a"`
	}{})
}

// FuzzDecode looks for texts that panic, and for mistakes without a place.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "name: a\nbeds: [{plant: b}]\n", "a: &b [*b]\n", "\t", "? [a]\n: b", "<<: {a: b}\n", "a: !!int 'x'\r\n", "- - -\n ---\n...", "'", "%YAML 1.1\n---\n{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Count(data, []byte("\n")) + 2
		_, _, mistakes := decodeGarden(string(data))
		for _, m := range mistakes {
			if m.Line < 1 || m.Column < 1 || m.Message == "" {
				t.Errorf("mistake without a place or words: %v", m)
			}
			// YAML counts lone carriage returns and three Unicode marks as line ends.
			if m.Line > lines && !bytes.ContainsAny(data, "\r\u0085\u2028\u2029") {
				t.Errorf("mistake in line %d of %d: %v", m.Line, lines, m)
			}
		}
	})
}
