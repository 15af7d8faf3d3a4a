package main

import (
	"archive/tar"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

const bin = "../../bin"

// architectures are those that the archive in bin is to have: the arguments, or that of this
// machine.
func architectures() []string {
	if flag.NArg() > 0 {
		return flag.Args()
	}
	return []string{runtime.GOARCH}
}

// unpacked is the archive that make image wrote, as a layout in a folder.
func unpacked(t *testing.T) layout.Path {
	t.Helper()
	in, err := os.Open(filepath.Join(bin, archiveFile))
	if err != nil {
		t.Fatalf("%v: run make image", err)
	}
	defer in.Close()
	folder := t.TempDir()
	unpack(t, in, folder, nil)
	path, err := layout.FromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// indexOf is what the only entry of a layout leads to.
func indexOf(t *testing.T, path layout.Path) (v1.Descriptor, v1.ImageIndex) {
	t.Helper()
	top, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := top.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("the archive has %d entries, which skopeo and crane refuse", len(manifest.Manifests))
	}
	index, err := top.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return manifest.Manifests[0], index
}

// eachImage calls a function with each image of the archive and its architecture.
func eachImage(t *testing.T, do func(t *testing.T, architecture string, made v1.Image)) {
	t.Helper()
	_, index := indexOf(t, unpacked(t))
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range manifest.Manifests {
		made, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(d.Platform.Architecture, func(t *testing.T) { do(t, d.Platform.Architecture, made) })
	}
}

// unpackImage writes the files of an image into a folder, as a container runtime does.
func unpackImage(t *testing.T, made v1.Image, folder string, look func(*tar.Header)) {
	t.Helper()
	layers, err := made.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		in, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		unpack(t, in, folder, look)
		in.Close()
	}
}

// unpack writes what a tar file has into a folder.
func unpack(t *testing.T, in io.Reader, folder string, look func(*tar.Header)) {
	t.Helper()
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if look != nil {
			look(h)
		}
		at := filepath.Join(folder, filepath.FromSlash(h.Name))
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(at, h.FileInfo().Mode())
		case tar.TypeReg:
			err = write(at, r, h.FileInfo().Mode())
		default:
			t.Fatalf("%s is neither a file nor a folder", h.Name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func write(file string, text io.Reader, mode os.FileMode) error {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, text); err != nil {
		return errors.Join(err, out.Close())
	}
	return out.Close()
}
