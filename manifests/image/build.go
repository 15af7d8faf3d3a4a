package main

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"runtime/debug"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// images is an index with what it leads to.
type images struct {
	images []image
	index  v1.ImageIndex
}

// image is that of one architecture, with its bill of materials.
type image struct {
	binary *binary
	bill   []byte
	image  v1.Image
}

// build makes an image of each architecture's binary in a folder.
func build(bin, version string, architectures []string) (*images, error) {
	if len(architectures) == 0 {
		return nil, errors.New("for which architectures? Name amd64, arm64 or both")
	}
	ours, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, errors.New("this program does not know what it was built from: build it with Go's modules")
	}
	out := &images{index: mutate.IndexMediaType(empty.Index, types.OCIImageIndex)}
	for _, architecture := range architectures {
		b, err := readBinary(filepath.Join(bin, binaryFile+architecture), architecture)
		if err != nil {
			return nil, err
		}
		made, err := imageOf(b, version, ours)
		if err != nil {
			return nil, err
		}
		out.images = append(out.images, *made)
		out.index = mutate.AppendManifests(out.index, mutate.IndexAddendum{
			Add: made.image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	return out, nil
}

// imageOf has two layers, of which the first does not change with the program.
func imageOf(b *binary, version string, ours *debug.BuildInfo) (*image, error) {
	bill, err := billOf(b, version, ours)
	if err != nil {
		return nil, err
	}
	own := []file{{path: program, text: b.text, executable: true}, {path: bills + "/" + program + billSuffix, text: bill}}
	made := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, l := range []struct {
		says  string
		files []file
	}{{"users and certificate authorities", base()}, {"the scheduler and its bill of materials", own}} {
		text, err := layer(l.files)
		if err != nil {
			return nil, err
		}
		packed, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil },
			tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
		if err != nil {
			return nil, err
		}
		if made, err = mutate.Append(made, mutate.Addendum{Layer: packed, History: v1.History{CreatedBy: l.says}}); err != nil {
			return nil, err
		}
	}
	made, err = configured(made, b, version)
	return &image{b, bill, made}, err
}

// configured says how an image is run.
func configured(made v1.Image, b *binary, version string) (v1.Image, error) {
	config, err := made.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", b.architecture
	config.Config = v1.Config{
		User: user, Entrypoint: []string{"/" + program}, WorkingDir: "/",
		Labels: map[string]string{
			"org.opencontainers.image.title":    program,
			"org.opencontainers.image.version":  version,
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	if commit := setting(b.info, "vcs.revision"); commit != "" && setting(b.info, "vcs.modified") != "true" {
		config.Config.Labels["org.opencontainers.image.revision"] = commit
	}
	return mutate.ConfigFile(made, config)
}
