package session

import (
	"context"
	"errors"

	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/signalerror"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"mendline/whatsapp/wire"
)

// ready makes sure that a recipient will be able to read what is written next, and gives its devices.
//
// whatsmeow itself writes a message with nothing in it for a recipient without devices or keys, and it is
// acknowledged like any other.
func (l *link) ready(ctx context.Context, ask *wire.Send, to types.JID) ([]types.JID, *wire.NotSent) {
	if to.Server == types.GroupServer {
		return nil, l.memberOf(ctx, ask, to)
	}
	lid, failed := l.resolve(ctx, ask, to)
	if failed != nil {
		return nil, failed
	}
	devices, err := l.client.GetUserDevices(ctx, []types.JID{lid})
	if err != nil {
		return nil, unsent(ask, wire.SendLookupFailed, err)
	}
	if len(devices) == 0 {
		return nil, unsent(ask, wire.SendNoDevices, nil)
	}
	if !l.anySession(ctx, devices) && !l.makeSession(ctx, devices) {
		return nil, unsent(ask, wire.SendNoKeys, nil)
	}
	return devices, nil
}

func (l *link) memberOf(ctx context.Context, ask *wire.Send, group types.JID) *wire.NotSent {
	_, err := l.client.GetGroupInfo(ctx, group)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, whatsmeow.ErrGroupNotFound) || errors.Is(err, whatsmeow.ErrNotInGroup):
		return unsent(ask, wire.SendBadRecipient, err)
	default:
		return unsent(ask, wire.SendLookupFailed, err)
	}
}

// resolve gives the LID that a number is written to.
func (l *link) resolve(ctx context.Context, ask *wire.Send, to types.JID) (types.JID, *wire.NotSent) {
	if to.Server == types.HiddenUserServer {
		return to, nil
	}
	lid, err := l.client.Store.LIDs.GetLIDForPN(ctx, to)
	if err != nil {
		return lid, unsent(ask, wire.SendDatabaseAway, err)
	}
	if !lid.IsEmpty() {
		return lid, nil
	}
	about, err := l.client.GetUserInfo(ctx, []types.JID{to})
	if err != nil {
		return lid, unsent(ask, wire.SendLookupFailed, err)
	}
	if lid = about[to].LID; lid.IsEmpty() {
		return lid, l.absent(ctx, ask, to)
	}
	return lid, nil
}

// absent asks once more before a number is called unknown: that is final.
func (l *link) absent(ctx context.Context, ask *wire.Send, to types.JID) *wire.NotSent {
	found, err := l.client.IsOnWhatsApp(ctx, []string{"+" + to.User})
	if err != nil {
		return unsent(ask, wire.SendLookupFailed, err)
	}
	if len(found) == 1 && !found[0].IsIn {
		return unsent(ask, wire.SendNotOnWhatsapp, nil)
	}
	return unsent(ask, wire.SendLookupFailed, errors.New("the server told no LID for the number"))
}

func (l *link) anySession(ctx context.Context, devices []types.JID) bool {
	addresses := make([]string, len(devices))
	for place, device := range devices {
		addresses[place] = device.SignalAddress().String()
	}
	found, err := l.client.Store.Sessions.GetManySessions(ctx, addresses)
	for _, session := range found {
		if len(session) > 0 {
			return true
		}
	}
	// What cannot be asked is not known to be missing: whatsmeow will ask again.
	return err != nil && ctx.Err() == nil
}

// makeSession fetches keys and begins a session with each device that has some.
func (l *link) makeSession(ctx context.Context, devices []types.JID) bool {
	made := false
	for device, bundle := range l.client.DangerousInternals().FetchPreKeysNoError(ctx, devices) {
		if bundle == nil {
			continue
		}
		address := device.SignalAddress()
		builder := session.NewBuilderFromSignal(l.client.Store, address, store.SignalProtobufSerializer)
		err := builder.ProcessBundle(ctx, bundle)
		// An identity that changed is whatsmeow's to settle, which does it when it encrypts.
		made = made || err == nil || errors.Is(err, signalerror.ErrUntrustedIdentity)
	}
	return made
}
