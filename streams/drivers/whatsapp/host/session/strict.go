package session

import (
	"context"

	"go.mau.fi/whatsmeow/store"
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
