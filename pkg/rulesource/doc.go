// Package rulesource turns the rule ConfigMaps of the scheduler's namespace, and
// the stop button, into the RuleSet in force.
//
// The unit is one key of a ConfigMap: it loads whole, or its last good text
// stays in force until the key is mended or deleted. What is in force is a pure
// function of the texts that exist and the last good ones (resolve.go); the
// Source around it watches the ConfigMaps and tells people about mistakes.
//
// Where the operator allows it, other namespaces have rules too (tenants.go): they
// are resolved one namespace at a time, after the cluster's and with the metrics of
// those, so that nothing in them changes anything but their own namespace.
//
// A name that two ConfigMaps define differently belongs to the newer one; the
// other definition is set aside, and the rest of its key stays in force.
package rulesource
