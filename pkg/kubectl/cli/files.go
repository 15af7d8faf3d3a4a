package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// endings are those of the files that are read in folders.
var endings = []string{".yaml", ".yml", ".json"}

// mostRead bounds what is read of one file, or of standard input, in bytes.
const mostRead = 64 << 20

// EachFile reads files, folders but for the templates of Helm charts, and standard input for "-". named says that the user
// named the file, not only its folder. One that cannot be read keeps none of the others
// from being read; the error says which could not.
func EachFile(paths []string, in io.Reader, read func(file string, data []byte, named bool)) error {
	if at := slices.Index(paths, "-"); at >= 0 && slices.Contains(paths[at+1:], "-") {
		return Usagef("standard input is named twice")
	}
	var failed []error
	for _, path := range paths {
		if path != "-" {
			failed = append(failed, eachIn(path, read)...)
		} else if data, err := bounded(in); err != nil {
			failed = append(failed, fmt.Errorf("reading standard input: %w", err))
		} else {
			read("-", data, true)
		}
	}
	return errors.Join(failed...)
}

func eachIn(path string, read func(string, []byte, bool)) (failed []error) {
	info, err := os.Stat(path)
	if err != nil {
		return []error{err}
	}
	if !info.IsDir() {
		return readFile(path, true, read)
	}
	err = filepath.WalkDir(path, func(inner string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			failed = append(failed, err)
		case entry.IsDir() && ofChart(inner):
			return fs.SkipDir
		case entry.IsDir() || !slices.Contains(endings, filepath.Ext(inner)):
		default:
			failed = append(failed, readIn(inner, read)...)
		}
		return nil
	})
	return append(failed, err)
}

// ofChart reports whether a folder holds the templates of a Helm chart, which are no YAML
// before they are rendered.
func ofChart(folder string) bool {
	_, err := os.Stat(filepath.Join(filepath.Dir(folder), "Chart.yaml"))
	return err == nil && filepath.Base(folder) == "templates"
}

// readIn reads a file of a folder. What is no regular file, nor leads to one, was not meant:
// a pipe there might never end.
func readIn(path string, read func(string, []byte, bool)) []error {
	switch info, err := os.Stat(path); {
	case err != nil:
		return []error{err}
	case info.IsDir(): // a link to a folder
		return nil
	case !info.Mode().IsRegular():
		return []error{fmt.Errorf("%s is no regular file", path)}
	}
	return readFile(path, false, read)
}

func readFile(path string, named bool, read func(string, []byte, bool)) []error {
	data, err := ReadFile(path)
	if err != nil {
		return []error{err}
	}
	read(filepath.ToSlash(path), data, named)
	return nil
}

// ReadFile reads a file, of which pipes and devices need not end.
func ReadFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := bounded(file)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return data, nil
}

func bounded(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, mostRead+1))
	if err == nil && len(data) > mostRead {
		err = fmt.Errorf("it has more than %d MiB", mostRead>>20)
	}
	return data, err
}
