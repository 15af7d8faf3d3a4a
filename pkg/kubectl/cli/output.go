package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// The formats of output that most commands have.
const (
	TableFormat = "table"
	WideFormat  = "wide"
	JSONFormat  = "json"
	YAMLFormat  = "yaml"
)

// Output is the value of the flag -o.
type Output struct {
	format  string
	formats []string
}

// AddTo gives a command the flag -o with the formats that it has; the first is the
// default.
func (o *Output) AddTo(command *cobra.Command, formats ...string) {
	o.format, o.formats = formats[0], formats
	command.Flags().VarP(o, "output", "o", "Output format: "+strings.Join(formats, ", ")+".")
	// It fails only for a flag that there is not.
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// Format is the format that was asked for.
func (o *Output) Format() string { return o.format }

// String implements pflag.Value.
func (o *Output) String() string { return o.format }

// Type implements pflag.Value.
func (o *Output) Type() string { return "format" }

// Set implements pflag.Value.
func (o *Output) Set(format string) error {
	if !slices.Contains(o.formats, format) {
		return fmt.Errorf("there is no such format, write one of %s", strings.Join(o.formats, ", "))
	}
	o.format = format
	return nil
}

// Print writes a value in the format that was asked for. For people it is the table.
func (o *Output) Print(out io.Writer, value any, table func() *Table) error {
	switch o.format {
	case JSONFormat:
		return WriteJSON(out, value)
	case YAMLFormat:
		text, err := yaml.Marshal(value)
		if err != nil {
			return err
		}
		_, err = out.Write(text)
		return err
	}
	return table().Write(out, o.format == WideFormat)
}

// WriteJSON writes a value as JSON that people can read too.
func WriteJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
