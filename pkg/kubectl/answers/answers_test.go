package answers

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// inParts answers with one node a part.
type inParts struct {
	names []string
	asked []string
	fails int
}

// Get implements Asker.
func (p *inParts) Get(_ context.Context, path string, query url.Values, answer any) error {
	p.asked = append(p.asked, path+"?"+query.Encode())
	at := len(p.asked) - 1
	if p.fails == len(p.asked) {
		return errors.New("it is gone")
	}
	list := answer.(*v1alpha1.NodeList)
	list.Board.Version = uint64(at + 1)
	list.Items = []v1alpha1.Node{{Node: p.names[at]}}
	if at+1 < len(p.names) {
		list.Continue = p.names[at]
	}
	return nil
}

func TestAListIsReadWhole(t *testing.T) {
	api := &inParts{names: []string{"a", "b", "c"}}
	list, err := Nodes(t.Context(), api, "a", "b", "c")
	if err != nil || len(list.Items) != 3 || list.Items[2].Node != "c" || list.Continue != "" || list.Board.Version != 1 {
		t.Fatalf("it reads %+v, %v", list, err)
	}
	want := []string{"/nodes?limit=5000&node=a&node=b&node=c", "/nodes?continue=a&limit=5000&node=a&node=b&node=c", "/nodes?continue=b&limit=5000&node=a&node=b&node=c"}
	if !slices.Equal(api.asked, want) {
		t.Errorf("it asks %q", api.asked)
	}
}

func TestHalfAListIsNone(t *testing.T) {
	if list, err := Nodes(t.Context(), &inParts{names: []string{"a", "b"}, fails: 2}); err == nil || list != nil {
		t.Errorf("it reads %+v, %v", list, err)
	}
}
