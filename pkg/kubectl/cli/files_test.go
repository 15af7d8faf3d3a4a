package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// zeroes never ends.
type zeroes struct{}

func (zeroes) Read(into []byte) (int, error) { clear(into); return len(into), nil }

func TestEachFileReadsWhatCanBeRead(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"a.yaml", "folder/b.yml", "folder/inner/c.json", "folder/notes.md", "chart/Chart.yaml", "chart/templates/t.yaml", "chart/profiles/p.yaml", "plain/templates/t.yaml"} {
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(path), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Symlink("nowhere", "folder/a.yaml")
	_ = os.Symlink("inner", "folder/link.yaml")
	_ = syscall.Mkfifo("folder/fifo.yaml", 0o644)
	for name, tc := range map[string]struct {
		paths []string
		want  []string
		fails string
	}{
		"a file and standard input":         {[]string{"a.yaml", "-"}, []string{"a.yaml", "-"}, ""},
		"standard input can be read once":   {[]string{"-", "a.yaml", "-"}, nil, "standard input is named twice"},
		"the other files of a folder":       {[]string{"folder"}, []string{"folder/b.yml", "folder/inner/c.json"}, "stat folder/a.yaml: no such file or directory\nfolder/fifo.yaml is no regular file"},
		"a chart but for its templates":     {[]string{"chart"}, []string{"chart/Chart.yaml", "chart/profiles/p.yaml"}, ""},
		"a template that is named":          {[]string{"chart/templates/t.yaml"}, []string{"chart/templates/t.yaml"}, ""},
		"other folders of that name":        {[]string{"plain"}, []string{"plain/templates/t.yaml"}, ""},
		"the files beside one that is gone": {[]string{"gone.yaml", "a.yaml"}, []string{"a.yaml"}, "stat gone.yaml: no such file or directory"},
		"a device does not end":             {[]string{"/dev/zero", "a.yaml"}, []string{"a.yaml"}, "reading /dev/zero: it has more than 64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			err := EachFile(tc.paths, strings.NewReader("-"), func(file string, data []byte, _ bool) {
				if string(data) != file {
					t.Errorf("%s holds %q", file, data)
				}
				got = append(got, file)
			})
			failed := ""
			if err != nil {
				failed = err.Error()
			}
			if diff := cmp.Diff(tc.want, got) + cmp.Diff(tc.fails, failed); diff != "" {
				t.Error(diff)
			}
		})
	}
	if err := EachFile([]string{"-"}, zeroes{}, func(string, []byte, bool) {}); err == nil {
		t.Error("standard input that does not end was read")
	}
}

func TestPipesAreRead(t *testing.T) {
	path := t.TempDir() + "/fifo"
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(path, []byte("rules"), 0o644) }()
	if data, err := ReadFile(path); err != nil || string(data) != "rules" {
		t.Errorf("a pipe holds %q: %v", data, err)
	}
}
