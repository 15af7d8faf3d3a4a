// Package button is the commands "kubectl telemetry pause", "resume" and "silence": they
// press the stop button, and let go of it.
package button

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

// textFormat is what people read.
const textFormat = "text"

// desk is what the commands share: where the button stands, and how it is pressed.
type desk struct {
	env     *cli.Env
	command *cobra.Command
	output  cli.Output
	// scheduler is the scheduler's namespace.
	scheduler string
	dryRun    dryRun
	now       func() time.Time

	client   kubernetes.Interface
	settings *settings.Settings
}

func newDesk(env *cli.Env, command *cobra.Command, formats ...string) *desk {
	d := &desk{env: env, command: command, now: time.Now}
	d.output.AddTo(command, formats...)
	command.Flags().StringVar(&d.scheduler, "scheduler-namespace", settings.DefaultNamespace, "The scheduler's own namespace.")
	d.dryRun.addTo(command)
	return d
}

// connect reads where the button stands. Without the scheduler's configuration it has
// the name that it has by default.
func (d *desk) connect(ctx context.Context) error {
	if namespace := *d.env.Config.Namespace; namespace != "" && namespace != d.scheduler {
		return cli.Usagef("the stop button stands in the scheduler's namespace, which --scheduler-namespace names: leave out -n")
	}
	config, err := d.env.Config.ToRESTConfig()
	if err != nil {
		return err
	}
	if d.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if d.settings, err = (settings.Flags{Namespace: d.scheduler}).Online(ctx, d.client.CoreV1()); err != nil {
		return err
	}
	if !d.settings.Known {
		d.warn("the scheduler's configuration cannot be read from the ConfigMap %s/%s: make sure that a scheduler has its rules in this namespace, or nobody reads what is written here", d.scheduler, settings.ConfigMap)
	}
	return nil
}

func (d *desk) warn(format string, args ...any) {
	fmt.Fprintf(d.env.ErrOut, "%s %s\n", d.env.Paint.Yellow("warning:"), fmt.Sprintf(format, args...))
}

// who is the caller, as the API server knows them; empty where it does not say.
func (d *desk) who(ctx context.Context) string {
	review, err := d.client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		d.warn("the server does not say who you are, so nobody is named: %v", err)
		return ""
	}
	return review.Status.UserInfo.Username
}

// spell is a command of the plugin as the caller can run it: for the same cluster, and the
// same scheduler in it.
func (d *desk) spell(words ...string) string {
	for i, word := range words {
		words[i] = cli.Quoted(word)
	}
	words = append(append([]string{cli.Name}, words...), d.env.Lead()...)
	if flag := d.command.Flags().Lookup("scheduler-namespace"); flag.Changed {
		words = append(words, "--scheduler-namespace="+cli.Quoted(d.scheduler))
	}
	return strings.Join(words, " ")
}

// until says when something ends.
func until(end time.Time) string {
	if end.IsZero() {
		return "somebody ends it"
	}
	return end.UTC().Format(time.RFC3339)
}

// credits are who and why, in parentheses, on one line.
func credits(by, why string) string {
	said := slices.DeleteFunc([]string{oneLine(by), oneLine(why)}, func(s string) bool { return s == "" })
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, ": ") + ")"
}

// oneLine takes out what would act upon a terminal, too.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}
