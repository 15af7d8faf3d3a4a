package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"debug/buildinfo"
	"debug/elf"
	little "encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func TestTheArchiveHasTheImageOfEachArchitecture(t *testing.T) {
	entry, index := indexOf(t, unpacked(t))
	if err := validate.Index(index); err != nil {
		t.Errorf("digests and sizes are not those of what they name: %v", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range manifest.Manifests {
		got = append(got, d.Platform.Architecture)
		if d.Platform.OS != "linux" || d.MediaType != types.OCIManifestSchema1 {
			t.Errorf("an image is for %s, and of the type %s", d.Platform.OS, d.MediaType)
		}
	}
	if want := architectures(); !slices.Equal(got, want) || entry.MediaType != types.OCIImageIndex {
		t.Errorf("a %s is for %v, want %v", entry.MediaType, got, want)
	}
}

// TestNodesFindTheImageByTheNameInTheChart: a name without a registry has the usual one to
// container runtimes.
func TestNodesFindTheImageByTheNameInTheChart(t *testing.T) {
	for name, c := range map[string]struct{ said, on, tag string }{
		"by default": {"", ofNone + "/library/telemetry-scheduler:v0.1.0", "v0.1.0"},
		"a registry": {"127.0.0.1:5000/platform/scheduler:v7", "127.0.0.1:5000/platform/scheduler:v7", "v7"},
		"a user":     {"ann/scheduler:v7", ofNone + "/ann/scheduler:v7", "v7"},
	} {
		t.Run(name, func(t *testing.T) {
			tag, err := tagOf(c.said, "../charts/telemetry-scheduler")
			if err != nil || onNodes(tag) != c.on || tag.TagStr() != c.tag {
				t.Errorf("it is %s with the tag %s, %v", onNodes(tag), tag.TagStr(), err)
			}
		})
	}
	if _, err := tagOf("UPPER", ""); err == nil {
		t.Error("a name that no registry takes is not refused")
	}
}

func TestTheImageRunsAsNobodyWithNothingBesidesItsProgram(t *testing.T) {
	eachImage(t, func(t *testing.T, architecture string, made v1.Image) {
		said, err := made.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		c := said.Config
		if c.User != "65532:65532" || !slices.Equal(c.Entrypoint, []string{"/telemetry-scheduler"}) || len(c.Cmd)+len(c.Env) > 0 || c.WorkingDir != "/" {
			t.Errorf("it is run as %+v", c)
		}
		if said.OS != "linux" || said.Architecture != architecture || !said.Created.IsZero() {
			t.Errorf("it is for %s/%s and of %v", said.OS, said.Architecture, said.Created)
		}
		var files []string
		unpackImage(t, made, t.TempDir(), func(h *tar.Header) {
			if h.Typeflag == tar.TypeReg {
				files = append(files, h.Name)
			}
			if h.Mode&0o022 != 0 || h.Mode&0o7000 != 0 || h.Typeflag == tar.TypeReg && h.Mode&0o222 != 0 || h.Uid+h.Gid != 0 || h.ModTime.Unix() != 0 {
				t.Errorf("%s has the mode %o, the owner %d:%d and the time %v", h.Name, h.Mode, h.Uid, h.Gid, h.ModTime)
			}
		})
		want := []string{"etc/group", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "telemetry-scheduler", "var/lib/db/sbom/telemetry-scheduler.cdx.json"}
		if !slices.Equal(files, want) {
			t.Errorf("it has %v, want %v", files, want)
		}
	})
}

func TestTheBillOfMaterialsIsThatOfTheProgram(t *testing.T) {
	eachImage(t, func(t *testing.T, architecture string, made v1.Image) {
		folder := t.TempDir()
		unpackImage(t, made, folder, nil)
		text := contents(t, filepath.Join(folder, bills, program+billSuffix))
		if !bytes.Equal(text, contents(t, filepath.Join(bin, binaryFile+architecture+billSuffix))) {
			t.Error("the one beside the archive is another one")
		}
		bill := new(cdx.BOM)
		if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(bill); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(contents(t, filepath.Join(folder, program)))
		if about := bill.Metadata.Component; (*about.Hashes)[0].Value != hex.EncodeToString(sum[:]) || about.Version != "v0.1.0" {
			t.Errorf("it is of %+v", about)
		}
		var got []string
		for _, c := range *bill.Components {
			got = append(got, c.PackageURL)
		}
		if want := linked(t, filepath.Join(folder, program)); !slices.Equal(got, want) {
			t.Errorf("it lists %d parts, and the program has %d:\n%v\n%v", len(got), len(want), got, want)
		}
	})
}

// linked are the names of all that a program says it was linked from, and of what else the
// image has.
func linked(t *testing.T, file string) []string {
	t.Helper()
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{"pkg:golang/stdlib@" + strings.TrimPrefix(info.GoVersion, "go")}
	ours, _ := debug.ReadBuildInfo()
	for _, m := range append(info.Deps, ours.Deps...) {
		if m.Replace != nil {
			m.Path, m.Version = m.Replace.Path, m.Replace.Version
		}
		if slices.Contains(info.Deps, m) || m.Path == "golang.org/x/crypto/x509roots/fallback" {
			out = append(out, "pkg:golang/"+m.Path+"@"+strings.ReplaceAll(m.Version, "+", "%2B"))
		}
	}
	slices.Sort(out)
	return out
}

func TestTheSameProgramsMakeTheSameArchive(t *testing.T) {
	tag, err := tagOf("", "../charts/telemetry-scheduler")
	if err != nil {
		t.Fatal(err)
	}
	made, err := build(bin, tag.TagStr(), architectures())
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again.tar")
	if err := made.write(again, tag); err != nil {
		t.Fatal(err)
	}
	if sumOf(t, again) != sumOf(t, filepath.Join(bin, archiveFile)) {
		digest, _ := made.index.Digest()
		entry, _ := indexOf(t, unpacked(t))
		t.Errorf("made twice the archive differs: the image is %s, and was %s", digest, entry.Digest)
	}
}

func TestTheAuthoritiesCanBeRead(t *testing.T) {
	text, count := authorities(), 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		count++
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Errorf("number %d: %v", count, err)
		}
	}
	if pool := x509.NewCertPool(); count < 100 || !pool.AppendCertsFromPEM(text) {
		t.Errorf("there are %d", count)
	}
}

