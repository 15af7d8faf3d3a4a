package lint

import (
	"fmt"
	"io"
	"strings"
)

// printGitHub writes workflow commands, which GitHub shows at the lines of a pull
// request.
func printGitHub(out io.Writer, found []Finding) {
	for _, f := range found {
		text := f.Message
		where := "file=" + property.Replace(f.File)
		if f.Line > 0 {
			where += fmt.Sprintf(",line=%d", f.Line)
		}
		if f.Column > 0 {
			where += fmt.Sprintf(",col=%d", f.Column)
		}
		where += ","
		if f.nowhere { // no line of the pull request
			where, text = "", f.where()+": "+text
		}
		if f.Mend != "" {
			text += "; " + f.Mend
		}
		fmt.Fprintf(out, "::%s %stitle=%s::%s\n", f.Severity, where, property.Replace(string(f.Check)), message.Replace(text))
	}
}

// What GitHub's commands escape, in their messages and in their properties.
var (
	message  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
