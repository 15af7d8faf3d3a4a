package cli

import (
	"bytes"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestWhatActsUponATerminalIsEscaped(t *testing.T) {
	for sentence, tc := range map[string]struct {
		painted bool
		written []string
		want    string
	}{
		"text stays":                   {written: []string{"Grüße, 世界 🎉\n\tx\n"}, want: "Grüße, 世界 🎉\n\tx\n"},
		"a title and a cleared screen": {written: []string{"\x1b]0;pwned\x07\x1b[2J"}, want: `\u001b]0;pwned\u0007\u001b[2J`},
		"a return, and control characters of one byte more": {written: []string{"a\rb\u009b2J"}, want: `a\u000db\u009b2J`},
		"a byte that is no text":                            {written: []string{"a\x9b2J"}, want: "a\ufffd2J"},
		"what turns the direction":                          {written: []string{"a\u202eb"}, want: `a\u202eb`},
		"a colour where nothing is painted":                 {written: []string{"\x1b[31mred"}, want: `\u001b[31mred`},
		"a colour of ours":                                  {painted: true, written: []string{"\x1b[31mred\x1b[0m"}, want: "\x1b[31mred\x1b[0m"},
		"a colour that is none of ours":                     {painted: true, written: []string{"\x1b[8mhidden"}, want: `\u001b[8mhidden`},
		"a character in two parts":                          {written: []string{"\x07\xc3", "\xbc"}, want: `\u0007ü`},
	} {
		t.Run(sentence, func(t *testing.T) {
			var out bytes.Buffer
			s := &safe{Writer: &out, painted: tc.painted}
			for _, text := range tc.written {
				if n, err := s.Write([]byte(text)); n != len(text) || err != nil {
					t.Errorf("%d of %d bytes are written (%v)", n, len(text), err)
				}
			}
			if out.String() != tc.want {
				t.Errorf("got  %q\nwant %q", out.String(), tc.want)
			}
		})
	}
}

func TestEveryCommandWritesSafely(t *testing.T) {
	var out, errs bytes.Buffer
	env := NewEnv(genericiooptions.IOStreams{Out: &out, ErrOut: &errs})
	table := &Table{Columns: []Column{{Name: "a"}, {Name: "b"}}}
	table.Add("\x1b[2J", "x\ny\tz")
	if err := table.Write(env.Out, false); err != nil {
		t.Fatal(err)
	}
	if want := "A      B\n\\u001b[2J   x y z\n"; out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
	if env.Conclude("x", Usagef("\x1b[2J")); bytes.ContainsRune(errs.Bytes(), 0x1b) {
		t.Errorf("said %q", &errs)
	}
}
