package cli

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

// EachFile reads files, folders, and standard input for "-". named says that the user
// named the file, not only its folder.
func EachFile(paths []string, in io.Reader, read func(file string, data []byte, named bool)) error {
	for _, path := range paths {
		if path == "-" {
			data, err := io.ReadAll(in)
			if err != nil {
				return fmt.Errorf("reading standard input: %w", err)
			}
			read("-", data, true)
			continue
		}
		if err := eachIn(path, read); err != nil {
			return err
		}
	}
	return nil
}

func eachIn(path string, read func(string, []byte, bool)) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return readFile(path, true, read)
	}
	return filepath.WalkDir(path, func(inner string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains(endings, filepath.Ext(inner)) {
			return err
		}
		return readFile(inner, false, read)
	})
}

func readFile(path string, named bool, read func(string, []byte, bool)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	read(filepath.ToSlash(path), data, named)
	return nil
}
