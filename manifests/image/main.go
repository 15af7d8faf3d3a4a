// Command image puts the scheduler into an image of nothing but its binary: it writes an
// OCI archive, for each architecture from the binary that was built for it, with a bill of
// materials. What goes in comes from the binaries and from modules that go.mod pins, never
// from the machine that builds, and has no time: the same binaries give the same digest.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	bin := flag.String("bin", "../../bin", "the folder of telemetry-scheduler-linux-<architecture>, into which everything is written")
	chart := flag.String("chart", "../charts/telemetry-scheduler", "the chart, whose values name the image by default")
	name := flag.String("name", "", "the name of the image, with its tag; by default that of the chart")
	flag.Parse()
	if err := run(*bin, *chart, *name, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// Files that run reads and writes in the folder of the binaries.
const (
	archiveFile = "telemetry-scheduler-image.tar"
	binaryFile  = "telemetry-scheduler-linux-"
	billSuffix  = ".cdx.json"
)

// run writes the archive and the bills of materials of these architectures.
func run(bin, chart, name string, architectures []string) error {
	tag, err := tagOf(name, chart)
	if err != nil {
		return err
	}
	made, err := build(bin, tag.TagStr(), architectures)
	if err != nil {
		return err
	}
	for _, m := range made.images {
		if err := os.WriteFile(filepath.Join(bin, binaryFile+m.binary.architecture+billSuffix), m.bill, 0o644); err != nil {
			return err
		}
	}
	file := filepath.Join(bin, archiveFile)
	if err := made.write(file, tag); err != nil {
		return err
	}
	return tell(filepath.Join(filepath.Base(bin), archiveFile), made, tag.RepositoryStr(), tag.TagStr())
}

// tell says what was made, and how the chart is told of it.
func tell(file string, made *images, repository, tag string) error {
	digest, err := made.index.Digest()
	if err != nil {
		return err
	}
	var on []string
	for _, m := range made.images {
		on = append(on, "linux/"+m.binary.architecture)
	}
	fmt.Printf("%s is the image for %s. The values of the chart, once it is in a registry of yours:\n\n"+
		"image:\n  repository: YOUR-REGISTRY/%s\n  tag: %s\n  digest: %s\n", file, strings.Join(on, " and "), filepath.Base(repository), tag, digest)
	return nil
}
