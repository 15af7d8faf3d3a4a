package generate

import (
	"bytes"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/scenario"
)

// generated is what the command prints.
func generated(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	command := New(cli.NewEnv(genericiooptions.IOStreams{Out: &out}))
	command.SetArgs(args)
	command.SilenceErrors, command.SilenceUsage = true, true
	err := command.Execute()
	return out.String(), err
}

// flagsOfAll are tried with every kind, and flagsOfSome with one that has a built-in
// metric, one that is a rate, and one that prefers.
var (
	flagsOfAll  = []string{"", "--threshold 60 --clear 40", "--threshold 60 --nodes pool=no --pods tier=12 --mode DryRun"}
	flagsOfSome = []string{
		"--threshold 97.5", "--threshold 60 --clear 60", "--threshold 60 --for 0s", "--threshold 60 --for 40m", "--threshold 60 --give-way",
		"--name other", "--nodes pool=general,zone=a", "--resource io", "--resource cpu --threshold 60",
	}
)

// TestWhatIsGeneratedIsRight generates each kind with many flags: every file is without a
// mistake, which generating refuses, and its test, which is generated too, holds.
func TestWhatIsGeneratedIsRight(t *testing.T) {
	for i := range kinds {
		k := &kinds[i]
		flags := flagsOfAll
		if k.name == "memory" || k.name == "stall" || k.name == "power" {
			flags = append(flags[:len(flags):len(flags)], flagsOfSome...)
		}
		for _, line := range flags {
			if strings.Contains(line, "--resource") && len(k.resources) == 0 {
				continue
			}
			args := []string{k.name}
			for _, flag := range strings.Fields(line) {
				if strings.Trim(flag, "0123456789.") == "" {
					flag += k.suffix
				}
				args = append(args, flag)
			}
			t.Run(strings.Join(args, " "), func(t *testing.T) {
				t.Parallel()
				holds(t, k, args)
			})
		}
	}
}

func holds(t *testing.T, k *kind, args []string) {
	file, err := generated(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := generated(t, append(args, "--tests")...)
	if err != nil {
		t.Fatal(err)
	}
	report := scenario.Run(t.Context(), "t.yaml", []byte(tests), scenario.Options{ReadFile: func(name string) ([]byte, error) {
		if name != k.name+".yaml" {
			t.Errorf("the test names %s", name)
		}
		return []byte(file), nil
	}})
	for _, m := range report.Mistakes {
		t.Error(m)
	}
	if len(report.Cases) == 0 {
		t.Error("nothing is tested")
	}
	for _, c := range report.Cases {
		for _, f := range c.Failures {
			t.Errorf("%s\n%s", c.Name, f.String())
		}
	}
	if t.Failed() {
		t.Logf("%s\n%s", file, tests)
	}
	sameInAConfigMap(t, k, args, file)
}

// sameInAConfigMap reads the file out of the ConfigMap that holds it.
func sameInAConfigMap(t *testing.T, k *kind, args []string, file string) {
	text, err := generated(t, append(args, "--configmap", "ours", "--rules-label", "yes")...)
	if err != nil {
		t.Fatal(err)
	}
	var cm corev1.ConfigMap
	if err := yaml.UnmarshalStrict([]byte(text), &cm); err != nil {
		t.Fatal(err)
	}
	if cm.Name != "ours" || cm.Namespace != "telemetry-scheduler" || cm.Labels["telemetry-scheduler.io/rules"] != "yes" || cm.Data[k.name+".yaml"] != file {
		t.Errorf("the ConfigMap holds something else:\n%s", text)
	}
}

func TestFlagsThatMakeNoRule(t *testing.T) {
	for args, want := range map[string]string{
		"memory --threshold 90":            `--threshold is "90": write a number above 0, like 85%`,
		"memory --threshold 0%":            `--threshold is "0%": write a number above 0, like 85%`,
		"memory --threshold NaN%":          `--threshold is "NaN%": write a number above 0, like 85%`,
		"memory --threshold 5000%":         `these flags make no rule: `,
		"memory --clear 95%":               `these flags make no rule: "clear" is on the wrong side: the condition is "above 90%", and 95% already fulfils it; write 90% or less`,
		"memory --name Hot":                `these flags make no rule: "Hot" is not a name; `,
		"memory --name no":                 `these flags make no rule: `,
		"memory --mode dryrun":             `these flags make no rule: "mode" cannot be "dryrun"; did you mean "DryRun"?`,
		"memory --for 90":                  `--for is "90": write it like 30s or 2m, and at most 12h`,
		"memory --for 2d":                  `--for is "2d": write it like 30s or 2m, and at most 12h`,
		"memory --nodes a/b/c=d":           `these flags make no rule: "a/b/c" cannot be the key of a label; `,
		"memory --query up":                `unknown flag: --query`,
		"memory --tests --configmap x":     `if any flags in the group [tests configmap] are set none of the others can be; [configmap tests] were all set`,
		"stall --resource disk":            `--resource is "disk": the known ones are memory, cpu, io`,
		"stall --query up>1":               `these flags make no rule: `,
		"cost --clear 3":                   `without --threshold there is no rule, and --clear and --for have no meaning`,
		"temperature --query up --tests":   `if any flags in the group [tests query] are set none of the others can be; [query tests] were all set`,
		"temperature --threshold 85celsiu": `--threshold is "85celsiu": write a number above 0, like 85`,
	} {
		out, err := generated(t, strings.Fields(args)...)
		if err == nil || !strings.HasPrefix(err.Error(), want) || out != "" {
			t.Errorf("%s: %v, want %s; printed:\n%s", args, err, want, out)
		}
	}
}
