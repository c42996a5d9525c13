package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// tlsCertificate makes one that nobody needs to trust: who a stand-in is, Noise proves inside.
func tlsCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a stand-in, not WhatsApp"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validTime), DNSNames: []string{"web.whatsapp.com"},
	}
	shown, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{shown}, PrivateKey: key}, err
}
