package testbed

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// write makes all certificates of a control plane.
func (c *certificates) write(dir string) (err error) {
	if c.clients, err = newAuthority(dir, "ca"); err != nil {
		return err
	}
	if c.front, err = newAuthority(dir, "front-proxy-ca"); err != nil {
		return err
	}
	if c.serving[0], c.serving[1], err = c.clients.issue("serving", pkix.Name{CommonName: "localhost"}); err != nil {
		return err
	}
	if c.proxy[0], c.proxy[1], err = c.front.issue("front-proxy-client", pkix.Name{CommonName: "front-proxy-client"}); err != nil {
		return err
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	c.serviceAccountKey = filepath.Join(dir, "service-accounts.key")
	return writeKey(c.serviceAccountKey, key)
}

// Serving returns the files of a certificate for servers on this machine, of its
// key, and of the authority that signed it.
func (b *Bed) Serving() (crt, key, ca string) {
	return b.certs.serving[0], b.certs.serving[1], b.certs.clients.file(".crt")
}

// certificateKubeconfig writes the kubeconfig of a user known by certificate.
func (b *Bed) certificateKubeconfig(name, user string, groups ...string) (string, error) {
	crt, key, err := b.certs.clients.issue(name, pkix.Name{CommonName: user, Organization: groups})
	if err != nil {
		return "", err
	}
	return b.writeKubeconfig(name, &clientcmdapi.AuthInfo{ClientCertificate: crt, ClientKey: key})
}

// ServiceAccountKubeconfig writes the kubeconfig of an existing ServiceAccount,
// with a token as its pods would have.
func (b *Bed) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) (string, error) {
	token, err := b.Token(ctx, namespace, name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.Dir, namespace+"."+name+".token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		return "", err
	}
	return b.writeKubeconfig(namespace+"."+name, &clientcmdapi.AuthInfo{TokenFile: path})
}

// Token returns a token of an existing ServiceAccount, for six hours.
func (b *Bed) Token(ctx context.Context, namespace, name string) (string, error) {
	seconds := int64(6 * 60 * 60)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	token, err := b.Client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("asking for a token of %s/%s: %w", namespace, name, err)
	}
	return token.Status.Token, nil
}

func (b *Bed) writeKubeconfig(name string, who *clientcmdapi.AuthInfo) (string, error) {
	const only = "testbed"
	config := clientcmdapi.NewConfig()
	config.Clusters[only] = &clientcmdapi.Cluster{Server: b.URL(), CertificateAuthority: b.certs.clients.file(".crt")}
	config.AuthInfos[only] = who
	config.Contexts[only] = &clientcmdapi.Context{Cluster: only, AuthInfo: only}
	config.CurrentContext = only
	path := filepath.Join(b.Dir, name+".kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}
