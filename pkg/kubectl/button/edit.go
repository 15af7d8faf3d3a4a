package button

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// manager is how the API server knows what was written by this program.
const manager = "kubectl-telemetry"

// button is the ConfigMap as it stands, or is about to.
type button struct {
	*corev1.ConfigMap
	found bool
}

// read reads the button; one that is not there has nothing in it.
func (d *desk) read(ctx context.Context) (button, error) {
	cm, err := d.client.CoreV1().ConfigMaps(d.scheduler).Get(ctx, d.settings.PauseConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return button{ConfigMap: &corev1.ConfigMap{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
			ObjectMeta: metav1.ObjectMeta{Namespace: d.scheduler, Name: d.settings.PauseConfigMap},
		}}, nil
	}
	if err != nil {
		return button{}, err
	}
	cm.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}
	return button{ConfigMap: cm, found: true}, nil
}

// values are all that is written, binary keys too.
func (b button) values() map[string]string {
	out := map[string]string{}
	for key, value := range b.BinaryData {
		out[key] = string(value)
	}
	maps.Copy(out, b.Data)
	return out
}

// parse reads what is written; nothing is wrong with a button that is not there.
func (b button) parse() (rules.Pause, []rules.Mistake) {
	if !b.found && len(b.Data) == 0 {
		return rules.Pause{}, nil
	}
	return rules.ParsePause(b.Namespace+"/"+b.Name, b.values())
}

// set writes a key, and takes it out where it is nil.
func (b button) set(key string, value *string) {
	delete(b.BinaryData, key)
	delete(b.Data, key)
	if value == nil {
		return
	}
	if b.Data == nil {
		b.ConfigMap.Data = map[string]string{}
	}
	b.Data[key] = *value
}

// setText is set for what people wrote; without words the key is not needed.
func (b button) setText(key, text string) {
	if text == "" {
		b.set(key, nil)
		return
	}
	b.set(key, &text)
}

// edit changes the button as it stands now, once more for as often as somebody else was
// quicker. What change leaves as it is stays as it is.
func (d *desk) edit(ctx context.Context, change func(button) error) (button, error) {
	var b button
	quicker := func(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }
	err := retry.OnError(retry.DefaultBackoff, quicker, func() (err error) {
		if b, err = d.read(ctx); err != nil {
			return err
		}
		before := b.values()
		if err := change(b); err != nil || maps.Equal(before, b.values()) {
			return err
		}
		return d.write(ctx, &b)
	})
	return b, err
}

func (d *desk) write(ctx context.Context, b *button) (err error) {
	var dry []string
	switch d.dryRun {
	case dryClient:
		return nil
	case dryServer:
		dry = []string{metav1.DryRunAll}
	}
	maps := d.client.CoreV1().ConfigMaps(b.Namespace)
	var written *corev1.ConfigMap
	if b.found {
		written, err = maps.Update(ctx, b.ConfigMap, metav1.UpdateOptions{DryRun: dry, FieldManager: manager})
	} else {
		written, err = maps.Create(ctx, b.ConfigMap, metav1.CreateOptions{DryRun: dry, FieldManager: manager})
	}
	if err == nil {
		written.TypeMeta = b.TypeMeta
		b.ConfigMap, b.found = written, true
	}
	return err
}

// parse reads the button, and tells what in it cannot be read.
func (d *desk) parse(b button) (rules.Pause, bool) {
	pause, mistakes := b.parse()
	for _, m := range mistakes {
		d.warn("%s", m)
	}
	if len(mistakes) > 0 {
		fmt.Fprintf(d.env.ErrOut, "While that stands, eviction is paused. Mend it with\n  %s\n", d.byHand())
	}
	return pause, len(mistakes) == 0
}

// byHand is how people edit the button.
func (d *desk) byHand() string {
	return fmt.Sprintf("kubectl edit configmap %s -n %s", d.settings.PauseConfigMap, d.scheduler)
}

// tell prints the ConfigMap for programs, or what say writes for people; and what in the
// ConfigMap cannot be read.
func (d *desk) tell(b button, say func(rules.Pause)) error {
	pause, _ := d.parse(b)
	switch d.output.Format() {
	case cli.JSONFormat, cli.YAMLFormat:
		b.ManagedFields = nil
		return d.output.Print(d.env.Out, b.ConfigMap, nil)
	}
	say(pause)
	return nil
}

func (d *desk) say(format string, args ...any) { fmt.Fprintf(d.env.Out, format+"\n", args...) }

// ends says how what holds now is ended.
func (d *desk) ends(words ...string) {
	when := "The scheduler acts on it within five seconds. This ends it:"
	if d.dryRun != dryNone {
		when = "This would end it:"
	}
	d.say("%s\n  %s", when, d.spell(words...))
}
