package testbed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Root returns the folder of the repository.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "test", "testbed", "tools", "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("this does not run inside of the repository, so that the parts in bin/ cannot be found")
}

// binary returns the path of a part that `make parts` has built.
func binary(name string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "bin", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("bin/%s is missing: run make parts", name)
	}
	return path, nil
}
