package api

import (
	"net/http"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/report"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// Evaluator is what the API reads of the evaluator.
type Evaluator interface {
	Sources() []evaluator.SourceReport
	Metrics() []evaluator.MetricHealth
}

// Rules is what the API reads of the source of rules.
type Rules interface{ Report() *rulesource.Report }

// Oracle is what the API reads of the plugin.
type Oracle interface {
	Pod(namespace, name string) (*v1.Pod, error)
	// Ask returns nil before the first evaluation.
	Ask(pod *v1.Pod) *inquiry.Inquiry
	// Account is what pods are placed by; its Board is nil before the first evaluation.
	Account() *inflight.Account
	InFlight() *inflight.Ledger
	// Waiting returns a list that is the caller's.
	Waiting() []inquiry.Waiter
}

// Leader is who leads, as far as this replica has seen.
type Leader struct {
	// Self is set where this replica leads.
	Self bool
	// Identity is empty where nobody leads.
	Identity string
	// Renewed is when the leader last said that it leads.
	Renewed time.Time
}

// Options of a Server. Every field is required.
type Options struct {
	Oracle Oracle
	// Profiles returns the names of the profiles that have the plugin; none where they are
	// not known.
	Profiles func() []string
	// Default writes into a pod that is sent what the API server would.
	Default func(*v1.Pod)
	// Eviction is what the operator says of moving pods.
	Eviction *args.Eviction
	// SourceTypes holds the type of each telemetry source by its name.
	SourceTypes map[string]string
	Leader      func() Leader
	Now         func() time.Time
}

// Server answers requests. It has nothing to say before Know.
type Server struct {
	opts  Options
	known atomic.Pointer[knowledge]
	// moves is the loop that moves pods; nil before there is one.
	moves atomic.Pointer[Descheduler]
	// busy has a place for each answer that is being made.
	busy chan struct{}
	// open has a place for each request from its beginning until its answer is written.
	open chan struct{}
}

// knowledge is what comes to exist after the Server.
type knowledge struct {
	evaluator Evaluator
	rules     Rules
}

// mostAtOnce bounds how many answers are made at the same time: they must not take the
// processor from scheduling.
const mostAtOnce = 2

// mostOpen bounds how many answers are held for clients that may read slowly.
const mostOpen = 16

// New returns a Server.
func New(opts Options) *Server {
	return &Server{opts: opts, busy: make(chan struct{}, mostAtOnce), open: make(chan struct{}, mostOpen)}
}

// Know gives the Server what it answers from.
func (s *Server) Know(e Evaluator, r Rules) { s.known.Store(&knowledge{e, r}) }

// request is one request that may be answered.
type request struct {
	*http.Request
	knowledge
	params
	account *inflight.Account
	board   *engine.Board
	// moves is what the loop that moves pods told last; nil where that is nothing.
	moves *report.Report
	// byPair finds what it told of a node and a rule; see evictionOn.
	byPair map[[2]string]*report.Pair
	now    time.Time
	body   []byte
}

// endpoint is one path with how it is answered.
type endpoint struct {
	// pattern is a method and a path under the Prefix.
	pattern string
	// parameters are those that it takes.
	parameters []string
	answer     func(*Server, *request) (any, error)
}

var endpoints = []endpoint{
	{"GET /rules", []string{paramLimit, paramContinue}, (*Server).rules},
	{"GET /preferences", []string{paramLimit, paramContinue}, (*Server).preferences},
	{"GET /keys", []string{paramLimit, paramContinue}, (*Server).keys},
	{"GET /phases", []string{paramRule, paramNode, paramPhase, paramLimit, paramContinue}, (*Server).phases},
	{"GET /values", []string{paramMetric, paramNode, paramLimit, paramContinue}, (*Server).values},
	{"GET /nodes", []string{paramNode, paramLimit, paramContinue}, (*Server).nodes},
	{"GET /inflight", []string{paramNode, paramLimit, paramContinue}, (*Server).inFlight},
	{"GET /waiting", []string{paramRule, paramLimit, paramContinue}, (*Server).waiting},
	{"GET /evictions", []string{paramRule, paramNode, paramLimit, paramContinue}, (*Server).evictions},
	{"GET /sources", nil, (*Server).sources},
	{"GET /pods/{namespace}/{name}", []string{paramNode, paramNodes, paramVerdict, paramLimit, paramContinue}, (*Server).existingPod},
	{"POST /pods", []string{paramNode, paramNodes, paramVerdict, paramLimit, paramContinue}, (*Server).postedPod},
}

// header begins an answer.
func (r *request) header(kind string) v1alpha1.Header {
	return v1alpha1.Header{
		APIVersion: v1alpha1.APIVersion, Kind: kind,
		Board: v1alpha1.Board{Version: r.board.Version, At: r.board.At.UTC(), Nodes: len(r.board.Names()), InGrace: r.board.InGrace()},
	}
}
