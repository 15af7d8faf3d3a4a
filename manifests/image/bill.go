package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// roots is the module that the certificate authorities come from.
const roots = "golang.org/x/crypto/x509roots/fallback"

// standard is the name of Go's own library in the database of Go's vulnerabilities; of "std", as
// some bills have it, scanners know nothing.
const standard = "stdlib"

// billOf is the bill of materials of an image, as CycloneDX in JSON: the program with the
// modules that it says it was linked from, Go's own library, and the certificate authorities.
// It has no time and no serial number: the same program has the same bill.
func billOf(b *binary, version string, ours *debug.BuildInfo) ([]byte, error) {
	bill := cdx.NewBOM()
	bill.SerialNumber = ""
	about := component(cdx.ComponentTypeApplication, b.info.Main.Path, version)
	about.Name = program
	sum := sha256.Sum256(b.text)
	about.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}
	bill.Metadata = &cdx.Metadata{Component: &about}
	parts, err := partsOf(b.info, ours)
	if err != nil {
		return nil, err
	}
	bill.Components = &parts
	var refs []string
	for i := range parts {
		refs = append(refs, parts[i].BOMRef)
	}
	bill.Dependencies = &[]cdx.Dependency{{Ref: about.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	err = cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bill, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// partsOf are what a program was linked from, and the module of ours that the image has files
// of.
func partsOf(linked, ours *debug.BuildInfo) ([]cdx.Component, error) {
	at := slices.IndexFunc(ours.Deps, func(m *debug.Module) bool { return m.Path == roots })
	if at < 0 {
		return nil, fmt.Errorf("this program does not say which %s it has", roots)
	}
	out := []cdx.Component{component(cdx.ComponentTypeLibrary, standard, strings.TrimPrefix(linked.GoVersion, "go"))}
	for _, m := range append(slices.Clone(linked.Deps), ours.Deps[at]) {
		if m.Replace != nil {
			m = m.Replace
		}
		c := component(cdx.ComponentTypeLibrary, m.Path, m.Version)
		if m.Sum != "" {
			c.Properties = &[]cdx.Property{{Name: "go.sum", Value: m.Sum}}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b cdx.Component) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	return out, nil
}

// component is a module under the name by which scanners look for what is known of it.
func component(is cdx.ComponentType, path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	return cdx.Component{Type: is, BOMRef: url, Name: path, Version: version, PackageURL: url}
}
