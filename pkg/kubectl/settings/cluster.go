package settings

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// ofTheProduct selects what the manifests make.
const ofTheProduct = "app.kubernetes.io/name=telemetry-scheduler"

// without is the annotation in which the chart says which of its rights it was told to leave
// out.
const without = "telemetry-scheduler.io/without-rights"

// in reads the scheduler's configuration where the manifest puts it; false where it does
// not stand there, or may not be read. A release of another name has it under that: it is
// found by the name, or where it is the only one of the namespace. Its scheduler is that of
// the namespace in which it stands, whatever it says: who writes it does not say where callers
// look and send credentials.
func in(ctx context.Context, core corev1client.CoreV1Interface, namespace, release string) (*Settings, bool, error) {
	names := []string{ConfigMap}
	if release != "" {
		names = []string{release + "-config", ConfigMap}
	}
	for _, name := range names {
		switch cm, err := core.ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{}); {
		case apierrors.IsForbidden(err):
			return nil, false, nil
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, false, err
		default:
			if s, is, err := standing(cm); name != ConfigMap || err != nil || is && s.isOf(release) {
				return s, is, err
			}
		}
	}
	return only(ctx, core, namespace, release)
}

// isOf reports whether they may be those of a release: its name is that of the lease, and mostly
// nobody names one.
func (s *Settings) isOf(release string) bool { return release == "" || s.Lease == release }

// only reads the configuration of the one release that a namespace has.
func only(ctx context.Context, core corev1client.CoreV1Interface, namespace, release string) (found *Settings, is bool, err error) {
	all, err := core.ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: ofTheProduct})
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	var unread error
	for i := range all.Items {
		switch s, holds, err := standing(&all.Items[i]); {
		case err != nil:
			unread = err
		case holds && s.isOf(release) && is:
			return nil, false, nil // one of several would be a guess
		case holds && s.isOf(release):
			found, is = s, true
		}
	}
	if is {
		unread = nil
	}
	return found, is, unread
}

func standing(cm *corev1.ConfigMap) (*Settings, bool, error) {
	place := cm.Namespace + "/" + cm.Name
	s, err := ReadMap(place, cm.Data)
	if s == nil || err != nil {
		return nil, false, err
	}
	s.Stands, s.Namespace, s.Without = place, cm.Namespace, strings.Fields(cm.Annotations[without])
	return s, true, nil
}
