package scenarios

import (
	"context"
	"errors"
	"testing"

	"mendline/whatsapp/session"
)

func TestWhatsmeowDeletesNoSession(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	store := opened(s)
	device, err := store.Device(context.Background(), s.jid.String())
	s.must(err)
	s.must(device.Save(context.Background()))
	s.must(device.Delete(context.Background()))
	if !s.stored(s.jid.String()) {
		t.Fatal("the session is gone")
	}
}

func TestASessionIsForgottenWithAllItsKeys(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	store := opened(s)
	s.must(store.Forget(context.Background(), s.jid))
	if _, err := store.Device(context.Background(), s.jid.String()); !errors.Is(err, session.ErrUnknownJID) {
		t.Fatal(err)
	}
}

func opened(s *stage) *session.Store {
	s.Helper()
	store, err := session.OpenStore(database, session.FewestConnections)
	s.must(err)
	s.Cleanup(store.Close)
	return store
}
