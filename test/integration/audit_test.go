package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"testing"
)

// request is what the audit log says of one.
type request struct {
	Verb       string
	RequestURI string
	User       struct{ Username string }
	ObjectRef  struct{ APIGroup, Resource, Subresource, Namespace, Name string }
	// ResponseStatus is how it ended.
	ResponseStatus struct{ Code int }
	Annotations    map[string]string
}

// refused reports whether the API server did not know the user, or what it grants them
// was not enough. One that it passes on may be refused yet: metrics-server takes
// everybody for a stranger in the moment of its start.
func (r request) refused() bool {
	return r.ResponseStatus.Code == http.StatusUnauthorized || r.Annotations["authorization.k8s.io/decision"] == "forbid"
}

// requests calls do with the requests in an audit log whose lines have some words: to
// read all lines as JSON takes long.
func requests(path, words string, do func(request)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		// The last line may be half written.
		if bytes.Contains(lines.Bytes(), []byte(words)) && json.Unmarshal(lines.Bytes(), &r) == nil {
			do(r)
		}
	}
	return lines.Err()
}

// wantNothingForbidden fails the test for each request that was refused to a user.
func wantNothingForbidden(t *testing.T, path, user string) {
	t.Helper()
	seen := 0
	err := requests(path, user, func(r request) {
		if r.User.Username != user {
			return
		}
		seen++
		if r.refused() {
			t.Errorf("the account was refused: %s %s: %d", r.Verb, r.RequestURI, r.ResponseStatus.Code)
		}
	})
	if err != nil || seen == 0 {
		t.Errorf("the audit log has %d requests of %s, %v", seen, user, err)
	}
}
