package standin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"

	"go.mau.fi/whatsmeow/socket"
	"golang.org/x/crypto/curve25519"
)

// noise is the symmetric state of Noise_XX_25519_AESGCM_SHA256 (noiseprotocol.org, revision 34, section 5).
type noise struct {
	hash    []byte
	chain   []byte
	key     cipher.AEAD
	counter uint32
}

func newNoise(header []byte) *noise {
	name := []byte(socket.NoiseStartPattern)
	state := &noise{hash: name, chain: name, key: sealing(name)}
	state.authenticate(header)
	return state
}

func (n *noise) authenticate(data []byte) {
	sum := sha256.Sum256(append(append([]byte{}, n.hash...), data...))
	n.hash = sum[:]
}

func (n *noise) encrypt(plain []byte) []byte {
	sealed := n.key.Seal(nil, nonce(n.counter), plain, n.hash)
	n.counter++
	n.authenticate(sealed)
	return sealed
}

func (n *noise) decrypt(sealed []byte) ([]byte, error) {
	plain, err := n.key.Open(nil, nonce(n.counter), sealed, n.hash)
	n.counter++
	n.authenticate(sealed)
	return plain, err
}

func (n *noise) mix(private, public []byte) error {
	secret, err := curve25519.X25519(private, public)
	if err != nil {
		return err
	}
	var key []byte
	n.chain, key = derived(n.chain, secret)
	n.key, n.counter = sealing(key), 0
	return nil
}

// split gives the keys of what comes from the client, and of what goes to it.
func (n *noise) split() (fromClient, toClient cipher.AEAD) {
	first, second := derived(n.chain, nil)
	return sealing(first), sealing(second)
}

func derived(salt, secret []byte) (first, second []byte) {
	both, err := hkdf.Key(sha256.New, secret, salt, "", 2*sha256.Size)
	if err != nil {
		panic(err) // Only a length that SHA-256 cannot give.
	}
	return both[:sha256.Size], both[sha256.Size:]
}

func sealing(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // Only a key of another length.
	}
	sealed, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // Only a block of another size.
	}
	return sealed
}

func nonce(counter uint32) []byte {
	return binary.BigEndian.AppendUint32(make([]byte, 8), counter)
}
