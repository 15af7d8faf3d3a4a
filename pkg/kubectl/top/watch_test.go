package top

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// leader answers with one node, or fails at the look of a number.
type leader struct {
	faults         map[int]error
	asked          int
	opened, closed int
}

// Get implements answers.Asker.
func (l *leader) Get(_ context.Context, path string, _ url.Values, answer any) error {
	if list, is := answer.(*v1alpha1.NodeList); is {
		l.asked++
		list.Board.At = time.Now()
		list.Items = []v1alpha1.Node{node("n", 0.5)}
	}
	return l.faults[l.asked]
}

// Close implements connection.
func (l *leader) Close() { l.closed++ }

func (l *leader) connect(context.Context) (connection, error) {
	l.opened++
	return l, nil
}

// silence is an error after which another question would meet the same.
func silence(t *testing.T) error {
	_, err := new(ask.Flags).Connect(t.Context(), &rest.Config{Impersonate: rest.ImpersonationConfig{UserName: "ann"}})
	if !ask.Silent(err) {
		t.Fatalf("it is %v", err)
	}
	return err
}

var errNobody = errors.New("nobody may")

func nobody(context.Context, error) (connection, error) { return nil, errNobody }

func watching(l *leader) (o *options, out, errs *bytes.Buffer) {
	out, errs = new(bytes.Buffer), new(bytes.Buffer)
	o = &options{env: cli.NewEnv(genericiooptions.IOStreams{Out: out, ErrOut: errs}), connect: l.connect, standIn: nobody, sortBy: byTrouble, limit: defaultLimit, watch: true, interval: 5 * time.Second}
	o.output.AddTo(new(cobra.Command), cli.TableFormat)
	return o, out, errs
}

func TestItGoesOnUntilItIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(leader)
		o, out, errs := watching(l)
		ctx, stop := context.WithTimeout(t.Context(), 7*time.Second)
		defer stop()
		if err := o.run(ctx, nil); err != nil {
			t.Fatal(err)
		}
		const one = "Nodes: 1, evaluated 0s ago\nNODE   MEMORY   RULES\nn      50%      50% to memory > 90%\n"
		if diff := cmp.Diff("2000-01-01T00:00:00Z\n"+one+"\n2000-01-01T00:00:05Z\n"+one, out.String()); diff != "" || errs.Len() > 0 {
			t.Errorf("it says %q (-want +got):\n%s", errs, diff)
		}
		if l.opened != 1 || l.closed != 1 {
			t.Errorf("of %d connections %d were closed", l.opened, l.closed)
		}
	})
}

func TestItLooksForTheNextLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := silence(t)
		l := &leader{faults: map[int]error{2: gone}}
		o, _, errs := watching(l)
		ctx, stop := context.WithTimeout(t.Context(), 14*time.Second)
		defer stop()
		if err := o.run(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if l.asked != 3 || l.opened != 2 || l.closed != 2 || errs.String() != gone.Error()+"; going on\n" {
			t.Errorf("it asked %d times, opened %d and closed %d connections, and says %q", l.asked, l.opened, l.closed, errs)
		}
	})
}

func TestWhatFailsAtOnceEndsIt(t *testing.T) {
	for sentence, fault := range map[string]error{"nobody answers": silence(t), "the question is wrong": errors.New("there is no node n")} {
		t.Run(sentence, func(t *testing.T) {
			o, _, _ := watching(&leader{faults: map[int]error{1: fault}})
			if err := o.run(t.Context(), nil); !errors.Is(err, fault) {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

// TestSomebodyStandsInUntilTheSchedulerAnswers has the scheduler fall silent from its
// second look to its fourth: the first silence may be a change of leaders.
func TestSomebodyStandsInUntilTheSchedulerAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := silence(t)
		l, here := &leader{faults: map[int]error{2: gone, 3: gone, 4: gone}}, new(leader)
		o, _, errs := watching(l)
		o.standIn = func(_ context.Context, why error) (connection, error) {
			if !errors.Is(why, gone) {
				t.Errorf("it is told %v", why)
			}
			return here.connect(t.Context())
		}
		ctx, stop := context.WithTimeout(t.Context(), 24*time.Second)
		defer stop()
		if err := o.run(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if l.asked != 5 || here.asked != 2 || here.opened != 1 || here.closed != 1 || errs.String() != gone.Error()+"; going on\n" {
			t.Errorf("the scheduler is asked %d times, and %+v in its place; it says %q", l.asked, here, errs)
		}
	})
}

func TestWhereNobodyCanStandInItWaitsForTheNextLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := silence(t)
		l := &leader{faults: map[int]error{2: gone, 3: gone, 4: gone}}
		o, _, errs := watching(l)
		ctx, stop := context.WithTimeout(t.Context(), 24*time.Second)
		defer stop()
		if err := o.run(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if tried := strings.Count(errs.String(), errNobody.Error()); l.asked != 5 || tried != 1 {
			t.Errorf("the scheduler is asked %d times; it says %q", l.asked, errs)
		}
	})
}
