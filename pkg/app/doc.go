// Package app assembles the scheduler: kube-scheduler's own command line and
// server, the plugin Telemetry, and the evaluator that feeds it.
//
// A program with telemetry sources or plugins of its own is as short as ours:
//
//	func main() {
//		os.Exit(cli.Run(app.NewSchedulerCommand(app.WithSource("Thermometer", newThermometer))))
//	}
//
// A program that has a command of its own calls three functions, in this order:
//
//	a := app.New()
//	cc, sched, err := kubescheduler.Setup(ctx, opts, a.Plugin())
//	err = a.Attach(ctx, cc, sched)
//	err = kubescheduler.Run(ctx, cc, sched)
//
// All that the package exports is promised; docs/extending.md says what that means.
package app
