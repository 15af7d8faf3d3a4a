// Package testbed starts the real parts that tests, the demo and benchmarks
// stand on: etcd, kube-apiserver, kube-controller-manager, KWOK as the nodes,
// metrics-server, Prometheus, and our own scheduler.
//
//	bed, err := testbed.Start(ctx, testbed.Options{Dir: dir})
//	defer bed.Stop()
//	err = bed.AddNodes(ctx, testbed.Nodes{Count: 20, CPU: "16", Memory: "64Gi"})
//	scheduler, err := bed.StartScheduler(ctx, testbed.Scheduler{Config: config})
//
// Every part is a process of its own with its log in Dir, on free ports, so that
// several testbeds run side by side. Parts can be killed, paused and restarted.
// All of them end with Stop, with the context, and with the process that started
// them. Time in here is real: Eventually is the one place that waits.
package testbed
