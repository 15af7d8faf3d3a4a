package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"path"
	"slices"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Where things are in the image.
const (
	program      = "telemetry-scheduler"
	certificates = "etc/ssl/certs/ca-certificates.crt"
	// bills is the folder in which scanners of images look for bills of materials.
	bills = "var/lib/db/sbom"
)

// user is whom the image runs as, by number: a kubelet cannot tell from a name that it is
// not root.
const user = "65532:65532"

// file is one of the image, by its path from the root. Everybody may read it, and nobody
// write.
type file struct {
	path       string
	text       []byte
	executable bool
}

// base are the files that programs look for on every machine. Time zones are not among them:
// the scheduler brings its own.
func base() []file {
	return []file{
		{path: "etc/passwd", text: []byte("root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n")},
		{path: "etc/group", text: []byte("root:x:0:\nnonroot:x:65532:\n")},
		{path: certificates, text: authorities()},
	}
}

// authorities are Mozilla's, as the module of Go has them. Those that Mozilla trusts with a
// condition are left out, because a file cannot have one.
func authorities() []byte {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes everything
		}
	}
	return out.Bytes()
}

// layer returns files, and the folders that they are in, as a tar archive.
func layer(files []file) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, folder := range foldersOf(files) {
		if err := add(w, &tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755}, nil); err != nil {
			return nil, err
		}
	}
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b file) int { return bytes.Compare([]byte(a.path), []byte(b.path)) }) {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: 0o444, Size: int64(len(f.text))}
		if f.executable {
			header.Mode = 0o555
		}
		if err := add(w, header, f.text); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}

// add writes one entry of root's, without a time.
func add(w *tar.Writer, header *tar.Header, text []byte) error {
	header.ModTime, header.Format = time.Unix(0, 0), tar.FormatUSTAR
	if err := w.WriteHeader(header); err != nil {
		return fmt.Errorf("%s: %w", header.Name, err)
	}
	_, err := w.Write(text)
	return err
}

// foldersOf are those that files are in, the outer ones first.
func foldersOf(files []file) (out []string) {
	for _, f := range files {
		for at := path.Dir(f.path); at != "."; at = path.Dir(at) {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
