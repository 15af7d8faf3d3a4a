package scenario

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WriteJUnit writes reports as the XML that CI systems read.
func WriteJUnit(out io.Writer, reports []*Report) error {
	suites := junitSuites{Name: "kubectl telemetry test"}
	for _, r := range reports {
		s := suiteOf(r)
		suites.Suites = append(suites.Suites, s)
		suites.Tests += s.Tests
		suites.Failures += s.Failures
		suites.Errors += s.Errors
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	File    string       `xml:"file,attr"`
	Line    int          `xml:"line,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
}

// seconds writes a time as JUnit has it.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

type junitResult struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// suiteOf is one file: its cases, or the one error that it could not be read.
func suiteOf(r *Report) junitSuite {
	s, took := junitSuite{Name: r.File, Tests: len(r.Cases), Failures: r.Failed()}, time.Duration(0)
	for i := range r.Cases {
		c := &r.Cases[i]
		s.Cases = append(s.Cases, junitCase{Class: r.File, Name: c.Name, File: r.File, Line: c.Line, Time: seconds(c.Took), Failure: failureOf(c)})
		took += c.Took
	}
	s.Time = seconds(took)
	if r.Broken() {
		s.Tests, s.Errors = 1, 1
		s.Cases = []junitCase{unread(r)}
	}
	return s
}

// unread says what kept a file from being run: the first mistake that is no warning, and
// with it all others.
func unread(r *Report) junitCase {
	lines := make([]string, len(r.Mistakes))
	for i := range r.Mistakes {
		lines[i] = r.Mistakes[i].String()
	}
	first := slices.IndexFunc(r.Mistakes, func(m Mistake) bool { return !m.Warning })
	return junitCase{
		Class: r.File, Name: "the file is read", File: r.File, Line: r.Mistakes[first].Line, Time: seconds(0),
		Error: &junitResult{lines[first], strings.Join(lines, "\n")},
	}
}

// failureOf puts all failures of a case into the one that readers of JUnit show.
func failureOf(c *Case) *junitResult {
	if len(c.Failures) == 0 {
		return nil
	}
	first := &c.Failures[0]
	out := &junitResult{Message: fmt.Sprintf("%s: expected %s, got %s", first.What, visible(first.Want), visible(first.Got))}
	if more := len(c.Failures) - 1; more > 0 {
		out.Message += fmt.Sprintf(" (and %d more)", more)
	}
	parts := make([]string, len(c.Failures))
	for i := range c.Failures {
		parts[i] = c.Failures[i].String()
	}
	out.Text = strings.Join(parts, "\n")
	return out
}
