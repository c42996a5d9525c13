package standin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"

	"mendline/whatsapp/session"
)

const (
	qrCodes = 6
	// firstDevice leaves the numbers below it to provisioned devices.
	firstDevice = 20
	// rounds of PBKDF2 that WhatsApp's clients use for a pairing code.
	rounds = 2 << 16
)

// ErrUnknownCode: a code or QR is good while the client that showed it waits.
var ErrUnknownCode = errors.New("nobody waits with that code")

// codePairing is what is known of a client that pairs by code.
type codePairing struct {
	wrapped  []byte
	ref      string
	own      *keys.KeyPair
	shared   []byte
	number   string
	identity []byte
	paired   types.JID
}

// beginPairing gives a client that has no session what it shows as QR codes.
func (c *client) beginPairing() {
	refs := make([]waBinary.Node, qrCodes)
	for place := range refs {
		ref := c.server.newRef(c)
		refs[place] = waBinary.Node{Tag: "ref", Content: []byte(ref)}
	}
	c.put(waBinary.Node{
		Tag:     "iq",
		Attrs:   waBinary.Attrs{"id": c.newID(), "type": "set", "xmlns": "md", "from": types.ServerJID},
		Content: []waBinary.Node{{Tag: "pair-device", Content: refs}},
	})
}

func (s *Server) newRef(c *client) string {
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	ref := base64.RawURLEncoding.EncodeToString(random)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.pairing[ref] = c
	return ref
}

func (s *Server) waiting(ref string) *client {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.pairing[ref]
}

// Scan is what a phone does with a QR code.
func (s *Server) Scan(number, code string) error {
	_, text, _ := strings.Cut(code, "#")
	parts := strings.Split(text, ",")
	if len(parts) < 4 {
		return ErrUnknownCode
	}
	c := s.waiting(parts[0])
	if c == nil {
		return ErrUnknownCode
	}
	own, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	secret, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return err
	}
	return c.pair(number, own, secret)
}

// pair makes the client a device of that number.
func (c *client) pair(number string, own, secret []byte) error {
	signed, err := c.server.signedIdentity(number, own)
	if err != nil {
		return err
	}
	seal := hmac.New(sha256.New, secret)
	seal.Write(signed)
	sealed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{Details: signed, HMAC: seal.Sum(nil)})
	if err != nil {
		return err
	}
	c.code.paired = c.server.nextDevice(number)
	c.put(waBinary.Node{
		Tag: "iq",
		Attrs: waBinary.Attrs{
			"id": c.newID(), "type": "set", "xmlns": "md", "from": types.ServerJID, "t": time.Now().Unix(),
		},
		Content: []waBinary.Node{{Tag: "pair-success", Content: []waBinary.Node{
			{Tag: "device-identity", Content: sealed},
			{Tag: "device", Attrs: waBinary.Attrs{"jid": c.code.paired, "lid": lidOf(c.code.paired)}},
			{Tag: "platform", Attrs: waBinary.Attrs{"name": session.StandInPlatform}},
		}}},
	})
	return nil
}

// signedIdentity is a phone's word that a device is its own.
func (s *Server) signedIdentity(number string, device []byte) ([]byte, error) {
	details, err := proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID: proto.Uint32(1), Timestamp: proto.Uint64(uint64(time.Now().Unix())), KeyIndex: proto.Uint32(1),
	})
	if err != nil {
		return nil, err
	}
	phone := s.person(number).own
	signed := append(append([]byte{6, 0}, details...), device...)
	return proto.Marshal(&waAdv.ADVSignedDeviceIdentity{
		Details: details, AccountSignatureKey: phone.Pub[:], AccountSignature: sign(phone, signed),
	})
}

func (s *Server) nextDevice(number string) types.JID {
	s.lock.Lock()
	defer s.lock.Unlock()
	jid := types.JID{User: number, Device: firstDevice, Server: types.DefaultUserServer}
	for s.devices[jid] != nil {
		jid.Device++
	}
	s.devices[jid] = &device{removed: true}
	return jid
}

// hearPaired takes a client's answer to its pairing, and lets it log in.
func (c *client) hearPaired(node *waBinary.Node) {
	if _, signed := node.GetOptionalChildByTag("pair-device-sign"); !signed {
		return
	}
	c.server.lock.Lock()
	c.server.devices[c.code.paired] = &device{noiseKey: c.visitor.noiseKey}
	c.server.lock.Unlock()
	c.note("paired")
	c.strike(&action{name: "restart"})
}

