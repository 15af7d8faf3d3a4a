package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// Bounds of one request and its answer.
const (
	mostBody   = 1 << 20 // a pod has to fit into what etcd takes
	mostAnswer = 32 << 20
	readTime   = 10 * time.Second
	writeTime  = 30 * time.Second
)

// Handler answers requests of people whom somebody else has let in.
func (s *Server) Handler() http.Handler { return bounded(s.Paths()) }

// Paths has every path.
func (s *Server) Paths() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+v1alpha1.Prefix+"/schema", s.schema)
	for i := range endpoints {
		method, path, _ := strings.Cut(endpoints[i].pattern, " ")
		mux.HandleFunc(method+" "+v1alpha1.Prefix+path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, &endpoints[i]) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, nowhere(r)) })
	return mux
}

// bounded lets no client hold a connection up.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, now := http.NewResponseController(w), time.Now()
		// Whoever cannot do it, such as a recorder of tests, has no connection.
		_, _ = c.SetReadDeadline(now.Add(readTime)), c.SetWriteDeadline(now.Add(writeTime))
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		next.ServeHTTP(w, r)
	})
}

func (s *Server) schema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	_, _ = w.Write(v1alpha1.Schema)
}

func nowhere(r *http.Request) error {
	var paths []string
	for i := range endpoints {
		method, path, _ := strings.Cut(endpoints[i].pattern, " ")
		paths = append(paths, method+" "+v1alpha1.Prefix+path)
	}
	return failure(http.StatusNotFound, metav1.StatusReasonNotFound,
		fmt.Sprintf("there is no %s %s; there are %s and GET %s/schema", r.Method, r.URL.Path, strings.Join(paths, ", "), v1alpha1.Prefix))
}

// serve makes the whole answer before it writes any of it. It has a place until the
// client has read: what slow clients have not read yet is held in memory.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, e *endpoint) {
	if !take(s.open) {
		refuse(w, apierrors.NewTooManyRequests("as many answers as may be are being written; ask again in a second", 1))
		return
	}
	defer func() { <-s.open }()
	made, err := s.make(r, e)
	if err != nil {
		refuse(w, err)
		return
	}
	made.send(w)
}

// take takes a place, and reports whether there was one.
func take(places chan<- struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

// make makes an answer. What goes wrong in it ends this answer and no more.
func (s *Server) make(r *http.Request, e *endpoint) (made *page, err error) {
	defer func() {
		if p := recover(); p != nil {
			klog.FromContext(r.Context()).Error(nil, "Answering a request panicked", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			err = failure(http.StatusInternalServerError, metav1.StatusReasonInternalError, "making the answer failed; the scheduler's log says more")
		}
	}()
	asked, err := s.prepare(r, e)
	if err != nil {
		return nil, err
	}
	if !take(s.busy) {
		return nil, apierrors.NewTooManyRequests("as many answers as may be are being made; ask again in a second", 1)
	}
	defer func() { <-s.busy }()
	answer, err := e.answer(s, asked)
	if err != nil {
		return nil, err
	}
	text, err := encode(answer)
	if err != nil {
		return nil, err
	}
	return pageOf(r, text), nil
}

// prepare reads the request, and refuses what cannot be answered here.
func (s *Server) prepare(r *http.Request, e *endpoint) (*request, error) {
	if err := s.leads(); err != nil {
		return nil, err
	}
	p, err := parseParams(r.URL.RawQuery, e.parameters)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, unread(err)
	}
	known, account := s.known.Load(), s.opts.Oracle.Account()
	if known == nil || account.Board() == nil {
		return nil, errNoBoard
	}
	return &request{Request: r, knowledge: *known, params: p, account: account, board: account.Board(), moves: s.report(), now: s.opts.Now(), body: body}, nil
}

func unread(err error) error {
	if tooLong, is := errors.AsType[*http.MaxBytesError](err); is {
		return apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("the body may have %d bytes", tooLong.Limit))
	}
	return apierrors.NewBadRequest("the body cannot be read: " + err.Error())
}

func encode(answer any) ([]byte, error) {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	lines.SetEscapeHTML(false) // conditions are full of >
	if err := lines.Encode(answer); err != nil {
		return nil, fmt.Errorf("writing the answer: %w", err)
	}
	if text.Len() > mostAnswer {
		return nil, failure(http.StatusRequestEntityTooLarge, metav1.StatusReasonRequestEntityTooLarge,
			fmt.Sprintf("the answer has %d bytes and may have %d; ask for less with limit, or by name", text.Len(), mostAnswer))
	}
	return text.Bytes(), nil
}

func write(w http.ResponseWriter, code int, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(text) // a client that went away does not mind
}

// refuse writes an error as the API server does.
func refuse(w http.ResponseWriter, err error) {
	var known apierrors.APIStatus = apierrors.NewInternalError(err)
	errors.As(err, &known)
	status := known.Status()
	status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(status.Details.RetryAfterSeconds)))
	}
	text, _ := json.Marshal(&status) // it has nothing that cannot be written
	write(w, int(status.Code), append(text, '\n'))
}

func failure(code int32, reason metav1.StatusReason, message string) *apierrors.StatusError {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}}
}
