package state

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
)

// leader is one replica's store with its Run under way.
type leader struct {
	*Store
	stop   context.CancelFunc
	result chan error
	events chan string
}

func newLeader(t *testing.T, s *server, change ...func(*Options)) *leader {
	t.Helper()
	recorder := events.NewFakeRecorder(100)
	opts := Options{Client: s, Namespace: "ours", Name: "state", Sections: []string{"texts", "phases"}, Recorder: recorder}
	for _, c := range change {
		c(&opts)
	}
	return &leader{Store: New(opts), result: make(chan error, 1), events: recorder.Events}
}

// lead starts Run and waits until it has taken over.
func (l *leader) lead(t *testing.T) *leader {
	ctx, stop := context.WithCancel(t.Context())
	l.stop = stop
	go func() { l.result <- l.Run(ctx) }()
	synctest.Wait()
	return l
}

func (l *leader) end() error {
	l.stop()
	return <-l.result
}

// settleFor is the time of some rounds of writing.
const settleFor = 10 * time.Second

// settle lets a round of writing pass.
func settle() {
	time.Sleep(settleFor) // the clock of the synctest bubble
	synctest.Wait()
}

func one(key, value string) []Entry { return []Entry{{Key: key, Value: json.RawMessage(value)}} }

func load(t *testing.T, s *server) (Content, []Problem) {
	t.Helper()
	content, problems, err := newLeader(t, s).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return content, problems
}

func wantContent(t *testing.T, s *server, want Content) {
	t.Helper()
	got, problems := load(t, s)
	if diff := cmp.Diff(want, got); diff != "" || problems != nil {
		t.Errorf("stored content (-want +got):\n%s\nproblems: %v", diff, problems)
	}
}

func TestWhatIsPutIsLoadedAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		a.Put("texts", one("k", `"v"`))
		a.Put("phases", one("r", `{"n":1}`))
		settle()
		wantContent(t, s, Content{"texts": {"k": json.RawMessage(`"v"`)}, "phases": {"r": json.RawMessage(`{"n":1}`)}})
		if err := a.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyWhatChangedIsWrittenAndSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		a.Put("texts", one("k", "1"))
		a.Put("phases", one("r", "1"))
		settle()
		s.takeWrites()
		for range 100 {
			a.Put("texts", one("k", "1"))
			a.Put("phases", one("r", time.Now().Format("1150405")))
			time.Sleep(100 * time.Millisecond)
		}
		settle()
		writes := s.takeWrites()
		if len(writes) < 3 || len(writes) > 5 {
			t.Errorf("%d writes in 10 s at an interval of 3 s", len(writes))
		}
		for _, name := range writes {
			if name != "state-phases-0" {
				t.Errorf("%s was written without a change", name)
			}
		}
		a.end()
	})
}

func TestTheNewestStateIsWrittenWhenALeaderStopsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		a.Put("texts", one("k", "1"))
		if err := a.end(); err != nil {
			t.Error(err)
		}
		wantContent(t, s, Content{"texts": {"k": json.RawMessage("1")}})
	})
}

func TestAFormerLeaderIsFenced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		a.Put("texts", one("k", "1"))
		settle()
		b := newLeader(t, s).lead(t)
		a.Put("texts", one("k", "2"))
		settle()
		if err := <-a.result; !errors.Is(err, ErrFenced) {
			t.Errorf("the former leader ended with %v", err)
		}
		wantContent(t, s, Content{"texts": {"k": json.RawMessage("1")}})
		b.Put("texts", one("k", "3"))
		settle()
		wantContent(t, s, Content{"texts": {"k": json.RawMessage("3")}})
		b.end()
	})
}

func TestAFormerLeaderIsFencedWhereNothingWasStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a, b := newLeader(t, s).lead(t), newLeader(t, s).lead(t)
		b.Put("texts", one("k", "2"))
		settle()
		a.Put("texts", one("k", "1"))
		settle()
		if err := <-a.result; !errors.Is(err, ErrFenced) {
			t.Errorf("the former leader ended with %v", err)
		}
		wantContent(t, s, Content{"texts": {"k": json.RawMessage("2")}})
		b.end()
	})
}

