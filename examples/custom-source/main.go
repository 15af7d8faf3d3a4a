// A telemetry-scheduler with a telemetry source of its own: it is everything that
// the product is, and sources of the type PowerMeters besides.
package main

import (
	"os"

	"k8s.io/component-base/cli"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
)

func main() {
	os.Exit(cli.Run(app.NewSchedulerCommand(app.WithSource("PowerMeters", newPowerMeters))))
}
