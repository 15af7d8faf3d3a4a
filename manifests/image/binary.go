package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"strings"
)

// binary is the program for one architecture.
type binary struct {
	architecture string
	text         []byte
	info         *buildinfo.BuildInfo
}

// machines are the architectures that there is an image for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// readBinary reads a program, and refuses one that would not run in an image of nothing else.
func readBinary(file, architecture string) (*binary, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := check(text, architecture); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	info, err := buildinfo.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: it does not say what it was built from: %w", file, err)
	}
	if setting(info, "-trimpath") != "true" {
		return nil, fmt.Errorf("%s: it holds paths of the machine that built it: build it with -trimpath", file)
	}
	return &binary{architecture, text, info}, nil
}

// setting is how a program was built; empty where it does not say.
func setting(info *buildinfo.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// check refuses what Linux does not start by itself on a machine of the architecture.
func check(text []byte, architecture string) error {
	machine, known := machines[architecture]
	if !known {
		return fmt.Errorf("there is no image for %q: write amd64 or arm64", architecture)
	}
	program, err := elf.NewFile(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("it is no program of Linux: %w", err)
	}
	if program.Machine != machine {
		return fmt.Errorf("it is for %s: build it with GOOS=linux GOARCH=%s", strings.TrimPrefix(program.Machine.String(), "EM_"), architecture)
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("it needs libraries that the image does not have: build it with CGO_ENABLED=0")
		}
	}
	return nil
}
