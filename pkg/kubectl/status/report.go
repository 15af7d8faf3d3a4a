package status

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// Report is what the command prints.
type Report struct {
	// At is when it was made.
	At time.Time `json:"at"`
	// Answers is set where the scheduler answered. Where it did not, Silence says why, and
	// the report has what the cluster itself knows: no sources, and no rules.
	Answers bool   `json:"answers"`
	Silence string `json:"silence,omitempty"`
	// Leader is what the lease says; absent where nobody may read it, or there is none.
	Leader *Leader `json:"leader,omitempty"`
	// Board is the newest evaluation.
	Board   *v1alpha1.Board   `json:"board,omitempty"`
	Pause   *v1alpha1.Pause   `json:"pause,omitempty"`
	Sources []v1alpha1.Source `json:"sources,omitempty"`
	Rules   []v1alpha1.Rule   `json:"rules,omitempty"`
	// Firing is where rules fire, fired until a moment ago, or keep pods off because nothing
	// is known: newest first. Without an answer it is what the leader stored last, without
	// values.
	Firing []v1alpha1.Phase `json:"firing,omitempty"`
	// Waiting are the pods that wait because of telemetry; absent without an answer.
	Waiting *Waiting `json:"waiting,omitempty"`
	// State are the ConfigMaps of the state; absent where the caller may read none.
	State *State `json:"state,omitempty"`
	// Attention is what somebody should look at, and Remarks are what is good to know.
	Attention []Note `json:"attention"`
	Remarks   []Note `json:"remarks,omitempty"`

	texts *v1alpha1.KeyList
	// namespace is the scheduler's, where metrics are defined.
	namespace string
}

// Leader is the replica that leads, as the lease says.
type Leader struct {
	// Identity is empty where the lease was given back.
	Identity string `json:"identity,omitempty"`
	// Since is when it began to lead, and Renewed when it last said that it does.
	Since   time.Time `json:"since,omitzero"`
	Renewed time.Time `json:"renewed,omitzero"`
	// LeaseSeconds is how long after Renewed it leads without saying so.
	LeaseSeconds int32 `json:"leaseSeconds,omitempty"`
}

// Waiting are the pods that have no node because telemetry kept them off one.
type Waiting struct {
	Pods int `json:"pods"`
	// Rules count them by rule, the most first.
	Rules []v1alpha1.WaitedFor `json:"rules"`
	// Longest are the few that wait the longest.
	Longest []v1alpha1.WaitingPod `json:"longest"`
}

// State are the ConfigMaps in which the leader keeps what survives it.
type State struct {
	// ConfigMaps is their number, and Bytes what is packed in them. Both are absent where the
	// caller may get the one that says who may write, and not list the others.
	ConfigMaps *int `json:"configMaps,omitempty"`
	Bytes      *int `json:"bytes,omitempty"`
	// Written is when one was written last.
	Written time.Time `json:"written,omitzero"`
}

// Note is one thing that a person should know.
type Note struct {
	// About is what it concerns: a source, a rule, a place in a text.
	About string `json:"about"`
	Says  string `json:"says"`
	// Mend is how to put it right.
	Mend string `json:"mend,omitempty"`
}

func (r *Report) attend(about, says, mend string) {
	r.Attention = append(r.Attention, Note{About: about, Says: says, Mend: mend})
}

func (r *Report) remark(about, says, mend string) {
	r.Remarks = append(r.Remarks, Note{About: about, Says: says, Mend: mend})
}
