package test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/scenario"
)

// rewriteFile writes what came into the file, and reports whether some of it could not
// be written. With an error the file is as it was.
func (o *options) rewriteFile(ctx context.Context, name string, report *scenario.Report) (bool, error) {
	rewritten, err := report.Rewrite(ctx)
	if err != nil {
		return true, err
	}
	if rewritten.Changed {
		if err := replace(name, rewritten.Text); err != nil {
			return true, err
		}
	}
	for _, problem := range rewritten.Problems {
		fmt.Fprintln(o.env.Out, problem)
	}
	o.conclude(name, fmt.Sprintf("rewritten, %d of %s", rewritten.Cases, cases(len(report.Cases))))
	return len(rewritten.Problems) > 0, nil
}

// replace puts a text in the place of that of a file, or leaves it alone: whoever reads
// the file never sees a part. The mode stays, and so does a symbolic link to the file.
func replace(name string, text []byte) (err error) {
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(beside.Name())
		}
	}()
	_, err = beside.Write(text)
	if err := errors.Join(err, beside.Chmod(info.Mode()), beside.Sync(), beside.Close()); err != nil {
		return err
	}
	return os.Rename(beside.Name(), name)
}
