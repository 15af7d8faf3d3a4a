package settings

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// in reads the scheduler's configuration where the manifest puts it; false where it does
// not stand there, or may not be read. Its scheduler is that of the namespace in which it
// stands, whatever it says: who writes it does not say where callers look and send credentials.
func in(ctx context.Context, core corev1client.CoreV1Interface, namespace string) (*Settings, bool, error) {
	cm, err := core.ConfigMaps(namespace).Get(ctx, ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	place := namespace + "/" + ConfigMap
	s, err := ReadMap(place, cm.Data)
	if s == nil || err != nil {
		return nil, false, err
	}
	s.Stands, s.Namespace = place, namespace
	return s, true, nil
}
