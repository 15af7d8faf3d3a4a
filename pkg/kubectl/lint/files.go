package lint

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// endings are those of the files that are read in folders.
var endings = []string{".yaml", ".yml", ".json"}

// addFiles reads files, folders, and standard input for "-".
func (l *library) addFiles(paths []string, in io.Reader) error {
	for _, path := range paths {
		if path == "-" {
			data, err := io.ReadAll(in)
			if err != nil {
				return fmt.Errorf("reading standard input: %w", err)
			}
			l.add("-", data, true)
			continue
		}
		if err := l.addPath(path); err != nil {
			return err
		}
	}
	return nil
}

func (l *library) addPath(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return l.addFile(path, true)
	}
	return filepath.WalkDir(path, func(inner string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains(endings, filepath.Ext(inner)) {
			return err
		}
		return l.addFile(inner, false)
	})
}

func (l *library) addFile(path string, named bool) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	l.add(filepath.ToSlash(path), data, named)
	return nil
}
