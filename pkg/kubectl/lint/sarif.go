package lint

import (
	"maps"
	"net/url"
	"path"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Pages is where the page of a check stands.
const Pages = "https://github.com/telemetry-scheduler/telemetry-scheduler/blob/main/docs/checks/"

// sarif is the part of SARIF 2.1.0 that findings need.
type sarif struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID      rules.Check `json:"id"`
	HelpURI string      `json:"helpUri"`
}

type sarifResult struct {
	RuleID    rules.Check     `json:"ruleId"`
	Level     Severity        `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifLocation struct {
	Physical *sarifPlace    `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

// sarifLogical names what stands in no file.
type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

type sarifPlace struct {
	Artifact struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
	Region *sarifRegion `json:"region,omitempty"`
}

type sarifRegion struct {
	Line   int `json:"startLine"`
	Column int `json:"startColumn,omitempty"`
}

func sarifOf(found []Finding) sarif {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	used := map[rules.Check]bool{}
	for _, f := range found {
		used[f.Check] = true
		run.Results = append(run.Results, f.sarif())
	}
	run.Tool.Driver = sarifDriver{Name: "kubectl-telemetry", InformationURI: Pages, Rules: []sarifRule{}}
	for _, check := range slices.Sorted(maps.Keys(used)) {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{check, Pages + string(check) + ".md"})
	}
	return sarif{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

func (f Finding) sarif() sarifResult {
	text := f.Message
	if f.Mend != "" {
		text += "; " + f.Mend
	}
	if f.nowhere {
		at := sarifLocation{Logical: []sarifLogical{{f.where()}}}
		return sarifResult{f.Check, f.Severity, sarifText{text}, []sarifLocation{at}}
	}
	at := &sarifPlace{}
	at.Artifact.URI = uri(f.File)
	if f.Line > 0 {
		at.Region = &sarifRegion{f.Line, f.Column}
	}
	return sarifResult{f.Check, f.Severity, sarifText{text}, []sarifLocation{{Physical: at}}}
}

// uri is the address of a file: relative where its path is.
func uri(file string) string {
	out := url.URL{Path: file}
	if path.IsAbs(file) {
		out.Scheme = "file"
	}
	return out.String()
}