func TestWhatWouldNotRunIsRefused(t *testing.T) {
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[architectures()[0]]
	real := filepath.Join(bin, binaryFile+architectures()[0])
	for name, c := range map[string]struct{ file, architecture, says string }{
		"what is no program":             {"image_test.go", "amd64", "it is no program of Linux"},
		"an architecture without images": {real, "riscv64", `there is no image for "riscv64": write amd64 or arm64`},
		"a program for another machine":  {real, other, "build it with GOOS=linux GOARCH=" + other},
		"a file that is not there":       {"nothing", "amd64", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readBinary(c.file, c.architecture); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
	needy := contents(t, real)
	little.LittleEndian.PutUint32(needy[little.LittleEndian.Uint64(needy[32:]):], uint32(elf.PT_INTERP)) // the first program header
	if err := check(needy, architectures()[0]); err == nil || !strings.Contains(err.Error(), "build it with CGO_ENABLED=0") {
		t.Errorf("of a program that needs libraries it says %v", err)
	}
	if _, err := readBinary(untrimmed(t, real), architectures()[0]); err == nil || !strings.Contains(err.Error(), "build it with -trimpath") {
		t.Errorf("of a program with paths of this machine it says %v", err)
	}
}

// untrimmed is a copy of a program that does not say that it has no paths of the machine.
func untrimmed(t *testing.T, file string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "untrimmed")
	if err := os.WriteFile(out, bytes.Replace(contents(t, file), []byte("-trimpath=true"), []byte("-trimpath=nope"), -1), 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

func contents(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func sumOf(t *testing.T, file string) (out [sha256.Size]byte) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		t.Fatal(err)
	}
	return [sha256.Size]byte(sum.Sum(nil))
}
