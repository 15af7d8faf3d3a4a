package strictyaml

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// libraryError takes the line, where there is one, and the problem from an error
// of the YAML library.
var libraryError = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s).*)$`)

// syntaxMistake turns an error of the YAML library into a mistake. given counts
// the lines that the parser had asked for when it failed.
func syntaxMistake(data []byte, given int, err error) *Mistake {
	parts := libraryError.FindStringSubmatch(err.Error())
	if parts == nil {
		return &Mistake{Position: Position{given, 1}, Message: err.Error()}
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	if name, found := unknownAnchor(parts[2]); found {
		return aliasMistake(lines[:given], name)
	}
	line := failedLine(lines, given, parts[1], parts[2])
	at := Position{line, 1 + len(lines[line-1]) - len(bytes.TrimLeft(lines[line-1], " "))}
	if bytes.HasPrefix(lines[line-1][at.Column-1:], []byte("\t")) {
		return &Mistake{Position: at, Message: "this line is indented with a tab", Mend: "indent with spaces"}
	}
	known, found := explanations[parts[2]]
	if !found {
		known.Message = parts[2]
	}
	return &Mistake{Position: at, Message: known.Message, Mend: known.Mend}
}

// explanations puts the library's messages into words that help a reader.
var explanations = map[string]Problem{
	"mapping values are not allowed in this context": {
		`a ": " stands here where no field can begin`, `put a value that contains ": " in quotes, or align this line with the fields around it`},
	"did not find expected key": {
		"this line does not continue anything above it", "align it with the fields around it, and look at the quotes of the line before"},
	"did not find expected '-' indicator": {
		"this line stands among the entries of a list and is none", `begin it with "- ", or indent it below the entry that it belongs to`},
	"did not find expected ',' or ']'": {
		"a list in [ ] is not closed, or lacks a comma", "look at its brackets and commas"},
	"did not find expected ',' or '}'": {
		"fields in { } are not closed, or lack a comma", "look at their brackets and commas"},
	"found unexpected end of stream": {
		"a quote that opens here is never closed", "close it"},
	"found character that cannot start any token": {
		"a value begins with a character that YAML reserves", "put the value in quotes"},
	"found unknown escape character": {
		"a backslash in double quotes begins an escape, and this one does not exist", "use single quotes"},
	"did not find expected node content": {
		"a value is missing here", "look at the brackets and commas"},
	"exceeded max depth of 10000": {
		"lists or fields stand too deep in each other", ""},
	"could not find expected ':'": {
		`this line has no ": " after its first word`, `write "field: value"`},
}

// failedLine is the number of the line at which the parser gave up.
func failedLine(lines [][]byte, given int, reported, problem string) int {
	line, _ := strconv.Atoi(reported)
	line = min(max(line, 1), len(lines))
	switch {
	case strings.HasPrefix(problem, "did not find expected ','"):
		return min(line+1, given) // Where the bracket opens, but counted from 0.
	case structural(problem):
		return lastCause(lines, given, problem)
	case strings.Contains(problem, "tab character"):
		return given
	}
	if problem == "found unexpected end of stream" && !bytes.ContainsAny(lines[line-1], `'"`) {
		return 1 // The library reports the end of the text for a quote in line 1.
	}
	return line
}

// structural tells the parser's errors, whose lines cannot be relied on, from
// the scanner's, which name the line or mean the first.
func structural(problem string) bool {
	switch problem {
	case "did not find expected node content", "did not find expected key",
		"did not find expected '-' indicator", "did not find expected <document start>",
		"found incompatible YAML document":
		return true
	}
	return false
}

// maxLookahead is how many lines the scanner may have asked for beyond the one
// that is wrong: it wants four characters to recognise the end of a document.
const maxLookahead = 3

// lastCause is the last line without which the text would not fail as it does.
func lastCause(lines [][]byte, given int, problem string) int {
	for line := given; line > max(1, given-maxLookahead); line-- {
		err := yaml.Unmarshal(bytes.Join(lines[:line-1], nil), new(yaml.Node))
		if err == nil || !strings.HasSuffix(err.Error(), problem) {
			return line
		}
	}
	return given
}

// unknownAnchor takes the name out of the library's error for an alias that
// refers to nothing.
func unknownAnchor(problem string) (string, bool) {
	name, found := strings.CutPrefix(problem, "unknown anchor '")
	return strings.TrimSuffix(name, "' referenced"), found
}

// aliasMistake finds the alias in the lines that the parser had read.
func aliasMistake(lines [][]byte, name string) *Mistake {
	for i := len(lines) - 1; i >= 0; i-- {
		if before, _, found := bytes.Cut(lines[i], []byte("*"+name)); found {
			return refuseAlias(Position{i + 1, len([]rune(string(before))) + 1}, name)
		}
	}
	return refuseAlias(Position{len(lines), 1}, name)
}

func refuseAlias(at Position, name string) *Mistake {
	return &Mistake{Position: at, Message: fmt.Sprintf("the alias *%s is not read here", Show(name)), Mend: "write the value out"}
}
