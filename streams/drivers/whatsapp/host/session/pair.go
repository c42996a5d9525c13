package session

import (
	"context"
	"errors"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"mendline/whatsapp/wire"
)

const (
	// WhatsApp's own pace: the first QR code holds a minute, each of the others 20 s.
	firstCodeTime = 60 * time.Second
	codeTime      = 20 * time.Second
	// restartTime is how long the server may take to ask for the first login after a pairing.
	restartTime = 3 * time.Second
	// firstLoginTime is how long a phone waits for its new device.
	firstLoginTime = 20 * time.Second
	clientName     = "Chrome (Linux)"
)

// pairing is what a pairing came to, or its QR codes.
type pairing struct {
	codes   []string
	success *events.PairSuccess
	err     error
}

func (h *Host) pair(ask *wire.Pair) {
	if ask.JID != "" {
		h.say(h.imported(ask))
		return
	}
	l := h.newLink(ask.DeviceID, ask.Pairing)
	l.pairing = true
	if !h.enter(l) {
		l.cancel()
		h.say(unpaired(ask, wire.PairBusy, nil))
		return
	}
	defer l.asked.Done()
	deadline, stop := context.WithTimeout(l.ctx, milliseconds(ask.DeadlineMS))
	defer stop()
	success, failed := l.tryPair(deadline, ask)
	if failed != nil {
		l.end(ending{why: wire.LinkClosed})
		h.say(*failed)
		return
	}
	h.firstLogin(l, ask, success)
}

// imported says whether a session that lies in the tables can be used. Nothing is connected, and nothing changed.
func (h *Host) imported(ask *wire.Pair) wire.Message {
	ctx, stop := context.WithTimeout(context.Background(), answerTime)
	defer stop()
	err := guarded(func() error { _, err := h.usable(ctx, ask.JID); return err })
	if err != nil {
		return *unpaired(ask, unfound(err).why, err)
	}
	return wire.Paired{ID: ask.ID, DeviceID: ask.DeviceID, Pairing: ask.Pairing, JID: ask.JID}
}

func unpaired(ask *wire.Pair, why string, err error) *wire.PairFailed {
	failed := &wire.PairFailed{ID: ask.ID, DeviceID: ask.DeviceID, Pairing: ask.Pairing, Why: why}
	if err != nil {
		failed.Detail = plain(err)
	}
	return failed
}

// tryPair connects without a session and shows codes until somebody uses one.
func (l *link) tryPair(deadline context.Context, ask *wire.Pair) (*events.PairSuccess, *wire.PairFailed) {
	client := l.use(l.host.store.NewDevice())
	client.PrePairCallback = l.makeRoom
	made := make(chan error, 1)
	go func() { made <- guarded(func() error { return client.ConnectContext(l.ctx) }) }()
	select {
	case err := <-made:
		if err != nil {
			return nil, unpaired(ask, undialled(err).why, err)
		}
	case <-deadline.Done():
		return nil, l.unpairedBy(ask, wire.PairHandshakeFailed)
	case <-l.ended:
		return nil, l.unpairedBy(ask, wire.PairClosed)
	}
	return l.awaitPairing(deadline, ask)
}

// makeRoom deletes an older session under the very same JID: whatsmeow would keep that one's keys.
func (l *link) makeRoom(jid types.JID, _, _ string) bool {
	return l.host.store.Forget(l.ctx, jid) == nil
}

func (l *link) awaitPairing(deadline context.Context, ask *wire.Pair) (*events.PairSuccess, *wire.PairFailed) {
	for {
		select {
		case said := <-l.paired:
			switch {
			case said.success != nil:
				return said.success, nil
			case said.err != nil:
				return nil, unpaired(ask, pairWhy(said.err), said.err)
			default:
				if failed := l.show(deadline, ask, said.codes); failed != nil {
					return nil, failed
				}
			}
		case <-l.ended:
			return nil, l.unpairedBy(ask, wire.PairExpired)
		case <-deadline.Done():
			return nil, l.unpairedBy(ask, wire.PairExpired)
		}
	}
}

// unpairedBy gives the reason that lies in the link's end, or the one at hand.
func (l *link) unpairedBy(ask *wire.Pair, why string) *wire.PairFailed {
	select {
	case <-l.ended:
	default:
		return unpaired(ask, why, nil)
	}
	switch l.ending.why {
	case wire.LinkClosed, wire.LinkClientOutdated, wire.LinkRefused, wire.LinkCrashed:
		return unpaired(ask, l.ending.why, nil)
	case wire.LinkCut:
		return unpaired(ask, why, nil)
	default:
		return unpaired(ask, wire.PairCut, errors.New(l.ending.why))
	}
}

func pairWhy(err error) string {
	var database *whatsmeow.PairDatabaseError
	if errors.As(err, &database) {
		return wire.PairDatabaseAway
	}
	return wire.PairRejected
}

