package integration

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// atOnce is how many tests run side by side where -parallel does not say it. They wait
// for most of their time, for metrics-server's 10 s above all: all together use about
// one processor.
const atOnce = "10"

func TestMain(m *testing.M) {
	parallel := atOnce
	flag.Parse()
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "test.parallel" {
			parallel = f.Value.String()
		}
	})
	if err := flag.Set("test.parallel", parallel); err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	commons.ctx = ctx
	code := m.Run()
	if code == 0 && complete() {
		code = auditRole(filepath.Join(commons.dir, "audit.log"))
	}
	commons.close()
	stop()
	os.Exit(code)
}

// complete reports whether all tests ran.
func complete() bool {
	return flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && !testing.Short()
}

// commons is the control plane that tests share. It is started by the first test
// that wants it.
var commons common

type common struct {
	ctx  context.Context
	dir  string
	once sync.Once
	bed  *testbed.Bed
	err  error
}

func (c *common) start() {
	began := time.Now()
	if c.dir, c.err = os.MkdirTemp("", "telemetry-scheduler-integration-"); c.err != nil {
		return
	}
	if c.bed, c.err = testbed.Start(c.ctx, testbed.Options{Dir: c.dir}); c.err != nil {
		return
	}
	c.err = c.bed.StartMetricsServer(c.ctx)
	fmt.Printf("the shared control plane stands after %.1f s\n", time.Since(began).Seconds())
}

func (c *common) close() {
	if c.bed != nil {
		c.bed.Stop()
	}
	if c.dir != "" {
		_ = os.RemoveAll(c.dir)
	}
}

// shared returns the control plane of everybody, with metrics-server.
func shared(t *testing.T) *testbed.Bed {
	t.Helper()
	c := &commons
	c.once.Do(c.start)
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c.bed
}

// own starts a control plane for one test, without metrics-server.
func own(t *testing.T) *testbed.Bed {
	t.Helper()
	bed, err := testbed.Start(t.Context(), testbed.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bed.Stop)
	return bed
}