func TestWhatOthersDoToOurConfigMapsIsMended(t *testing.T) {
	for sentence, harm := range map[string]func(*testing.T, *server){
		"the data was edited": func(t *testing.T, s *server) {
			s.edit(t, "state-texts-0", func(cm *corev1.ConfigMap) { cm.BinaryData[dataKey] = []byte("x") })
		},
		"the label and annotations were taken away": func(t *testing.T, s *server) {
			s.edit(t, "state-texts-0", func(cm *corev1.ConfigMap) { cm.Labels, cm.Annotations = nil, nil })
		},
		"the shard was deleted": func(t *testing.T, s *server) {
			if err := s.CoreV1().ConfigMaps("ours").Delete(t.Context(), "state-texts-0", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		},
		"the anchor was deleted": func(t *testing.T, s *server) {
			if err := s.CoreV1().ConfigMaps("ours").Delete(t.Context(), "state", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(sentence+" while we lead", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				a := newLeader(t, s).lead(t)
				a.Put("texts", one("k", "1"))
				settle()
				harm(t, s)
				a.Put("texts", one("k", "2"))
				settle()
				wantContent(t, s, Content{"texts": {"k": json.RawMessage("2")}})
				a.end()
			})
		})
		t.Run(sentence+" while nobody leads", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				a := newLeader(t, s).lead(t)
				a.Put("texts", one("k", "1"))
				settle()
				a.end()
				harm(t, s)
				b := newLeader(t, s).lead(t)
				b.Put("texts", one("k", "1"))
				settle()
				wantContent(t, s, Content{"texts": {"k": json.RawMessage("1")}})
				b.end()
			})
		})
	}
}

func TestADamagedShardIsReportedAndCostsOnlyItsOwnEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		a.Put("texts", one("k", "1"))
		a.Put("phases", one("r", "1"))
		settle()
		a.end()
		s.edit(t, "state-phases-0", func(cm *corev1.ConfigMap) { cm.BinaryData = nil })
		b := newLeader(t, s)
		content, problems, err := b.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Content{"texts": {"k": json.RawMessage("1")}}, content); diff != "" {
			t.Errorf("content (-want +got):\n%s", diff)
		}
		if len(problems) != 1 || problems[0].ConfigMap != "state-phases-0" || problems[0].Section != "phases" {
			t.Errorf("problems: %v", problems)
		}
		want := "Warning StateDamaged Stored state could not be read and will be written anew: decompressing: EOF"
		if got := <-b.events; got != want {
			t.Errorf("event %q, want %q", got, want)
		}
		if _, problems, err := b.Load(t.Context()); len(problems) != 1 || err != nil { // as it begins to lead
			t.Errorf("read again: problems %v, %v", problems, err)
		}
		select {
		case e := <-b.events:
			t.Errorf("it is told twice: %s", e)
		default:
		}
	})
}

func TestTheServerRefusesForAWhileAndNothingIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.setRefusal(apierrors.NewForbidden(configMaps.GroupResource(), "state", nil))
		a := newLeader(t, s).lead(t)
		a.Put("texts", one("k", "1"))
		a.Put("phases", one("r", "1"))
		settle()
		a.Put("texts", one("k", "2"))
		settle()
		s.setRefusal(nil)
		settle()
		wantContent(t, s, Content{"texts": {"k": json.RawMessage("2")}, "phases": {"r": json.RawMessage("1")}})
		a.end()
	})
}

func TestTheBoundIsSaidOnceAndCutsTheLeastImportantSection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s, func(o *Options) { o.MaxBytes = 64 << 10 }).lead(t)
		for range 3 {
			a.Put("texts", noise(40, 1<<10))
			a.Put("phases", noise(60, 1<<10))
			settle()
		}
		content, _ := load(t, s)
		if texts, phases := len(content["texts"]), len(content["phases"]); texts != 40 || phases == 0 || phases >= 60 {
			t.Errorf("%d texts and %d phases were stored", texts, phases)
		}
		if len(a.events) != 1 {
			t.Errorf("%d events, want 1", len(a.events))
		}
		a.end()
	})
}

func TestShardsThatAreNoLongerNeededAreDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		a := newLeader(t, s).lead(t)
		a.Put("texts", noise(300, 4<<10))
		settle()
		a.Put("texts", nil)
		settle()
		list, err := s.CoreV1().ConfigMaps("ours").List(t.Context(), metav1.ListOptions{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Name != "state" {
			t.Errorf("left over: %v, %v", list.Items, err)
		}
		a.end()
	})
}

func TestAnEntryInTwoShardsCountsAsItWasWrittenLast(t *testing.T) {
	shardWith := func(name, value string, epoch, revision string) corev1.ConfigMap {
		data, err := pack(shard{Section: "texts", Entries: map[string]json.RawMessage{"k": json.RawMessage(value)}})
		if err != nil {
			t.Fatal(err)
		}
		return corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{
				annotationSection: "texts", annotationIndex: "0", annotationEpoch: epoch, annotationRevision: revision}},
			BinaryData: map[string][]byte{dataKey: data},
		}
	}
	content, _ := decode([]corev1.ConfigMap{shardWith("b", "2", "1", "10"), shardWith("a", "1", "1", "9")})
	if got := string(content["texts"]["k"]); got != "2" {
		t.Errorf("value %s, want the one of revision 10", got)
	}
}
