package weight

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// places are the files that tell people which weight to give the plugin.
var places = []string{"manifests/install.yaml", "pkg/app/smallest.yaml", "docs/operating.md"}

// enabled finds the plugin in a list of enabled ones, and its weight where there is one.
var enabled = regexp.MustCompile(`multiPoint:\s*\{?enabled:\s*(?:\[\{|- )name: Telemetry(?:(?:, |\n\s*)weight: (\d+))?`)

// weightIn returns the weight of the one place in a file that enables the plugin at
// multiPoint.
func weightIn(t *testing.T, file string) int32 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", file))
	if err != nil {
		t.Fatal(err)
	}
	found := enabled.FindAllStringSubmatch(string(text), -1)
	if len(found) != 1 || found[0][1] == "" {
		t.Fatalf("%s should enable the plugin once, with a weight: %q", file, found)
	}
	weight, err := strconv.ParseInt(found[0][1], 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int32(weight)
}

func TestEveryPlaceNamesOneWeight(t *testing.T) {
	for _, file := range places[1:] {
		if got, want := weightIn(t, file), weightIn(t, places[0]); got != want {
			t.Errorf("%s gives the plugin the weight %d, and %s gives it %d", file, got, places[0], want)
		}
	}
}

// TestTheShippedWeightIsTheLeastThatIsFelt holds for requests that say the opposite of
// what is used, where kube-scheduler's own scores speak against telemetry.
func TestTheShippedWeightIsTheLeastThatIsFelt(t *testing.T) {
	shipped, clusters := weightIn(t, places[0]), 3
	if f := measureFelt(t, wishes[0].text, anticorrelated, shipped, clusters); f.best < 90 || f.correlation < 0.9 {
		t.Errorf("with weight %d a preference is hardly felt: %+v", shipped, f)
	}
	if f := measureFelt(t, wishes[0].text, anticorrelated, shipped-1, clusters); f.best > 50 {
		t.Errorf("with weight %d a preference is felt as well: %+v", shipped-1, f)
	}
}

// TestTheShippedWeightDrownsNothing holds for both kinds of preferences, where
// telemetry speaks against what people want by Kubernetes' own means.
func TestTheShippedWeightDrownsNothing(t *testing.T) {
	shipped, clusters := weightIn(t, places[0]), 3
	for _, wish := range wishes {
		for _, r := range rivals {
			if met := measureRival(t, r, wish.text, shipped, true, clusters); met != 100 {
				t.Errorf("with weight %d and the wish %s only %v %% of pods follow their %s", shipped, wish.name, met, r.name)
			}
		}
		if skew := zoneSkew(t, wish.text, shipped, true, clusters); skew > 10 {
			t.Errorf("with weight %d and the wish %s thirty replicas are %v pods uneven over three zones", shipped, wish.name, skew)
		}
	}
}

// TestWhatTheLoudestDrown holds the documentation to what it says of narrow ranges and
// of avoid: taints stand, and affinities only against half of the points.
func TestWhatTheLoudestDrown(t *testing.T) {
	shipped, clusters := weightIn(t, places[0]), 6
	for _, wish := range loud {
		for _, r := range rivals {
			met, stands := measureRival(t, r, wish.text, shipped, true, clusters), r.taint || wish.name == "half"
			if stands != (met == 100) {
				t.Errorf("with weight %d and the wish %s %v %% of pods follow their %s", shipped, wish.name, met, r.name)
			}
		}
	}
}
