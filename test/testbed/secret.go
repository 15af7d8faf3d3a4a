package testbed

import (
	"context"
	"crypto/x509/pkix"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ServingData returns what a Secret of type kubernetes.io/tls holds for servers that are
// asked for by a name: a certificate, its key, and the authority; a new one each time.
func (b *Bed) ServingData(host string) (map[string][]byte, error) {
	crt, key, err := b.certs.clients.issue("serving-"+host, pkix.Name{CommonName: host}, host)
	if err != nil {
		return nil, err
	}
	data := map[string][]byte{}
	for name, file := range map[string]string{corev1.TLSCertKey: crt, corev1.TLSPrivateKeyKey: key, corev1.ServiceAccountRootCAKey: b.certs.clients.file(".crt")} {
		if data[name], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// MountSecret writes the keys of a Secret as files into dir, as a kubelet does: all at once,
// in the place of those that are there.
func (b *Bed) MountSecret(ctx context.Context, namespace, name, dir string) error {
	secret, err := b.Client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(dir, "..")
	if err != nil {
		return err
	}
	for key, text := range secret.Data {
		if err := os.WriteFile(filepath.Join(fresh, key), text, 0o600); err != nil {
			return err
		}
		if err := os.Symlink(filepath.Join("..data", key), filepath.Join(dir, key)); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return swap(dir, filepath.Base(fresh))
}

// swap lets ..data lead to a folder, and removes the one to which it led.
func swap(dir, fresh string) error {
	data, next := filepath.Join(dir, "..data"), filepath.Join(dir, "..data_tmp")
	former, _ := os.Readlink(data)
	if err := os.Symlink(fresh, next); err != nil {
		return err
	}
	if err := os.Rename(next, data); err != nil || former == "" {
		return err
	}
	return os.RemoveAll(filepath.Join(dir, former))
}
