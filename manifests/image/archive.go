package main

import (
	"archive/tar"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// write writes an OCI layout with one entry, the index of all architectures, as a tar file. An
// archive of several entries would be refused by those who are to take what is in it.
func (m *images) write(file string, tag name.Tag) error {
	folder, err := os.MkdirTemp("", "image")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	to, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	if err := to.AppendIndex(m.index, layout.WithAnnotations(map[string]string{
		"org.opencontainers.image.ref.name": tag.TagStr(), // what skopeo and podman read
		"io.containerd.image.name":          onNodes(tag), // what containerd does
	})); err != nil {
		return err
	}
	return pack(file, folder)
}

// pack writes a folder as a tar file, in the order of names.
func pack(file, folder string) (err error) {
	out, err := os.Create(file + ".part")
	if err != nil {
		return err
	}
	defer out.Close()
	w := tar.NewWriter(out)
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if entry.IsDir() {
			return add(w, &tar.Header{Typeflag: tar.TypeDir, Name: path + "/", Mode: 0o755}, nil)
		}
		text, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return err
		}
		return add(w, &tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: int64(len(text))}, text)
	})
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}
