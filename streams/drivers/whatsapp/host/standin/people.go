package standin

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/groups"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/util/optional"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

const (
	signedKeyID  = 1
	registration = 4711
)

// person has a phone, and reads what comes there. Their keys follow from the stand-in's seed and their number.
type person struct {
	lock   sync.Mutex
	own    *keys.KeyPair
	signed *keys.PreKey
	ring   *keyring
}

func (s *Server) person(number string) *person {
	s.lock.Lock()
	defer s.lock.Unlock()
	found := s.people[number]
	if found == nil {
		own := s.seed.pair("identity " + number)
		signed := &keys.PreKey{KeyPair: *s.seed.pair("signed " + number), KeyID: signedKeyID}
		signature := [64]byte(sign(own, append([]byte{ecc.DjbType}, signed.Pub[:]...)))
		signed.Signature = &signature
		found = &person{own: own, signed: signed, ring: newKeyring(own, signed, registration)}
		s.people[number] = found
	}
	return found
}

// bundle is what it takes to write to them first; without a one-time key, so that a new start can read it, too.
func (p *person) bundle() []waBinary.Node {
	return []waBinary.Node{
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, registration)},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: p.own.Pub[:]},
		{Tag: "skey", Content: []waBinary.Node{
			{Tag: "id", Content: binary.BigEndian.AppendUint32(nil, signedKeyID)[1:]},
			{Tag: "value", Content: p.signed.Pub[:]},
			{Tag: "signature", Content: p.signed.Signature[:]},
		}},
	}
}

var errUnreadable = errors.New("nothing in it can be read")

// read decrypts what a device wrote to them alone.
func (p *person) read(ctx context.Context, from types.JID, enc *waBinary.Node) (*waE2E.Message, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	sealed, _ := enc.Content.([]byte)
	builder := session.NewBuilder(p.ring, p.ring, p.ring, p.ring, from.SignalAddress(), serializer)
	cipher := session.NewCipher(builder, from.SignalAddress())
	plain, err := opened(ctx, cipher, enc.AttrGetter().OptionalString("type"), sealed)
	if err != nil {
		return nil, err
	}
	return unpadded(plain)
}

func opened(ctx context.Context, cipher *session.Cipher, kind string, sealed []byte) ([]byte, error) {
	if kind == "pkmsg" {
		message, err := protocol.NewPreKeySignalMessageFromBytes(sealed, serializer.PreKeySignalMessage, serializer.SignalMessage)
		if err != nil {
			return nil, err
		}
		return cipher.DecryptMessage(ctx, message)
	}
	message, err := protocol.NewSignalMessageFromBytes(sealed, serializer.SignalMessage)
	if err != nil {
		return nil, err
	}
	return cipher.Decrypt(ctx, message)
}

func unpadded(plain []byte) (*waE2E.Message, error) {
	if len(plain) == 0 || int(plain[len(plain)-1]) > len(plain) {
		return nil, errUnreadable
	}
	var message waE2E.Message
	return &message, proto.Unmarshal(plain[:len(plain)-int(plain[len(plain)-1])], &message)
}

// readGroup decrypts what a device wrote to a group, once they know its sender key.
func (p *person) readGroup(ctx context.Context, from, group types.JID, sealed []byte) (*waE2E.Message, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	name := protocol.NewSenderKeyName(group.String(), from.SignalAddress())
	builder := groups.NewGroupSessionBuilder(p.ring, serializer)
	message, err := protocol.NewSenderKeyMessageFromBytes(sealed, serializer.SenderKeyMessage)
	if err != nil {
		return nil, err
	}
	plain, err := groups.NewGroupCipher(builder, name, p.ring).Decrypt(ctx, message)
	if err != nil {
		return nil, err
	}
	return unpadded(plain)
}

// learn takes the sender key that comes with a device's first message to a group.
func (p *person) learn(ctx context.Context, from types.JID, said *waE2E.SenderKeyDistributionMessage) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	key, err := protocol.NewSenderKeyDistributionMessageFromBytes(
		said.GetAxolotlSenderKeyDistributionMessage(), serializer.SenderKeyDistributionMessage,
	)
	if err != nil {
		return err
	}
	name := protocol.NewSenderKeyName(said.GetGroupID(), from.SignalAddress())
	return groups.NewGroupSessionBuilder(p.ring, serializer).Process(ctx, name, key)
}

// write encrypts a message of theirs for a device, which gives its bundle to whoever writes first.
func (p *person) write(ctx context.Context, to types.JID, bundle func() *prekey.Bundle, message *waE2E.Message) (*waBinary.Node, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	address := to.SignalAddress()
	builder := session.NewBuilder(p.ring, p.ring, p.ring, p.ring, address, serializer)
	if p.ring.sessions[address.String()] == nil {
		if err := builder.ProcessBundle(ctx, bundle()); err != nil {
			return nil, err
		}
	}
	plain, err := proto.Marshal(message)
	if err != nil {
		return nil, err
	}
	sealed, err := session.NewCipher(builder, address).Encrypt(ctx, append(plain, 1))
	if err != nil {
		return nil, err
	}
	kind := "msg"
	if sealed.Type() == protocol.PREKEY_TYPE {
		kind = "pkmsg"
	}
	return &waBinary.Node{Tag: "enc", Attrs: waBinary.Attrs{"v": "2", "type": kind}, Content: sealed.Serialize()}, nil
}

// bundle is what a device has uploaded; a one-time key is used up.
func (d *device) bundle(number uint32) *prekey.Bundle {
	signed := ecc.NewDjbECPublicKey([32]byte(d.signed.public))
	own := identity.NewKey(ecc.NewDjbECPublicKey([32]byte(d.identity)))
	once, public := optional.NewEmptyUint32(), ecc.ECPublicKeyable(nil)
	if len(d.uploaded) > 0 {
		once, public = optional.NewOptionalUint32(keyNumber(d.uploaded[0].id)), ecc.NewDjbECPublicKey([32]byte(d.uploaded[0].public))
		d.uploaded = d.uploaded[1:]
	}
	return prekey.NewBundle(
		d.registration, number, once, keyNumber(d.signed.id), public, signed, [64]byte(d.signed.signature), own,
	)
}

func keyNumber(id []byte) uint32 { return binary.BigEndian.Uint32(append([]byte{0}, id...)) }
