package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

const validTime = 30 * 24 * time.Hour

// seed makes every key of a stand-in: one that starts again with the same seed has the same keys.
type seed []byte

func (s seed) pair(purpose string) *keys.KeyPair {
	sum := hmac.New(sha256.New, s)
	sum.Write([]byte(purpose))
	private := [32]byte(sum.Sum(nil))
	private[0] &= 248
	private[31] &= 127
	private[31] |= 64
	return keys.NewKeyPairFromPrivateKey(private)
}

func sign(by *keys.KeyPair, text []byte) []byte {
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*by.Priv), text)
	return signature[:]
}

// certificate is the chain that a client asks of its server: root, which it knows, intermediate, leaf.
func certificate(root, intermediate *keys.KeyPair, static []byte) ([]byte, error) {
	middle, err := certified(root, 1, 0, intermediate.Pub[:])
	if err != nil {
		return nil, err
	}
	leaf, err := certified(intermediate, 2, 1, static)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(&waCert.CertChain{Intermediate: middle, Leaf: leaf})
}

func certified(by *keys.KeyPair, serial, issuer uint32, key []byte) (*waCert.CertChain_NoiseCertificate, error) {
	now := time.Now()
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial: &serial, IssuerSerial: &issuer, Key: key,
		NotBefore: proto.Uint64(uint64(now.Add(-validTime).Unix())),
		NotAfter:  proto.Uint64(uint64(now.Add(validTime).Unix())),
	})
	if err != nil {
		return nil, err
	}
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: sign(by, details)}, nil
}
