package state

import (
	"strconv"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// server is a fake API server that counts resourceVersions and refuses writes
// that carry an old one, which the fake clientset alone does not.
type server struct {
	*fake.Clientset
	mu      sync.Mutex
	version int
	// writes names the ConfigMaps in the order in which they were written.
	writes []string
	// lists counts how often everything was read; refuseList, when set, is the answer.
	lists      int
	refuseList error
	// refuse, when set, is the answer to every write.
	refuse error
	// lost, when set, is the answer to every write that was done.
	lost error
}

func newServer(objects ...runtime.Object) *server {
	s := &server{Clientset: fake.NewClientset(objects...)}
	s.PrependReactor("create", "configmaps", s.onCreate)
	s.PrependReactor("update", "configmaps", s.onUpdate)
	s.PrependReactor("delete", "configmaps", s.onDelete)
	s.PrependReactor("list", "configmaps", s.onList)
	return s
}

// onList says which version the server has reached.
func (s *server) onList(a clienttesting.Action) (bool, runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists++
	if s.refuseList != nil {
		return true, nil, s.refuseList
	}
	found, err := s.Tracker().List(configMaps, corev1.SchemeGroupVersion.WithKind("ConfigMap"), a.GetNamespace())
	if err != nil {
		return true, nil, err
	}
	list := found.(*corev1.ConfigMapList)
	list.ResourceVersion = strconv.Itoa(s.version)
	return true, list, nil
}

func (s *server) onCreate(a clienttesting.Action) (bool, runtime.Object, error) {
	return s.write(a.(clienttesting.CreateAction).GetObject(), func(cm *corev1.ConfigMap) error {
		return s.Tracker().Create(configMaps, cm, cm.Namespace)
	})
}

func (s *server) onUpdate(a clienttesting.Action) (bool, runtime.Object, error) {
	object := a.(clienttesting.UpdateAction).GetObject()
	sent := object.(*corev1.ConfigMap).ResourceVersion
	return s.write(object, func(cm *corev1.ConfigMap) error {
		if err := s.check(cm.Namespace, cm.Name, &sent); err != nil {
			return err
		}
		return s.Tracker().Update(configMaps, cm, cm.Namespace)
	})
}

func (s *server) write(object runtime.Object, put func(*corev1.ConfigMap) error) (bool, runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return true, nil, s.refuse
	}
	cm := object.(*corev1.ConfigMap).DeepCopy()
	s.version++
	cm.ResourceVersion = strconv.Itoa(s.version)
	if err := put(cm); err != nil {
		return true, nil, err
	}
	s.writes = append(s.writes, cm.Name)
	if s.lost != nil {
		return true, nil, s.lost
	}
	return true, cm, nil
}

func (s *server) onDelete(a clienttesting.Action) (bool, runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := a.(clienttesting.DeleteActionImpl)
	if p := d.DeleteOptions.Preconditions; p != nil {
		if err := s.check(d.Namespace, d.Name, p.ResourceVersion); err != nil {
			return true, nil, err
		}
	}
	s.version++
	return true, nil, s.Tracker().Delete(configMaps, d.Namespace, d.Name)
}

func (s *server) check(namespace, name string, sent *string) error {
	now, err := s.Tracker().Get(configMaps, namespace, name)
	if err != nil {
		return err
	}
	if sent != nil && now.(*corev1.ConfigMap).ResourceVersion != *sent {
		return apierrors.NewConflict(configMaps.GroupResource(), name, nil)
	}
	return nil
}

// edit changes a ConfigMap as another client would.
func (s *server) edit(t *testing.T, name string, change func(*corev1.ConfigMap)) {
	t.Helper()
	cm, err := s.CoreV1().ConfigMaps("ours").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	change(cm)
	if _, err := s.CoreV1().ConfigMaps("ours").Update(t.Context(), cm, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// takeWrites returns the names written since the last call.
func (s *server) takeWrites() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.writes
	s.writes = nil
	return out
}

func (s *server) countLists() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists
}

func (s *server) setListRefusal(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuseList = err
}

func (s *server) loseAnswers(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = err
}

func (s *server) setRefusal(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}
