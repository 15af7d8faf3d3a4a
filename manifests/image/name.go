package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"go.yaml.in/yaml/v3"
)

// tagOf reads the name of the image; where there is none it is that which the chart has by
// default, so that an image which nodes were handed is found by them.
func tagOf(said, chart string) (name.Tag, error) {
	if said == "" {
		var values struct {
			Image struct{ Repository string }
		}
		var about struct {
			AppVersion string `yaml:"appVersion"`
		}
		for file, to := range map[string]any{"values.yaml": &values, "Chart.yaml": &about} {
			if err := read(filepath.Join(chart, file), to); err != nil {
				return name.Tag{}, err
			}
		}
		said = values.Image.Repository + ":" + about.AppVersion
	}
	tag, err := name.NewTag(said)
	if err != nil {
		return tag, fmt.Errorf("the name of the image: %w", err)
	}
	return tag, nil
}

func read(file string, to any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// onNodes is a name as container runtimes keep it. A name without a registry has one there
// that nothing is fetched from while the image is on the node.
func onNodes(tag name.Tag) string {
	return strings.Replace(tag.Name(), name.DefaultRegistry, ofNone, 1)
}

// ofNone is the registry of names without one, as container runtimes write it.
var ofNone = strings.TrimPrefix(name.DefaultRegistry, "index.")
