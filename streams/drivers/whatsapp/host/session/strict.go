package session

import (
	"context"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/util/keys"
)

type ends struct{}

// strictly gives a context that ends as soon as the tables do not answer something that it is used for.
//
// whatsmeow leaves out whomever it could not encrypt for, and writes a message with nothing in it, which is
// acknowledged like any other. It gives up, and writes nothing, only where its context has ended.
func strictly(ctx context.Context, end context.CancelFunc) context.Context {
	return context.WithValue(ctx, ends{}, end)
}

func judge(ctx context.Context, err error) {
	if end, strict := ctx.Value(ends{}).(context.CancelFunc); strict && err != nil {
		end()
	}
}

// strict makes a device's tables end what they fail.
func strict(device *store.Device) *store.Device {
	device.Identities, device.Sessions = identities{device.Identities}, sessions{device.Sessions}
	device.PreKeys, device.SenderKeys = preKeys{device.PreKeys}, senderKeys{device.SenderKeys}
	return device
}

type identities struct{ store.IdentityStore }

func (i identities) IsTrustedIdentity(ctx context.Context, address string, key [32]byte) (bool, error) {
	trusted, err := i.IdentityStore.IsTrustedIdentity(ctx, address, key)
	judge(ctx, err)
	return trusted, err
}

func (i identities) PutIdentity(ctx context.Context, address string, key [32]byte) error {
	err := i.IdentityStore.PutIdentity(ctx, address, key)
	judge(ctx, err)
	return err
}

type sessions struct{ store.SessionStore }

func (s sessions) HasSession(ctx context.Context, address string) (bool, error) {
	has, err := s.SessionStore.HasSession(ctx, address)
	judge(ctx, err)
	return has, err
}

func (s sessions) GetSession(ctx context.Context, address string) ([]byte, error) {
	session, err := s.SessionStore.GetSession(ctx, address)
	judge(ctx, err)
	return session, err
}

func (s sessions) PutSession(ctx context.Context, address string, session []byte) error {
	err := s.SessionStore.PutSession(ctx, address, session)
	judge(ctx, err)
	return err
}

type preKeys struct{ store.PreKeyStore }

func (p preKeys) GetPreKey(ctx context.Context, id uint32) (*keys.PreKey, error) {
	key, err := p.PreKeyStore.GetPreKey(ctx, id)
	judge(ctx, err)
	return key, err
}

func (p preKeys) RemovePreKey(ctx context.Context, id uint32) error {
	err := p.PreKeyStore.RemovePreKey(ctx, id)
	judge(ctx, err)
	return err
}

type senderKeys struct{ store.SenderKeyStore }

func (s senderKeys) PutSenderKey(ctx context.Context, group, user string, key []byte) error {
	err := s.SenderKeyStore.PutSenderKey(ctx, group, user, key)
	judge(ctx, err)
	return err
}

func (s senderKeys) GetSenderKey(ctx context.Context, group, user string) ([]byte, error) {
	key, err := s.SenderKeyStore.GetSenderKey(ctx, group, user)
	judge(ctx, err)
	return key, err
}
