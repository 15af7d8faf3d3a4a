// Command scheduler is the telemetry-scheduler binary.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // build_info

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
)

func main() { os.Exit(cli.Run(app.NewSchedulerCommand())) }
