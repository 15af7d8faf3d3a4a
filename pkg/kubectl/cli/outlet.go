package cli

import (
	"errors"
	"io"
	"syscall"
)

// outlet is standard output. It remembers that something could not be written, so that no
// command has to look at each line that it prints.
type outlet struct {
	to     io.Writer
	failed error
}

// Write implements io.Writer. What follows a line that was lost is not written.
func (o *outlet) Write(data []byte) (int, error) {
	if o.failed != nil {
		return 0, o.failed
	}
	n, err := o.to.Write(data)
	o.failed = err
	return n, err
}

// closed reports whether the reader went away, which is no failure of ours.
func (o *outlet) closed() bool { return errors.Is(o.failed, syscall.EPIPE) }