// show shows QR codes, one after the other; with a phone's number, a code to type in there.
func (l *link) show(deadline context.Context, ask *wire.Pair, codes []string) *wire.PairFailed {
	until, _ := deadline.Deadline()
	if ask.Phone == "" {
		go l.showInTurn(codes)
		return nil
	}
	code, err := l.client.PairPhone(deadline, ask.Phone, true, whatsmeow.PairClientChrome, clientName)
	if errors.Is(err, whatsmeow.ErrPhoneNumberTooShort) || errors.Is(err, whatsmeow.ErrPhoneNumberIsNotInternational) {
		return unpaired(ask, wire.PairBadPhone, err)
	}
	if err != nil {
		return unpaired(ask, wire.PairRefused, err)
	}
	l.signal("code", code, until)
	return nil
}

func (l *link) showInTurn(codes []string) {
	lasts := firstCodeTime
	for _, code := range codes {
		l.signal("qr", code, time.Now().Add(lasts))
		select {
		case <-time.After(lasts):
		case <-l.arrived:
			return
		case <-l.ended:
			return
		}
		lasts = codeTime
	}
	l.drop(ending{why: wire.LinkCut, detail: "the codes ran out"})
}

func (l *link) signal(kind, value string, until time.Time) {
	l.report(wire.PairingSignal{
		DeviceID: l.device, Pairing: l.number, Kind: kind, Value: value, Until: until.UnixMilli(),
	})
}

// hearPairing takes what belongs to a pairing; the restart after it is no end of the link.
func (l *link) hearPairing(event any) bool {
	switch said := event.(type) {
	case *events.QR:
		l.tellPairing(pairing{codes: said.Codes})
	case *events.PairSuccess:
		l.tellPairing(pairing{success: said})
	case *events.PairError:
		l.tellPairing(pairing{err: said.Error})
	case *events.ManualLoginReconnect:
		return l.isPaired()
	default:
		return false
	}
	return true
}

func (l *link) tellPairing(said pairing) {
	select {
	case l.paired <- said:
	case <-l.ended:
	}
}

// isPaired tells, once the session is stored, that a pairing's restart is what follows.
func (l *link) isPaired() bool {
	select {
	case <-l.arrived:
		return false
	default:
		return l.client.PrePairCallback != nil
	}
}

// firstLogin logs in with the new session, for which the phone waits; what goes wrong takes nothing from the pairing.
func (h *Host) firstLogin(l *link, ask *wire.Pair, success *events.PairSuccess) {
	l.rest()
	deadline, stop := context.WithTimeout(l.ctx, firstLoginTime)
	defer stop()
	_, _ = l.tryStored(deadline, success.ID.String())
	l.end(ending{why: wire.LinkClosed})
	h.say(wire.Paired{ID: ask.ID, DeviceID: ask.DeviceID, Pairing: ask.Pairing, JID: success.ID.String()})
}

// rest lets the server hear that we are paired, and ends the first connection.
func (l *link) rest() {
	client := l.client
	for waited := time.Duration(0); client.IsConnected() && waited < restartTime; waited += 20 * time.Millisecond {
		time.Sleep(20 * time.Millisecond)
	}
	client.Disconnect()
}

// unpair ends a pairing, and logs its session out; the keys are deleted whether WhatsApp could be told or not. It
// settles at once that the pairing ends: one that is asked for next waits until it is gone.
func (h *Host) unpair(ask *wire.Unpair) {
	l := h.take(ask.DeviceID, ask.Pairing, true)
	if l == nil {
		go h.endSession(ask)
		return
	}
	l.asked.Done()
	l.settle(func() { h.endSession(ask) })
}

func (h *Host) endSession(ask *wire.Unpair) {
	answer := wire.Unpaired{ID: ask.ID, DeviceID: ask.DeviceID}
	if ask.JID != "" {
		err := h.logout(ask)
		answer.Told = err == nil
		if err = errors.Join(err, h.forget(ask.JID)); err != nil {
			answer.Detail = plain(err)
		}
	}
	h.say(answer)
}

// logout connects with the session once more: only over its own connection can it be ended.
func (h *Host) logout(ask *wire.Unpair) error {
	l := h.newLink(ask.DeviceID, ask.Pairing)
	l.pairing, l.leaving = true, true
	if !h.enter(l) {
		l.cancel()
		return errors.New("the device has a link")
	}
	defer l.asked.Done()
	defer l.end(ending{why: wire.LinkClosed})
	deadline, stop := context.WithTimeout(l.ctx, milliseconds(ask.DeadlineMS))
	defer stop()
	if end, up := l.tryStored(deadline, ask.JID); !up {
		return errors.New(end.why)
	}
	return guarded(func() error { return l.client.Logout(deadline) })
}

func (h *Host) forget(jid string) error {
	parsed, err := types.ParseJID(jid)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), answerTime)
	defer stop()
	return h.store.Forget(ctx, parsed)
}
