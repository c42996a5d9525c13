package standin

import (
	"context"

	"go.mau.fi/libsignal/ecc"
	groupRecord "go.mau.fi/libsignal/groups/state/record"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/util/keys"
)

var serializer = store.SignalProtobufSerializer

// keyring is a person's half of the Signal protocol: libsignal's stores, in memory.
type keyring struct {
	own          *identity.KeyPair
	registration uint32
	signed       *record.SignedPreKey
	sessions     map[string]*record.Session
	senderKeys   map[string]*groupRecord.SenderKey
}

func newKeyring(own *keys.KeyPair, signed *keys.PreKey, registration uint32) *keyring {
	return &keyring{
		own:          identity.NewKeyPair(identity.NewKey(ecc.NewDjbECPublicKey(*own.Pub)), ecc.NewDjbECPrivateKey(*own.Priv)),
		registration: registration,
		signed: record.NewSignedPreKey(signed.KeyID, 0, ecc.NewECKeyPair(
			ecc.NewDjbECPublicKey(*signed.Pub), ecc.NewDjbECPrivateKey(*signed.Priv),
		), *signed.Signature, serializer.SignedPreKeyRecord),
		sessions:   map[string]*record.Session{},
		senderKeys: map[string]*groupRecord.SenderKey{},
	}
}

func (k *keyring) GetIdentityKeyPair() *identity.KeyPair { return k.own }
func (k *keyring) GetLocalRegistrationID() uint32        { return k.registration }

func (k *keyring) SaveIdentity(context.Context, *protocol.SignalAddress, *identity.Key) error {
	return nil
}

func (k *keyring) IsTrustedIdentity(context.Context, *protocol.SignalAddress, *identity.Key) (bool, error) {
	return true, nil
}

func (k *keyring) LoadPreKey(context.Context, uint32) (*record.PreKey, error)            { return nil, nil }
func (k *keyring) StorePreKey(context.Context, uint32, *record.PreKey) error             { return nil }
func (k *keyring) ContainsPreKey(context.Context, uint32) (bool, error)                  { return false, nil }
func (k *keyring) RemovePreKey(context.Context, uint32) error                            { return nil }
func (k *keyring) StoreSignedPreKey(context.Context, uint32, *record.SignedPreKey) error { return nil }
func (k *keyring) ContainsSignedPreKey(context.Context, uint32) (bool, error)            { return true, nil }
func (k *keyring) RemoveSignedPreKey(context.Context, uint32) error                      { return nil }

func (k *keyring) LoadSignedPreKey(context.Context, uint32) (*record.SignedPreKey, error) {
	return k.signed, nil
}

func (k *keyring) LoadSignedPreKeys(context.Context) ([]*record.SignedPreKey, error) {
	return []*record.SignedPreKey{k.signed}, nil
}

func (k *keyring) LoadSession(_ context.Context, with *protocol.SignalAddress) (*record.Session, error) {
	found := k.sessions[with.String()]
	if found == nil {
		found = record.NewSession(serializer.Session, serializer.State)
	}
	return found, nil
}

func (k *keyring) GetSubDeviceSessions(context.Context, string) ([]uint32, error) { return nil, nil }

func (k *keyring) StoreSession(_ context.Context, with *protocol.SignalAddress, session *record.Session) error {
	k.sessions[with.String()] = session
	return nil
}

func (k *keyring) ContainsSession(_ context.Context, with *protocol.SignalAddress) (bool, error) {
	return k.sessions[with.String()] != nil, nil
}

func (k *keyring) DeleteSession(_ context.Context, with *protocol.SignalAddress) error {
	delete(k.sessions, with.String())
	return nil
}

func (k *keyring) DeleteAllSessions(context.Context) error {
	clear(k.sessions)
	return nil
}

func (k *keyring) StoreSenderKey(
	_ context.Context, name *protocol.SenderKeyName, key *groupRecord.SenderKey,
) error {
	k.senderKeys[name.GroupID()+" "+name.Sender().String()] = key
	return nil
}

func (k *keyring) LoadSenderKey(
	_ context.Context, name *protocol.SenderKeyName,
) (*groupRecord.SenderKey, error) {
	found := k.senderKeys[name.GroupID()+" "+name.Sender().String()]
	if found == nil {
		found = groupRecord.NewSenderKey(serializer.SenderKeyRecord, serializer.SenderKeyState)
	}
	return found, nil
}
