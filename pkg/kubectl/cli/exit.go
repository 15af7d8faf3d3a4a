package cli

import (
	"errors"
	"fmt"
)

// The exit codes. Scripts rely on them.
const (
	// ExitFine says that the command did what it was asked to and found nothing wrong.
	ExitFine = 0
	// ExitFindings says that it found what it looks for: mistakes in rules, tests that
	// fail, trouble in a cluster.
	ExitFindings = 1
	// ExitFailed says that it was called wrongly, or could not read what it needs.
	ExitFailed = 2
)

// ErrFindings is returned by a command that has printed what it found.
var ErrFindings = errors.New("something was found")

// usageError is a command line that says nothing that can be done.
type usageError struct{ error }

// Usagef returns the error of a command that was called wrongly in a way that flags and
// arguments alone do not show.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Begin says that the command line was understood: what fails from now on is not its
// fault.
func (e *Env) Begin() { e.begun = true }

// Conclude prints the error of a command, with where its help is if it was called
// wrongly, and returns the exit code. path is the command as it was called. Whatever the
// command made of it, standard output that cannot be written is a failure, unless its
// reader went away.
func (e *Env) Conclude(path string, err error) int {
	switch lost := e.output.failed; {
	case lost != nil && !e.output.closed():
		fmt.Fprintf(e.ErrOut, "error: writing to standard output: %v\n", lost)
		return ExitFailed
	case err == nil, lost != nil && errors.Is(err, lost):
		return ExitFine
	case errors.Is(err, ErrFindings):
		return ExitFindings
	}
	fmt.Fprintf(e.ErrOut, "error: %v\n", err)
	if !e.begun || errors.As(err, new(usageError)) {
		fmt.Fprintf(e.ErrOut, "See '%s --help'.\n", path)
	}
	return ExitFailed
}
