// Package api answers "why?": a read-only HTTPS API of what the scheduler knows.
//
// It tells rules, phases, values, sources, and what telemetry says of a pod on each
// node. Everything comes from the immutable Board and from what listers hold: no request
// here causes one to the API server or to a telemetry source, but for the reviews that
// tell who asks and whether they may. Only the leader answers; another replica names it.
package api
