// Package door is what a leader tells clients of its API in the ConfigMap that says who
// writes its state: where it listens, and by which certificate it is known. Whoever may
// write that ConfigMap and the lease, and run pods beside the scheduler, can stand in the
// leader's place and hear the credentials of those who ask; SECURITY.md says what follows.
package door

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
)

// The keys in the ConfigMap.
const (
	keyLeader      = "api-leader"
	keyPort        = "api-port"
	keyCertificate = "api.crt"
)

// Door is the way to the API of one leader.
type Door struct {
	// Leader is its identity in the lease.
	Leader string
	// Port is 0 where the operator wants no API.
	Port int
	// Certificate holds what it serves with as PEM: its own certificate first, then those
	// of its authorities, as far as it sends them.
	Certificate []byte
}

// StateOf names the ConfigMap, for the name of a lease. The rest of the state has names
// that begin with it.
func StateOf(lease string) string { return lease + "-state" }

// Data is what stands in the ConfigMap.
func (d Door) Data() map[string]string {
	return map[string]string{keyLeader: d.Leader, keyPort: strconv.Itoa(d.Port), keyCertificate: string(d.Certificate)}
}

// Read is the inverse of Data. What is not there is zero: a leader of an earlier version
// says nothing.
func Read(data map[string]string) Door {
	port, err := strconv.ParseUint(data[keyPort], 10, 16)
	if err != nil {
		port = 0
	}
	return Door{Leader: data[keyLeader], Port: int(port), Certificate: []byte(data[keyCertificate])}
}

// Own returns the server's own certificate alone, as PEM, and a name that it is good for.
func (d Door) Own() (certificate []byte, name string, err error) {
	block, _ := pem.Decode(d.Certificate)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, "", errors.New("there is no certificate")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, "", fmt.Errorf("reading the certificate: %w", err)
	}
	switch {
	case len(parsed.DNSNames) > 0:
		name = parsed.DNSNames[0]
	case len(parsed.IPAddresses) > 0:
		name = parsed.IPAddresses[0].String()
	default:
		return nil, "", errors.New("the certificate names no host and no address (subjectAltName)")
	}
	return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}), name, nil
}
