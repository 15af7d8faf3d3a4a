package strictyaml

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Scalar is one value as its author wrote it.
type Scalar struct {
	Text   string
	Quoted bool
}

// ScalarDecoder is implemented by types that read themselves from one scalar.
// An error that is a *Problem keeps its remedy apart.
type ScalarDecoder interface{ DecodeScalar(Scalar) error }

// DecodeScalar keeps the value as written, for a meaning that is found later.
func (s *Scalar) DecodeScalar(from Scalar) error {
	*s = from
	return nil
}

// plainNumber is what every reader of YAML and of JSON takes for the same number.
var plainNumber = regexp.MustCompile(`^[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

// leadingZeros is what older YAML reads in base eight.
var leadingZeros = regexp.MustCompile(`^[-+]?0[0-9]+`)

// Number reads a finite decimal number and refuses what readers of YAML take for
// different numbers.
func Number(text string) (float64, error) {
	if leadingZeros.MatchString(text) {
		return 0, problemf("write it without leading zeros", "%s can be read in base eight or in base ten", Show(text))
	}
	if !plainNumber.MatchString(text) {
		return 0, problemf("write it with digits alone", "%s is not a plain decimal number", Show(text))
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(number, 0) {
		return 0, problemf("", "%s is out of range", Show(text))
	}
	return number, nil
}

// decodeInt reads a whole number of the given size.
func decodeInt(s Scalar, bits int) (int64, error) {
	if s.Quoted {
		return 0, problemf("remove the quotes", "must be a whole number, not text")
	}
	if _, err := Number(s.Text); err != nil {
		return 0, err
	}
	number, err := strconv.ParseInt(s.Text, 10, bits)
	if err != nil {
		return 0, problemf("", "must be a whole number of at most %d, not %s", int64(1)<<(bits-1)-1, Show(s.Text))
	}
	return number, nil
}

// decodeFloat reads a finite number.
func decodeFloat(s Scalar) (float64, error) {
	if s.Quoted {
		return 0, problemf("remove the quotes", "must be a number, not text")
	}
	return Number(s.Text)
}

// doubtful holds the words that are text to one version of YAML and a boolean to
// the other, with their meaning in the latter.
var doubtful = map[string]string{"yes": "true", "on": "true", "no": "false", "off": "false"}

// decodeBool accepts true and false alone.
func decodeBool(s Scalar) (bool, error) {
	word := strings.ToLower(s.Text)
	if meant, found := doubtful[word]; found {
		word = meant
	}
	switch {
	case word != "true" && word != "false":
		return false, problemf("", "must be true or false, not %s", orNothing(Show(s.Text)))
	case word != s.Text:
		return false, problemf("write "+word, "must be true or false, not %s", s.Text)
	case s.Quoted:
		return false, problemf("remove the quotes", "must be true or false, not text")
	}
	return word == "true", nil
}

// decodeText accepts what every reader of YAML takes for text. Where only some words have a
// meaning, which types of their own stand for, quotes are no advice.
func decodeText(s Scalar, tag string, into reflect.Type) (string, error) {
	if s.Quoted || tag == "!!timestamp" {
		return s.Text, nil
	}
	if meant := doubtful[strings.ToLower(s.Text)]; meant != "" {
		return "", problemf(inQuotes(s.Text, into), "must be text, and %s can be read as %s", s.Text, meant)
	}
	if tag != "!!str" {
		return "", problemf(inQuotes(s.Text, into), "must be text, and %s is read as a %s", Show(s.Text), tagNames[tag])
	}
	return s.Text, nil
}

func inQuotes(text string, into reflect.Type) string {
	if into != reflect.TypeFor[string]() {
		return ""
	}
	return `write "` + Show(text) + `"`
}

// IsText reports whether a text is read as text, and as itself, where it stands without
// quotes.
func IsText(text string) bool {
	_, err := decodeText(Scalar{Text: text}, (&yaml.Node{Kind: yaml.ScalarNode, Value: text}).ShortTag(), reflect.TypeFor[string]())
	return err == nil
}

// tagNames says what a scalar without quotes is.
var tagNames = map[string]string{"!!int": "number", "!!float": "number", "!!bool": "boolean", "!!null": "null"}

const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func scalarOf(n *yaml.Node) Scalar { return Scalar{Text: n.Value, Quoted: n.Style&quoted != 0} }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