// hearLinking takes the steps of a pairing by code, and a device that goes.
func (c *client) hearLinking(node *waBinary.Node) {
	if _, going := node.GetOptionalChildByTag("remove-companion-device"); going {
		c.server.remove(c.jid)
		c.note("unpaired")
		c.result(node, nil)
		return
	}
	linking := node.GetChildByTag("link_code_companion_reg")
	switch linking.AttrGetter().OptionalString("stage") {
	case "companion_hello":
		c.helloByCode(node, &linking)
	case "companion_finish":
		c.result(node, nil)
		c.finishByCode(&linking)
	default:
		c.result(node, nil)
	}
}

func (c *client) helloByCode(node, linking *waBinary.Node) {
	c.code.number = numberOf(linking.AttrGetter().JID("jid"))
	if c.server.script.at("lookup", c.name(), c.code.number).does("unknown") {
		c.failed(node, "400")
		return
	}
	c.code.wrapped, _ = linking.GetChildByTag("link_code_pairing_wrapped_companion_ephemeral_pub").Content.([]byte)
	c.code.ref = c.server.newRef(c)
	ref := waBinary.Node{Tag: "link_code_pairing_ref", Content: []byte(c.code.ref)}
	c.result(node, []waBinary.Node{{Tag: "link_code_companion_reg", Content: []waBinary.Node{ref}}})
}

// Type is what a phone does with a code that somebody types in there.
func (s *Server) Type(number, code string) error {
	s.lock.Lock()
	var waiting *client
	for _, each := range s.pairing {
		if each.code.number == number {
			waiting = each
		}
	}
	s.lock.Unlock()
	if waiting == nil {
		return ErrUnknownCode
	}
	return waiting.meet(strings.ReplaceAll(code, "-", ""))
}

// meet tells the client the phone's keys, sealed with the code.
func (c *client) meet(code string) error {
	theirs, err := linkCipher(code, c.code.wrapped[:32], c.code.wrapped[32:48], c.code.wrapped[48:80])
	if err != nil {
		return err
	}
	c.code.own = keys.NewKeyPair()
	if c.code.shared, err = curve25519.X25519(c.code.own.Priv[:], theirs); err != nil {
		return err
	}
	wrapped := make([]byte, 48)
	_, _ = rand.Read(wrapped)
	sealed, err := linkCipher(code, wrapped[:32], wrapped[32:48], c.code.own.Pub[:])
	if err != nil {
		return err
	}
	c.put(waBinary.Node{
		Tag: "notification",
		Attrs: waBinary.Attrs{
			"id": c.newID(), "type": "link_code_companion_reg", "from": types.ServerJID,
			"t": strconv.FormatInt(time.Now().Unix(), 10),
		},
		Content: []waBinary.Node{{
			Tag: "link_code_companion_reg", Attrs: waBinary.Attrs{"stage": "primary_hello"},
			Content: []waBinary.Node{
				{Tag: "link_code_pairing_ref", Content: []byte(c.code.ref)},
				{Tag: "link_code_pairing_wrapped_primary_ephemeral_pub", Content: append(wrapped, sealed...)},
				{Tag: "primary_identity_pub", Content: c.server.person(c.code.number).own.Pub[:]},
			},
		}},
	})
	return nil
}

func linkCipher(code string, salt, iv, text []byte) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, code, salt, rounds, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	turned := make([]byte, len(text))
	cipher.NewCTR(block, iv).XORKeyStream(turned, text)
	return turned, nil
}

// finishByCode opens the client's keys, which only the right code lets it do, and pairs it.
func (c *client) finishByCode(linking *waBinary.Node) {
	bundle, _ := linking.GetChildByTag("link_code_pairing_wrapped_key_bundle").Content.([]byte)
	own, _ := linking.GetChildByTag("companion_identity_public").Content.([]byte)
	secret, err := c.advSecret(bundle, own)
	if err != nil {
		secret = make([]byte, 32) // The client will find that it is not its own, and say so.
	}
	_ = c.pair(c.code.number, own, secret)
}

func (c *client) advSecret(bundle, own []byte) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, c.code.shared, bundle[:32], "link_code_pairing_key_bundle_encryption_key", 32)
	if err != nil {
		return nil, err
	}
	plain, err := sealing(key).Open(nil, bundle[32:44], bundle[44:], nil)
	if err != nil {
		return nil, err
	}
	phone := c.server.person(c.code.number).own
	between, err := curve25519.X25519(phone.Priv[:], own)
	if err != nil {
		return nil, err
	}
	input := append(append(append([]byte{}, c.code.shared...), between...), plain[64:]...)
	return hkdf.Key(sha256.New, input, nil, "adv_secret", 32)
}
